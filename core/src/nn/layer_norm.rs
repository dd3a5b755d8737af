//! Layer normalization (Ba et al., 2016), for the vision tower.

use burn::{
    config::Config,
    module::{Initializer, Module, Param},
    tensor::{Device, Tensor},
};

use super::operations;
use crate::kernels::layer;

/// Configuration of a [`LayerNorm`].
#[derive(Config, Debug)]
pub struct LayerNormConfig {
    /// Width of the normalized axis.
    pub d_model: usize,
    /// Added to the variance. Default: 1e-6.
    #[config(default = 1e-6)]
    pub epsilon: f64,
}

impl LayerNormConfig {
    /// A fresh layer: weight one, bias zero.
    #[must_use]
    pub fn init(&self, device: &Device) -> LayerNorm {
        LayerNorm {
            weight: Initializer::Ones.init([self.d_model], device),
            bias: Initializer::Zeros.init([self.d_model], device),
            epsilon: self.epsilon,
        }
    }
}

/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias` over the last axis.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[d_model]`
    pub weight: Param<Tensor<1>>,
    /// `[d_model]`
    pub bias: Param<Tensor<1>>,
    /// Added to the variance.
    pub epsilon: f64,
}

impl LayerNorm {
    /// Normalizes the last axis; the shape stays.
    #[must_use]
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if let Some(operations) = operations::installed(&x) {
            let (weight, bias) = (self.weight.val(), self.bias.val());
            return Tensor::from_dispatch(operations.layer_norm(
                x.into_dispatch(),
                weight.into_dispatch(),
                bias.into_dispatch(),
                self.epsilon,
            ));
        }
        if layer::takes(&x) {
            let (dims, d) = (x.dims(), self.weight.lazy_shape().num_elements());
            let rows = dims.iter().product::<usize>() / d;
            let (weight, bias) = (self.weight.val(), self.bias.val());
            let flat = x.reshape([rows, d]);
            let y = layer::layer_norm(flat, weight, bias, self.epsilon, layer::chosen(rows));
            return y.reshape(dims);
        }
        let centred = x.clone() - x.mean_dim(D - 1);
        let variance = centred.clone().square().mean_dim(D - 1); // [.., 1]
        let scale = (variance + self.epsilon).sqrt().recip();
        (centred * scale) * self.weight.val().unsqueeze() + self.bias.val().unsqueeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{TensorData, Tolerance};

    #[test]
    fn literal_values() {
        let x = Tensor::<2>::from_floats([[1.0, 2.0, 3.0, 4.0]], &Device::flex());
        let y = LayerNormConfig::new(4).init(&Device::flex()).forward(x);
        let expected = [[-1.341_641, -0.447_214, 0.447_214, 1.341_641]];
        y.into_data()
            .assert_approx_eq::<f32>(&TensorData::from(expected), Tolerance::absolute(1e-5));
    }

    /// Inputs as small as sqrt(epsilon) tell 1e-6 from 1e-5; the golden numbers do not.
    #[test]
    fn epsilon_is_one_millionth() {
        let x = Tensor::<2>::from_floats([[-1e-3, 1e-3]], &Device::flex());
        let y = LayerNormConfig::new(2).init(&Device::flex()).forward(x);
        let half = std::f32::consts::FRAC_1_SQRT_2; // 1e-3 / sqrt(1e-6 + 1e-6)
        let expected = [[-half, half]];
        y.into_data()
            .assert_approx_eq::<f32>(&TensorData::from(expected), Tolerance::absolute(1e-4));
    }
}
