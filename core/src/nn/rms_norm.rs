//! Root-mean-square normalization (Zhang and Sennrich, 2019).

use burn::{
    config::Config,
    module::{Initializer, Module, Param},
    tensor::{Device, Tensor},
};

use super::operations;

/// Configuration of an [`RmsNorm`].
#[derive(Config, Debug)]
pub struct RmsNormConfig {
    /// Width of the normalized axis.
    pub d_model: usize,
    /// Added to the mean square. Default: 1e-6.
    #[config(default = 1e-6)]
    pub epsilon: f64,
}

impl RmsNormConfig {
    /// A fresh layer with all weights one.
    #[must_use]
    pub fn init(&self, device: &Device) -> RmsNorm {
        RmsNorm {
            weight: Initializer::Ones.init([self.d_model], device),
            epsilon: self.epsilon,
        }
    }
}

/// `y = x / sqrt(mean(x^2) + epsilon) * weight` over the last axis.
#[derive(Module, Debug)]
pub struct RmsNorm {
    /// `[d_model]`
    pub weight: Param<Tensor<1>>,
    /// Added to the mean square.
    pub epsilon: f64,
}

impl RmsNorm {
    /// Normalizes the last axis; the shape stays.
    #[must_use]
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if let Some(operations) = operations::installed(&x) {
            let weight = self.weight.val().into_dispatch();
            let y = operations.rms_norm(x.into_dispatch(), weight, self.epsilon);
            return Tensor::from_dispatch(y);
        }
        let mean_square = x.clone().square().mean_dim(D - 1); // [.., 1]
        let scale = (mean_square + self.epsilon).sqrt().recip();
        (x * scale) * self.weight.val().unsqueeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{TensorData, Tolerance};

    #[test]
    fn literal_values() {
        let x = Tensor::<2>::from_floats([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], &Device::flex());
        let y = RmsNormConfig::new(3).init(&Device::flex()).forward(x);
        let expected = [
            [0.0, 0.774_597, 1.549_193],
            [0.734_847, 0.979_796, 1.224_745],
        ];
        y.into_data()
            .assert_approx_eq::<f32>(&TensorData::from(expected), Tolerance::absolute(1e-5));
    }

    /// Inputs as small as sqrt(epsilon) tell 1e-6 from 1e-5; the golden numbers do not.
    #[test]
    fn epsilon_is_one_millionth() {
        let x = Tensor::<2>::from_floats([[1e-3, 1e-3]], &Device::flex());
        let y = RmsNormConfig::new(2).init(&Device::flex()).forward(x);
        let expected = [[std::f32::consts::FRAC_1_SQRT_2; 2]]; // 1e-3 / sqrt(1e-6 + 1e-6)
        y.into_data()
            .assert_approx_eq::<f32>(&TensorData::from(expected), Tolerance::absolute(1e-4));
    }
}
