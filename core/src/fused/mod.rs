//! What the layers do, in one pass over memory each, with gradients of their own: for training on
//! the CPU.
//!
//! As tensor operations a norm or an attention is five to fifteen passes over memory, and twice that
//! with gradients; the processor waits for memory most of that time. Here every layer is one
//! operation whose gradient is written by hand. Layers in `nn` ask [`serves`] and fall back to
//! tensors, which stay the definition of what is computed: `tests` compares both, values and
//! gradients. Nothing of this is in the page.

mod attention;
pub mod bf16;
mod conv;
mod data;
mod gate;
mod lanes;
mod norm;
mod ops;
mod product;
mod rotate;
mod step;
#[cfg(test)]
mod tests;

pub(crate) use ops::{
    affine, attention, conv2d, gelu_tanh, group_norm, layer_norm, product, rms_norm, rotate, silu,
    swiglu,
};

use burn::tensor::{Device, Tensor};

/// Whether these operations can take a tensor: it lies in the memory of the CPU.
pub(crate) fn serves<const D: usize>(x: &Tensor<D>) -> bool {
    x.device().inner() == Device::flex()
}
