//! The operations of the layers that may be computed by somebody else: the trainer has them with gradients of its own.
//!
//! A layer asks [`installed`] and otherwise computes with burn's tensor operations, which stay the definition. Nothing is
//! installed in the page.

use burn::{
    backend::{Dispatch, tensor::FloatTensor},
    tensor::{Device, Tensor},
};
use std::{fmt::Debug, sync::OnceLock};

use crate::kernels::layer;

/// A tensor of any rank, as burn's dispatch has it: [`Tensor::into_dispatch`] and [`Tensor::from_dispatch`] convert.
pub type AnyTensor = FloatTensor<Dispatch>;

/// What computes the layers in place of tensor operations. Values and gradients must be those of the layers.
pub trait LayerOperations: Debug + Send + Sync {
    /// Whether tensors on this device are taken.
    fn serves(&self, device: &Device) -> bool;

    /// [`super::RmsNorm`] over the last axis of `x`; weight: `[d]`.
    fn rms_norm(&self, x: AnyTensor, weight: AnyTensor, epsilon: f64) -> AnyTensor;

    /// [`super::LayerNorm`] over the last axis of `x`; weight, bias: `[d]`.
    fn layer_norm(
        &self,
        x: AnyTensor,
        weight: AnyTensor,
        bias: AnyTensor,
        epsilon: f64,
    ) -> AnyTensor;

    /// [`super::GroupNorm`]; x: `[b, c, height, width]`, weight, bias: `[c]`.
    fn group_norm(
        &self,
        x: AnyTensor,
        weight: AnyTensor,
        bias: AnyTensor,
        groups: usize,
        epsilon: f64,
    ) -> AnyTensor;

    /// [`super::silu`]
    fn silu(&self, x: AnyTensor) -> AnyTensor;

    /// [`super::gelu_tanh`]
    fn gelu_tanh(&self, x: AnyTensor) -> AnyTensor;

    /// `silu(gate) * up`, of one shape.
    fn swiglu(&self, gate: AnyTensor, up: AnyTensor) -> AnyTensor;

    /// [`super::Rope::apply`]; the tables get no gradient.
    fn rotate(&self, x: AnyTensor, cos: AnyTensor, sin: AnyTensor) -> AnyTensor;

    /// `x W^T` of `[m, k]` and `[n, k]`.
    fn product(&self, x: AnyTensor, weight: AnyTensor) -> AnyTensor;

    /// `x W^T + b` of `[m, k]`, `[n, k]` and `[n]`.
    fn affine(&self, x: AnyTensor, weight: AnyTensor, bias: AnyTensor) -> AnyTensor;

    /// [`super::attention`]; the mask gets no gradient.
    fn attention(
        &self,
        q: AnyTensor,
        k: AnyTensor,
        v: AnyTensor,
        mask: Option<AnyTensor>,
    ) -> AnyTensor;

    /// [`super::Conv2d`]; x: `[b, c, height, width]`, weight: `[c_output, c, kernel, kernel]`, bias: `[c_output]`.
    fn conv2d(
        &self,
        x: AnyTensor,
        weight: AnyTensor,
        bias: AnyTensor,
        stride: usize,
        padding: usize,
    ) -> AnyTensor;
}

static INSTALLED: OnceLock<&'static dyn LayerOperations> = OnceLock::new();

/// Lets all layers of this program compute with these operations from now on. The first ones that are installed stay.
pub fn install(operations: &'static dyn LayerOperations) {
    // A second call brings nothing new: there is one set of operations in a program.
    let _ = INSTALLED.set(operations);
}

/// The operations that take this tensor, if any were installed.
pub(crate) fn installed<const D: usize>(x: &Tensor<D>) -> Option<&'static dyn LayerOperations> {
    let operations = *INSTALLED.get()?;
    operations.serves(&x.device()).then_some(operations)
}

/// Whether a layer of the autoencoder runs by [`crate::kernels::conv`]: nobody else computes it, and no gradient is wanted.
pub(crate) fn by_kernels<const D: usize>(x: &Tensor<D>) -> bool {
    installed(x).is_none() && layer::takes(x)
}
