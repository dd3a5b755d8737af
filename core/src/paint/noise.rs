//! Seeded noise that equals the reference's: MT19937 and Box-Muller in blocks of sixteen.
//!
//! Matsumoto and Nishimura (1998); the order of the draws is what makes seeds portable.

/// Box-Muller pairs are made eight at a time.
const BLOCK: usize = 16;

/// The Mersenne twister with a 32-bit seed.
#[derive(Clone)]
pub struct Mt19937 {
    state: [u32; 624],
    next: usize,
}

impl std::fmt::Debug for Mt19937 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mt19937")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Mt19937 {
    /// Seeds the generator.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; 624];
        for i in 1..624 {
            let last = state[i - 1];
            let index = u32::try_from(i).expect("invariant: below 624");
            state[i] = 1_812_433_253_u32
                .wrapping_mul(last ^ (last >> 30))
                .wrapping_add(index);
        }
        Self { state, next: 624 }
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == 624 {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..624 {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + 397) % 624] ^ (y >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// A number in 0..1 with 24 random bits.
    pub fn uniform(&mut self) -> f64 {
        f64::from(self.next_u32() & 0x00ff_ffff) / f64::from(1 << 24)
    }
}

/// `count` values of N(0, 1) for `seed`, in the reference's order.
///
/// A count that is no multiple of 16 redraws its last sixteen values, as the reference does; fewer
/// than sixteen are the head of a full block.
#[must_use]
pub fn normal_noise(seed: u32, count: usize) -> Vec<f32> {
    let mut rng = Mt19937::new(seed);
    let padded = count.max(BLOCK);
    let mut values: Vec<f32> = (0..padded).map(|_| rng.uniform() as f32).collect();
    for block in values.as_chunks_mut::<BLOCK>().0 {
        box_muller(block);
    }
    if !padded.is_multiple_of(BLOCK) {
        let mut tail = [0.0; BLOCK];
        tail.fill_with(|| rng.uniform() as f32);
        box_muller(&mut tail);
        values[padded - BLOCK..].copy_from_slice(&tail);
    }
    values.truncate(count);
    values
}

fn box_muller(block: &mut [f32; BLOCK]) {
    for j in 0..BLOCK / 2 {
        let radius = (-2.0 * f64::from(1.0 - block[j]).ln()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * f64::from(block[j + BLOCK / 2]);
        block[j] = (radius * angle.cos()) as f32;
        block[j + BLOCK / 2] = (radius * angle.sin()) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 10 000th output for the default seed is part of the C++ standard's definition.
    #[test]
    fn ten_thousandth_output_is_the_standards() {
        let mut rng = Mt19937::new(5489);
        let last = (0..10_000).map(|_| rng.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn first_values_of_seed_42() {
        let expected = [
            1.9269, 1.4873, 0.9007, -2.1055, 0.6784, -1.2345, -0.0431, -1.6047,
        ];
        for (value, wanted) in normal_noise(42, 64).iter().zip(expected) {
            assert!((value - wanted).abs() < 5e-5, "{value} is not {wanted}");
        }
    }

    #[test]
    fn a_ragged_tail_is_drawn_again() {
        let (whole, ragged) = (normal_noise(1, 32), normal_noise(1, 24));
        assert_eq!(whole[..8], ragged[..8]);
        assert_ne!(whole[8..16], ragged[8..16]);
    }

    #[test]
    fn mean_and_deviation() {
        let values = normal_noise(3, 16_384);
        let mean = values.iter().sum::<f32>() / 16_384.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 16_384.0;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04,
            "{mean} {variance}"
        );
    }
}
