//! Numbers of a CPU tensor, and tensors of numbers.

use burn::tensor::{Shape, TensorData};
use burn_flex::FlexTensor;

/// The tensor in row-major order; copies only what has another.
pub(super) fn row_major(x: FlexTensor) -> FlexTensor {
    if x.is_contiguous() {
        x
    } else {
        x.to_contiguous()
    }
}

/// The numbers of a tensor in row-major order.
pub(super) fn values(x: &FlexTensor) -> &[f32] {
    x.as_slice()
        .expect("invariant: 32-bit floats in row-major order")
}

/// A tensor of these numbers.
pub(super) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Sizes of a tensor of rank `D`.
pub(super) fn dims<const D: usize>(x: &FlexTensor) -> [usize; D] {
    x.layout().shape().dims()
}

/// Where the numbers of a tensor lie, and how far apart they are along every axis.
pub(super) struct Strided<'a, const D: usize> {
    /// From the tensor's first number on.
    pub(super) values: &'a [f32],
    /// Sizes.
    pub(super) dims: [usize; D],
    /// Steps of every axis.
    pub(super) strides: [isize; D],
}

impl<'a, const D: usize> Strided<'a, D> {
    /// Looks at a tensor without copying it.
    pub(super) fn new(x: &'a FlexTensor) -> Self {
        let layout = x.layout();
        let strides = layout.strides();
        debug_assert!(strides.iter().all(|&stride| stride >= 0), "nothing flips");
        Self {
            values: &x.storage::<f32>()[layout.start_offset()..],
            dims: dims(x),
            strides: strides.try_into().expect("invariant: the rank is D"),
        }
    }
}
