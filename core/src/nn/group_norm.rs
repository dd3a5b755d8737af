//! Group normalization (Wu and He, 2018), for the autoencoder.

use burn::{
    config::Config,
    module::{Initializer, Module, Param},
    tensor::{Device, Tensor},
};

use super::{operations, silu};
use crate::kernels::{conv, layer};

/// Configuration of a [`GroupNorm`].
#[derive(Config, Debug)]
pub struct GroupNormConfig {
    /// Channels; a multiple of `groups`.
    pub channels: usize,
    /// Groups that are normalized apart. Default: 32.
    #[config(default = 32)]
    pub groups: usize,
    /// Added to the variance. Default: 1e-6.
    #[config(default = 1e-6)]
    pub epsilon: f64,
}

impl GroupNormConfig {
    /// A fresh layer: weight one, bias zero.
    #[must_use]
    pub fn init(&self, device: &Device) -> GroupNorm {
        GroupNorm {
            weight: Initializer::Ones.init([self.channels], device),
            bias: Initializer::Zeros.init([self.channels], device),
            groups: self.groups,
            epsilon: self.epsilon,
        }
    }
}

/// Normalizes each group of channels over its channels and pixels, then scales per channel.
#[derive(Module, Debug)]
pub struct GroupNorm {
    /// `[channels]`
    pub weight: Param<Tensor<1>>,
    /// `[channels]`
    pub bias: Param<Tensor<1>>,
    /// Groups that are normalized apart.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f64,
}

impl GroupNorm {
    /// Normalizes a feature map.
    ///
    /// # Shapes
    ///
    /// - input, output: `[b, c, height, width]`
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        if operations::by_kernels(&x) {
            return self.normalize(x, false);
        }
        if let Some(operations) = operations::installed(&x) {
            let (weight, bias) = (self.weight.val(), self.bias.val());
            return Tensor::from_dispatch(operations.group_norm(
                x.into_dispatch(),
                weight.into_dispatch(),
                bias.into_dispatch(),
                self.groups,
                self.epsilon,
            ));
        }
        let [b, c, height, width] = x.dims();
        let grouped = x.reshape([b, self.groups, c / self.groups * height * width]);
        let centred = grouped.clone() - grouped.mean_dim(2);
        let variance = centred.clone().square().mean_dim(2); // [b, groups, 1]
        let scale = (variance + self.epsilon).sqrt().recip();
        let normal = (centred * scale).reshape([b, c, height, width]);
        let weight = self.weight.val().reshape([1, c, 1, 1]);
        let bias = self.bias.val().reshape([1, c, 1, 1]);
        normal * weight + bias
    }

    /// [`silu`] of the normalized feature map.
    ///
    /// # Shapes
    ///
    /// - input, output: `[b, c, height, width]`
    #[must_use]
    pub fn forward_silu(&self, x: Tensor<4>) -> Tensor<4> {
        if operations::by_kernels(&x) {
            return self.normalize(x, true);
        }
        silu(self.forward(x))
    }

    fn normalize(&self, x: Tensor<4>, silu: bool) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let parameters = [self.weight.val(), self.bias.val()];
        let variant = layer::chosen(height * width);
        conv::group_norm(x, parameters, self.groups, self.epsilon, silu, variant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{TensorData, Tolerance};

    #[test]
    fn groups_are_normalized_apart() {
        let device = Device::flex();
        let x = Tensor::<4>::from_floats([[[[1.0, 3.0]], [[10.0, 30.0]]]], &device);
        let y = GroupNormConfig::new(2)
            .with_groups(2)
            .init(&device)
            .forward(x);
        y.into_data().assert_approx_eq::<f32>(
            &TensorData::from([[[[-1.0, 1.0]], [[-1.0, 1.0]]]]),
            Tolerance::absolute(1e-5),
        );
    }
}
