//! Two-dimensional convolution.

use burn::{
    config::Config,
    module::{Initializer, Module, Param},
    tensor::{Device, Tensor, module::conv2d, ops::ConvOptions},
};

use super::operations;
use crate::kernels::{
    conv::{self, ConvGeometry},
    layer,
};

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
        if operations::by_kernels(&x) {
            return self.convolve(x, None, self.padding, false);
        }
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

    /// Convolves a feature map and adds another one.
    ///
    /// # Shapes
    ///
    /// - input: `[b, c_input, height, width]`
    /// - sum, output: `[b, c_output, height', width']`
    #[must_use]
    pub fn forward_add(&self, x: Tensor<4>, sum: Tensor<4>) -> Tensor<4> {
        if operations::by_kernels(&x) {
            return self.convolve(x, Some(sum), self.padding, false);
        }
        sum + self.forward(x)
    }

    /// Convolves a feature map whose every pixel became 2 x 2.
    ///
    /// # Shapes
    ///
    /// - input: `[b, c_input, height, width]`
    /// - output: that of [`Self::forward`] for `[b, c_input, 2 * height, 2 * width]`
    #[must_use]
    pub fn forward_doubled(&self, x: Tensor<4>) -> Tensor<4> {
        if operations::by_kernels(&x) {
            return self.convolve(x, None, self.padding, true);
        }
        let [b, c, height, width] = x.dims();
        let x = x
            .reshape([b, c, height, 1, width, 1])
            .expand([b, c, height, 2, width, 2])
            .reshape([b, c, height * 2, width * 2]);
        self.forward(x)
    }

    /// Convolves a feature map with one more column of zeros at the right and one more row at the bottom.
    ///
    /// # Shapes
    ///
    /// - input: `[b, c_input, height, width]`
    /// - output: that of [`Self::forward`] for `[b, c_input, height + 1, width + 1]`
    #[must_use]
    pub fn forward_extended(&self, x: Tensor<4>) -> Tensor<4> {
        if operations::by_kernels(&x) {
            return self.convolve(x, None, self.padding + 1, false);
        }
        let [b, c, height, width] = x.dims();
        let device = x.device();
        let x = Tensor::cat(vec![x, Tensor::zeros([b, c, height, 1], &device)], 3);
        let x = Tensor::cat(vec![x, Tensor::zeros([b, c, 1, width + 1], &device)], 2);
        self.forward(x)
    }

    fn convolve(
        &self,
        x: Tensor<4>,
        sum: Option<Tensor<4>>,
        after: usize,
        doubled: bool,
    ) -> Tensor<4> {
        let geometry = ConvGeometry {
            stride: self.stride,
            before: self.padding,
            after,
            doubled,
        };
        let [_, _, height, width] = x.dims();
        let variant = layer::chosen(height * width);
        conv::conv2d(
            x,
            self.weight.val(),
            self.bias.val(),
            sum,
            geometry,
            variant,
        )
    }
}
