//! Random numbers that are the same on every platform, so that a sample is a pure function of
//! split, seed and index.

/// One step of SplitMix64 (Steele, Lea and Flood 2014): a bijection of 64-bit words.
pub(crate) const fn splitmix64(word: u64) -> u64 {
    let z = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// xoshiro256++ (Blackman and Vigna 2021).
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The generator of one sample. Each word of the state is a bijection of one argument, so two
    /// different triples never start from the same state: splits cannot share a sample.
    pub(crate) fn keyed(domain: u64, seed: u64, index: u64) -> Self {
        let mut rng = Self {
            state: [
                splitmix64(domain),
                splitmix64(seed ^ 0x5EED),
                splitmix64(index.rotate_left(32)),
                0x2545_F491_4F6C_DD1D,
            ],
        };
        // Neighbouring keys differ in few state bits; the generator needs some steps to mix them.
        for _ in 0..16 {
            rng.next();
        }
        rng
    }

    /// A generator that depends on one word only (textures, noise).
    pub(crate) fn from_word(word: u64) -> Self {
        Self::keyed(0x7E17, word, 0)
    }

    /// The next 64 random bits.
    pub(crate) fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in [0, 1) with 24 bits, exact in `f32`.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in [low, high).
    pub(crate) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform integer below `count` (the bias of the multiply-shift is below 2^-32).
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (((self.next() >> 32) * count as u64) >> 32) as usize
    }

    /// True in `numerator` of `denominator` cases.
    pub(crate) fn chance(&mut self, numerator: usize, denominator: usize) -> bool {
        self.below(denominator) < numerator
    }

    /// One item of a list.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// About normal with variance 1: the sum of four 16-bit uniforms (tails end at 3.46).
    pub(crate) fn normal(&mut self) -> f32 {
        let bits = self.next();
        let sum =
            (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        (sum as f32 * (1.0 / 65_536.0) - 2.0) * 1.732_05
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_matches_the_published_sequence() {
        // First outputs of xoshiro256++ for the state 1, 2, 3, 4 (as in the rand_xoshiro tests).
        let mut rng = Rng {
            state: [1, 2, 3, 4],
        };
        let got: Vec<u64> = (0..4).map(|_| rng.next()).collect();
        assert_eq!(
            got,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    #[test]
    fn splitmix_matches_the_published_sequence() {
        // First output of SplitMix64 for the seed 1234567 (Vigna's reference code).
        assert_eq!(splitmix64(1_234_567), 6_457_827_717_110_365_317);
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let mut rng = Rng::from_word(7);
        let values: Vec<f32> = (0..20_000).map(|_| rng.normal()).collect();
        let mean = values.iter().sum::<f32>() / 20_000.0;
        let variance = values.iter().map(|v| v * v).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.05, "variance {variance}");
    }
}
