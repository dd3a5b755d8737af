//! Rotary position embedding (Su et al., 2021), half-split layout.
//!
//! Angles are computed here on the CPU and uploaded: shader `sin` and `cos` may be off by 2^-11.

use std::collections::BTreeMap;

use burn::{
    config::Config,
    tensor::{Device, Tensor, TensorData},
};

use super::operations;

/// Configuration of [`Rope`] tables.
#[derive(Config, Debug)]
pub struct RopeConfig {
    /// Channels of a head; even.
    pub head_dim: usize,
    /// Base of the wavelengths.
    pub theta: f64,
}

impl RopeConfig {
    /// Angles of one position, `head_dim / 2` of them, rounded to f32 at the steps where the
    /// reference rounds.
    fn angles(&self, position: usize) -> impl Iterator<Item = f32> + '_ {
        (0..self.head_dim / 2).map(move |k| {
            let exponent = (2 * k) as f32 / self.head_dim as f32;
            let power = self.theta.powf(f64::from(exponent)) as f32;
            position as f32 * (1.0 / power)
        })
    }

    /// Cosines and sines of one position, `head_dim` each (the half, twice).
    #[must_use]
    pub fn row(&self, position: usize) -> (Vec<f32>, Vec<f32>) {
        let half: Vec<f64> = self.angles(position).map(f64::from).collect();
        let twice = |f: fn(f64) -> f64| {
            half.iter()
                .chain(&half)
                .map(|&angle| f(angle) as f32)
                .collect::<Vec<f32>>()
        };
        (twice(f64::cos), twice(f64::sin))
    }

    /// Tables for one sequence of positions, used by every sample of a batch.
    #[must_use]
    pub fn tables(&self, positions: &[usize], device: &Device) -> Rope {
        self.batch_tables(&[positions], device)
    }

    /// Cosines, then sines, of one sequence of positions, `[2, t, head_dim]`.
    #[must_use]
    pub fn stacked(&self, positions: &[usize], device: &Device) -> Tensor<3> {
        let size = positions.len() * self.head_dim;
        let (mut values, mut sines) = (Vec::with_capacity(2 * size), Vec::with_capacity(size));
        let mut known = BTreeMap::new();
        for &position in positions {
            let (c, s) = known.entry(position).or_insert_with(|| self.row(position));
            values.extend_from_slice(c);
            sines.extend_from_slice(s);
        }
        values.append(&mut sines);
        let shape = [2, positions.len(), self.head_dim];
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// Tables for a batch whose samples have positions of their own.
    ///
    /// # Panics
    ///
    /// Panics if the sequences differ in length.
    #[must_use]
    pub fn batch_tables(&self, positions: &[&[usize]], device: &Device) -> Rope {
        let tokens = positions.first().map_or(0, |row| row.len());
        let mut cos = Vec::with_capacity(positions.len() * tokens * self.head_dim);
        let mut sin = Vec::with_capacity(cos.capacity());
        let mut known = BTreeMap::new();
        for sequence in positions {
            assert_eq!(
                sequence.len(),
                tokens,
                "positions of a batch have one length"
            );
            for &position in *sequence {
                // All tokens of an image share one position, and samples have positions in common.
                let (c, s) = known.entry(position).or_insert_with(|| self.row(position));
                cos.extend_from_slice(c);
                sin.extend_from_slice(s);
            }
        }
        let shape = [positions.len(), 1, tokens, self.head_dim];
        Rope {
            cos: Tensor::from_data(TensorData::new(cos, shape), device),
            sin: Tensor::from_data(TensorData::new(sin, shape), device),
        }
    }
}

/// Cosines and sines of the tokens of one forward call.
#[derive(Debug, Clone)]
pub struct Rope {
    /// `[b or 1, 1, t, head_dim]`
    pub cos: Tensor<4>,
    /// `[b or 1, 1, t, head_dim]`
    pub sin: Tensor<4>,
}

impl Rope {
    /// Rotates queries or keys: `x cos + rotate_half(x) sin`.
    ///
    /// # Shapes
    ///
    /// - input, output: `[b, h, t, head_dim]`
    #[must_use]
    pub fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        if let Some(operations) = operations::installed(&x) {
            let [cos, sin] = [&self.cos, &self.sin].map(|table| table.clone().into_dispatch());
            return Tensor::from_dispatch(operations.rotate(x.into_dispatch(), cos, sin));
        }
        let half = x.dims()[3] / 2;
        let low = x.clone().narrow(3, 0, half);
        let high = x.clone().narrow(3, half, half);
        let rotated = Tensor::cat(vec![high.neg(), low], 3);
        x * self.cos.clone() + rotated * self.sin.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Position 32767 is where a wrong rounding order shows: the angle there is 32767 / 10^6^(2/128).
    #[test]
    fn angles_are_rounded_in_f32() {
        let rope = RopeConfig::new(128, 1e6);
        let angles: Vec<f32> = rope.angles(32767).collect();
        assert_eq!(angles[0], 32767.0);
        let power = 1e6_f64.powf(f64::from(2.0_f32 / 128.0)) as f32;
        assert_eq!(angles[1], 32767.0 * (1.0 / power));
    }

    #[test]
    fn rotation_pairs_a_channel_with_the_one_half_a_head_away() {
        let device = Device::flex();
        let rope = RopeConfig::new(2, 1e6).tables(&[1], &device);
        let x = Tensor::<4>::from_floats([[[[1.0, 0.0]]]], &device);
        let y = rope.apply(x).into_data().try_to_vec::<f32>().expect("f32");
        assert!((y[0] - 1.0_f32.cos()).abs() < 1e-6 && (y[1] - 1.0_f32.sin()).abs() < 1e-6);
    }
}
