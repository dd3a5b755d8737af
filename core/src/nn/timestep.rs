//! The time embedding of the flow.

use burn::{
    config::Config,
    module::Module,
    tensor::{Device, Tensor, TensorData},
};

use super::{Linear, LinearConfig, silu};

/// Sinusoidal features of `t`: cosines, then sines of `t * 10000^(-k / (width / 2))`.
///
/// `t` is in 0..=1 and is not multiplied by 1000.
#[must_use]
pub fn timestep_features(t: f32, width: usize) -> Vec<f32> {
    let half = width / 2;
    let angles = (0..half).map(|k| {
        let frequency = (-(10_000_f64.ln()) * k as f64 / half as f64).exp() as f32;
        f64::from(t * frequency)
    });
    let cosines = angles.clone().map(|angle| angle.cos() as f32);
    let sines = angles.map(|angle| angle.sin() as f32);
    cosines.chain(sines).collect()
}

/// Configuration of a [`TimestepEmbedder`].
#[derive(Config, Debug)]
pub struct TimestepEmbedderConfig {
    /// Width of the stream.
    pub d_model: usize,
    /// Width of the sinusoidal features. Default: 256.
    #[config(default = 256)]
    pub features: usize,
}

impl TimestepEmbedderConfig {
    /// A fresh layer.
    #[must_use]
    pub fn init(&self, device: &Device) -> TimestepEmbedder {
        TimestepEmbedder {
            mlp_0: LinearConfig::new(self.features, self.d_model).init(device),
            mlp_2: LinearConfig::new(self.d_model, self.d_model).init(device),
            features: self.features,
        }
    }
}

/// `linear(silu(linear(features(t))))`; the checkpoint calls the layers `mlp.0` and `mlp.2`.
#[derive(Module, Debug)]
pub struct TimestepEmbedder {
    /// `[d_model, features]`
    pub mlp_0: Linear,
    /// `[d_model, d_model]`
    pub mlp_2: Linear,
    /// Width of the sinusoidal features.
    pub features: usize,
}

impl TimestepEmbedder {
    /// Embeds time values.
    ///
    /// # Shapes
    ///
    /// - output: `[times, d]`
    #[must_use]
    pub fn forward(&self, times: &[f32]) -> Tensor<2> {
        let device = self.mlp_0.weight.device();
        let features: Vec<f32> = times
            .iter()
            .flat_map(|&t| timestep_features(t, self.features))
            .collect();
        let features = TensorData::new(features, [times.len(), self.features]);
        let hidden = self
            .mlp_0
            .forward(Tensor::<2>::from_data(features, &device));
        self.mlp_2.forward(silu(hidden))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zero_is_ones_then_zeros() {
        let features = timestep_features(0.0, 256);
        assert!(features[..128].iter().all(|&value| value == 1.0));
        assert!(features[128..].iter().all(|&value| value == 0.0));
    }
}
