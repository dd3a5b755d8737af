//! What the layers do, in one pass over memory each, with gradients of their own: for training on
//! the CPU.
//!
//! As tensor operations a norm or an attention is five to fifteen passes over memory, and twice that
//! with gradients; the processor waits for memory most of that time. Here every layer is one
//! operation whose gradient is written by hand. The engine's layers meet them as
//! [`LayerOperations`](unimed_core::nn::operations::LayerOperations), once they are installed; tensors
//! stay the definition of what is computed: `tests` compares both, values and gradients. Nothing of
//! this is in the page.

#[cfg(target_arch = "x86_64")]
mod amx;
mod attention;
mod bf16;
mod conv;
mod data;
mod gate;
mod lanes;
mod norm;
mod ops;
#[cfg(target_arch = "x86_64")]
mod pack;
mod product;
mod rotate;
mod step;
#[cfg(test)]
mod tests;
mod view;

pub use bf16::enable as enable_bf16;

use ops::Fused;
use unimed_core::nn::operations;

/// Lets the engine's layers compute with these operations on the CPU from now on.
pub fn install() {
    operations::install(&Fused);
}
