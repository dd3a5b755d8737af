//! The way from tensors to the kernels of the backend that holds them.

use burn::{
    backend::{
        Backend, Dispatch, backend_extension,
        tensor::{FloatTensor, IntTensor},
    },
    tensor::{Int, Tensor},
};

use super::choice::Variant;
use unimed_package::{GROUP, PackedShape};

/// What a backend must do with packed matrices. Gradients stop here: a quantized model is not
/// trained.
#[backend_extension(Flex: cfg(feature = "cpu"), Cube: cfg(feature = "gpu"))]
pub(super) trait PackedOps: Backend {
    /// `[m, whole groups]` to `[m, rows]`.
    fn packed_matmul(
        x: FloatTensor<Self>,
        words: IntTensor<Self>,
        scales: IntTensor<Self>,
        shape: PackedShape,
        variant: Variant,
    ) -> FloatTensor<Self>;

    /// `[t]`, 32-bit, to `[t, columns]`.
    fn packed_rows(
        ids: IntTensor<Self>,
        words: IntTensor<Self>,
        scales: IntTensor<Self>,
        shape: PackedShape,
    ) -> FloatTensor<Self>;
}

pub(super) fn matmul(
    x: Tensor<2>,
    words: Tensor<2, Int>,
    scales: Tensor<1, Int>,
    shape: PackedShape,
    variant: Variant,
) -> Tensor<2> {
    // The kernels read whole groups; one tensor of the 14B model is not that wide (K = 4304).
    let padding = shape.groups() * GROUP - shape.columns;
    let x = if padding == 0 {
        x
    } else {
        x.pad([(0, 0), (0, padding)], 0.0)
    };
    Tensor::from_dispatch(<Dispatch as PackedOps>::packed_matmul(
        x.into_dispatch(),
        words.into_dispatch(),
        scales.into_dispatch(),
        shape,
        variant,
    ))
}

pub(super) fn rows(
    ids: Tensor<1, Int>,
    words: Tensor<2, Int>,
    scales: Tensor<1, Int>,
    shape: PackedShape,
) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as PackedOps>::packed_rows(
        ids.into_dispatch(),
        words.into_dispatch(),
        scales.into_dispatch(),
        shape,
    ))
}
