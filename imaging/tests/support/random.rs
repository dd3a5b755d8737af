//! Numbers that look random and are the same in every run, for tests that damage files.

/// A linear congruential generator (Knuth's constants); its upper half is drawn from.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below `below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    /// Writes any byte to `count` places.
    pub(crate) fn damage(&mut self, bytes: &mut [u8], count: usize) {
        for _ in 0..count {
            let at = self.below(bytes.len());
            bytes[at] = self.below(256) as u8;
        }
    }
}
