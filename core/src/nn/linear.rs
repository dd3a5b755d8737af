//! Affine map with the weight layout of the checkpoint.

use burn::{
    config::Config,
    module::{Initializer, Module, Param},
    tensor::{Device, Tensor},
};

use super::{Weight, operations};

/// Configuration of a [`Linear`] layer.
#[derive(Config, Debug)]
pub struct LinearConfig {
    /// Width of the input.
    pub d_input: usize,
    /// Width of the output.
    pub d_output: usize,
    /// Whether a bias is added. Default: true.
    #[config(default = true)]
    pub bias: bool,
    /// Standard deviation of a fresh weight. Default: 0.02.
    #[config(default = 0.02)]
    pub std: f64,
}

impl LinearConfig {
    /// A fresh layer; the weight is drawn when it is first used, so loading never pays for it.
    #[must_use]
    pub fn init(&self, device: &Device) -> Linear {
        let weight = Initializer::Normal {
            mean: 0.0,
            std: self.std,
        }
        .init([self.d_output, self.d_input], device)
        .into();
        let bias = self
            .bias
            .then(|| Initializer::Zeros.init([self.d_output], device));
        Linear { weight, bias }
    }
}

/// `y = x W^T + b`, with `W` stored `[d_output, d_input]` as in the checkpoint.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[d_output, d_input]`, floats or packed
    pub weight: Weight,
    /// `[d_output]`
    pub bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    /// Applies the map to the last axis.
    ///
    /// # Shapes
    ///
    /// - input: `[.., d_input]`
    /// - output: `[.., d_output]`
    #[must_use]
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let mut dims = x.dims();
        let d_input = dims[D - 1];
        let rows = dims[..D - 1].iter().product::<usize>();
        // One flat product: with a batch axis the weight would be broadcast and multiplied again.
        let x = x.reshape([rows, d_input]);
        let y = self.flat(x);
        dims[D - 1] = y.dims()[1];
        y.reshape(dims)
    }

    /// `[rows, d_input]` to `[rows, d_output]`.
    fn flat(&self, x: Tensor<2>) -> Tensor<2> {
        let Some(bias) = &self.bias else {
            return self.weight.matmul(x);
        };
        if let (Weight::Float(weight), Some(operations)) = (&self.weight, operations::installed(&x))
        {
            let [weight, x] = [weight.val(), x].map(Tensor::into_dispatch);
            let bias = bias.val().into_dispatch();
            return Tensor::from_dispatch(operations.affine(x, weight, bias));
        }
        self.weight.matmul(x) + bias.val().unsqueeze::<2>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::{module::Param, tensor::TensorData};

    #[test]
    fn rows_of_the_weight_are_outputs() {
        let device = Device::flex();
        let layer = Linear {
            weight: Param::from_data([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]], &device).into(),
            bias: Some(Param::from_data([10.0, 20.0], &device)),
        };
        let x = Tensor::<3>::from_floats([[[1.0, 1.0, 1.0]], [[0.0, 2.0, 0.0]]], &device);
        layer.forward(x).into_data().assert_eq(
            &TensorData::from([[[16.0_f32, 21.0]], [[14.0, 22.0]]]),
            true,
        );
    }
}
