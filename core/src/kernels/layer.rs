//! What lies between the products of a layer, in one pass over memory each: normalization, the split into heads with
//! rotation, attention, the gate. GPU kernels and their CPU twins.
//!
//! Gradients stop here. Training has operations of its own ([`crate::nn::operations`]), and the tensor operations in
//! [`crate::nn`] stay the definition that all of them are compared with.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    tensor::{DType, Tensor},
};

use super::choice::{self, Variant};

/// Sizes of a split into heads, see [`heads`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadSizes {
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and of values.
    pub kv_heads: usize,
    /// Channels of a head.
    pub d: usize,
    /// Tokens of the whole call.
    pub tokens: usize,
    /// The first token of this product.
    pub first: usize,
    /// Tokens that the buffers of keys and values have room for.
    pub capacity: usize,
    /// Tokens that they hold already.
    pub at: usize,
    /// Added to the mean square.
    pub epsilon: f32,
}

/// How attention reads its keys, see [`attention`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPieces {
    /// Tokens of the first piece that are used.
    pub first: usize,
    /// Tokens of the second piece that are used.
    pub second: usize,
    /// Whether token `i` of the call sees only what came before it and itself; the call's own tokens are the last of the
    /// second piece.
    pub causal: bool,
}

/// What a backend must do. All tensors are 32-bit floats.
#[backend_extension(Flex: cfg(feature = "cpu"), Cube: cfg(feature = "gpu"))]
pub(super) trait LayerOps: Backend {
    /// `[m, d]`, weight `[d]`, to `[m, d]`.
    fn rms_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        epsilon: f32,
        variant: Variant,
    ) -> FloatTensor<Self>;

    /// `x + y`, and its norm; `[m, d]` each.
    fn add_rms_norm(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        epsilon: f32,
        variant: Variant,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// `[m, d]`, weight and bias `[d]`, to `[m, d]`.
    fn layer_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        epsilon: f32,
        variant: Variant,
    ) -> FloatTensor<Self>;

    /// Any shape.
    fn gelu_tanh(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `[m, 2 n]` to `[m, n]`.
    fn gate(gate_and_up: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Fills queries, keys and values, and returns them.
    #[allow(clippy::too_many_arguments, reason = "each is a tensor of its own")]
    fn heads(
        projected: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        norms: FloatTensor<Self>,
        tables: FloatTensor<Self>,
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        sizes: HeadSizes,
        variant: Variant,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// Queries `[h, t, d]`, keys and values `[kv, capacity, d]`, to `[t, h d]`.
    fn attention(
        q: FloatTensor<Self>,
        k_first: FloatTensor<Self>,
        v_first: FloatTensor<Self>,
        k_second: FloatTensor<Self>,
        v_second: FloatTensor<Self>,
        pieces: KeyPieces,
        variant: Variant,
    ) -> FloatTensor<Self>;
}

/// Whether these kernels take a tensor: one without gradients, of 32-bit floats.
#[must_use]
pub fn takes<const D: usize>(x: &Tensor<D>) -> bool {
    x.dtype() == DType::F32 && !x.device().is_autodiff()
}

/// The variant that was chosen for this process, for so many rows.
#[must_use]
pub fn chosen(rows: usize) -> Variant {
    choice::gpu().for_rows(rows)
}

/// `x / sqrt(mean(x^2) + epsilon) * weight` over the last axis.
#[must_use]
pub fn rms_norm(x: Tensor<2>, weight: Tensor<1>, epsilon: f64, variant: Variant) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::rms_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        epsilon as f32,
        variant,
    ))
}

/// `x + y`, and [`rms_norm`] of it.
#[must_use]
pub fn add_rms_norm(
    x: Tensor<2>,
    y: Tensor<2>,
    weight: Tensor<1>,
    epsilon: f64,
    variant: Variant,
) -> (Tensor<2>, Tensor<2>) {
    let (sum, norm) = <Dispatch as LayerOps>::add_rms_norm(
        x.into_dispatch(),
        y.into_dispatch(),
        weight.into_dispatch(),
        epsilon as f32,
        variant,
    );
    (Tensor::from_dispatch(sum), Tensor::from_dispatch(norm))
}

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias` over the last axis.
#[must_use]
pub fn layer_norm(
    x: Tensor<2>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    epsilon: f64,
    variant: Variant,
) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::layer_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        epsilon as f32,
        variant,
    ))
}

/// [`crate::nn::gelu_tanh`] in one pass.
#[must_use]
pub fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::gelu_tanh(x.into_dispatch()))
}

/// `silu(gate) * up` of rows that hold the gate, then the other half: `[m, 2 n]` to `[m, n]`.
#[must_use]
pub fn gate(gate_and_up: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::gate(gate_and_up.into_dispatch()))
}

/// One kind of tokens after the product that gives queries, keys and values side by side.
#[derive(Debug)]
pub struct Projected {
    /// `[n, (h + 2 kv) d]`
    pub values: Tensor<2>,
    /// `[(h + 2 kv) d]`
    pub bias: Tensor<1>,
    /// Weights of the norms of queries and of keys, `[2, d]`.
    pub norms: Tensor<2>,
}

/// Adds the bias, normalizes queries and keys head by head, rotates them, and writes queries to `q` and keys and values
/// into their buffers, in place where nobody else holds these.
///
/// # Shapes
///
/// - tables: `[2, t, d]`, cosines and sines; q: `[1, h, t, d]`; k, v: `[1, kv, capacity, d]`
#[must_use]
pub fn heads(
    projected: Projected,
    tables: Tensor<3>,
    [q, k, v]: [Tensor<4>; 3],
    sizes: HeadSizes,
    variant: Variant,
) -> [Tensor<4>; 3] {
    let (q, k, v) = <Dispatch as LayerOps>::heads(
        projected.values.into_dispatch(),
        projected.bias.into_dispatch(),
        projected.norms.into_dispatch(),
        tables.into_dispatch(),
        q.into_dispatch(),
        k.into_dispatch(),
        v.into_dispatch(),
        sizes,
        variant,
    );
    [q, k, v].map(Tensor::from_dispatch)
}

/// `softmax(q k^T / sqrt(d)) v` over keys in two pieces, without a matrix of scores; query head `i` reads key head
/// `i / (h / kv)`.
///
/// # Shapes
///
/// - q: `[1, h, t, d]`; keys and values of a piece: `[1, kv, capacity, d]`
/// - output: `[t, h d]`
#[must_use]
pub fn attention(
    q: Tensor<4>,
    first: [Tensor<4>; 2],
    second: [Tensor<4>; 2],
    pieces: KeyPieces,
    variant: Variant,
) -> Tensor<2> {
    let [k_first, v_first] = first.map(Tensor::into_dispatch);
    let [k_second, v_second] = second.map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as LayerOps>::attention(
        q.into_dispatch(),
        k_first,
        v_first,
        k_second,
        v_second,
        pieces,
        variant,
    ))
}
