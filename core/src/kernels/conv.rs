//! Convolution and group normalization of feature maps. GPU kernels and their CPU twins.
//!
//! As with [`super::layer`], gradients stop here, and the tensor operations in [`crate::nn`] stay the definition.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    tensor::Tensor,
};

use super::choice::Variant;

/// How the kernel of a convolution walks over a feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvGeometry {
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Zeros at the left and at the top.
    pub before: usize,
    /// Zeros at the right and at the bottom.
    pub after: usize,
    /// Whether every pixel of the input stands for 2 x 2.
    pub doubled: bool,
}

impl ConvGeometry {
    /// One output for every pixel that the kernel is put on, with so many zeros on all four sides.
    #[must_use]
    pub const fn padded(padding: usize) -> Self {
        Self {
            stride: 1,
            before: padding,
            after: padding,
            doubled: false,
        }
    }

    /// Height or width of the output.
    #[must_use]
    pub fn output(self, input: usize, kernel: usize) -> usize {
        let input = if self.doubled { 2 * input } else { input };
        (input + self.before + self.after - kernel) / self.stride + 1
    }
}

/// What a backend must do. All tensors are 32-bit floats.
#[backend_extension(Flex: cfg(feature = "cpu"), Cube: cfg(feature = "gpu"))]
pub(super) trait ConvOps: Backend {
    /// x: `[b, c_input, height, width]`, weight: `[c_output, c_input, kernel, kernel]`, bias: `[c_output]`.
    fn conv2d_of(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
        variant: Variant,
    ) -> FloatTensor<Self>;

    /// The same, and `sum` of the output's shape added.
    fn conv2d_add(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        sum: FloatTensor<Self>,
        geometry: ConvGeometry,
        variant: Variant,
    ) -> FloatTensor<Self>;

    /// x: `[b, c, height, width]`, weight and bias: `[c]`; the norm, and its SiLU where that is asked for.
    #[allow(clippy::too_many_arguments, reason = "as the layer has")]
    fn group_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        epsilon: f32,
        silu: bool,
        variant: Variant,
    ) -> FloatTensor<Self>;
}

/// Convolves a feature map and adds `sum`, if there is one.
///
/// # Shapes
///
/// - x: `[b, c_input, height, width]`; weight: `[c_output, c_input, kernel, kernel]`, the kernel 1 or 3 pixels wide;
///   bias: `[c_output]`
/// - sum, output: `[b, c_output, height', width']`, see [`ConvGeometry::output`]
#[must_use]
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    sum: Option<Tensor<4>>,
    geometry: ConvGeometry,
    variant: Variant,
) -> Tensor<4> {
    let (x, weight, bias) = (
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    );
    Tensor::from_dispatch(match sum {
        None => <Dispatch as ConvOps>::conv2d_of(x, weight, bias, geometry, variant),
        Some(sum) => <Dispatch as ConvOps>::conv2d_add(
            x,
            weight,
            bias,
            sum.into_dispatch(),
            geometry,
            variant,
        ),
    })
}

/// Normalizes each group of channels over its channels and pixels, scales and shifts per channel, and takes the SiLU of
/// that where `silu` is set.
///
/// # Shapes
///
/// - x, output: `[b, c, height, width]`; weight, bias: `[c]`
#[must_use]
pub fn group_norm(
    x: Tensor<4>,
    [weight, bias]: [Tensor<1>; 2],
    groups: usize,
    epsilon: f64,
    silu: bool,
    variant: Variant,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvOps>::group_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        groups,
        epsilon as f32,
        silu,
        variant,
    ))
}
