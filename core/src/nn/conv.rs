//! Two-dimensional convolution.

use burn::{
    config::Config,
    module::{Initializer, Module, Param},
    tensor::{Device, Tensor, module::conv2d, ops::ConvOptions},
};

use super::operations;

/// Configuration of a [`Conv2d`] with a square kernel.
#[derive(Config, Debug)]
pub struct Conv2dConfig {
    /// Input channels.
    pub c_input: usize,
    /// Output channels.
    pub c_output: usize,
    /// Side of the kernel in pixels.
    pub kernel: usize,
    /// Stride in pixels. Default: 1.
    #[config(default = 1)]
    pub stride: usize,
    /// Zero padding on all four sides in pixels. Default: 0.
    #[config(default = 0)]
    pub padding: usize,
}

impl Conv2dConfig {
    /// A fresh layer with the uniform bound `1 / sqrt(fan_in)` (LeCun et al., 1998).
    #[must_use]
    pub fn init(&self, device: &Device) -> Conv2d {
        let fan_in = self.c_input * self.kernel * self.kernel;
        let bound = 1.0 / (fan_in as f64).sqrt();
        let uniform = Initializer::Uniform {
            min: -bound,
            max: bound,
        };
        Conv2d {
            weight: uniform.init(
                [self.c_output, self.c_input, self.kernel, self.kernel],
                device,
            ),
            bias: Initializer::Zeros.init([self.c_output], device),
            stride: self.stride,
            padding: self.padding,
        }
    }
}

/// Convolution with bias over `[b, c, height, width]`.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// `[c_output, c_input, kernel, kernel]`
    pub weight: Param<Tensor<4>>,
    /// `[c_output]`
    pub bias: Param<Tensor<1>>,
    /// Stride in pixels.
    pub stride: usize,
    /// Zero padding on all four sides in pixels.
    pub padding: usize,
}

impl Conv2d {
    /// Convolves a feature map.
    ///
    /// # Shapes
    ///
    /// - input: `[b, c_input, height, width]`
    /// - output: `[b, c_output, height', width']`
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        if let Some(operations) = operations::installed(&x) {
            let (weight, bias) = (self.weight.val(), self.bias.val());
            return Tensor::from_dispatch(operations.conv2d(
                x.into_dispatch(),
                weight.into_dispatch(),
                bias.into_dispatch(),
                self.stride,
                self.padding,
            ));
        }
        let options = ConvOptions::new(
            [self.stride, self.stride],
            [self.padding, self.padding],
            [1, 1],
            1,
        );
        conv2d(x, self.weight.val(), Some(self.bias.val()), options)
    }
}
