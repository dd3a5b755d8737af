//! The most probable token and its probability, found where the logits are: a GPU gives back four numbers instead of a
//! row as long as the vocabulary.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    tensor::Tensor,
};

/// Numbers in a result: the index, its logit, the sum of `exp(logit - largest)` over all of them, and how many are not
/// finite (more than none says no more than that). An index is exact below 2^24.
pub const RESULT: usize = 4;

/// What a backend must do.
#[backend_extension(Flex: cfg(feature = "cpu"), Cube: cfg(feature = "gpu"))]
pub(super) trait ArgmaxOps: Backend {
    /// `[n]` to `[4]`, see [`RESULT`].
    fn argmax_with_sum(logits: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The largest of some logits, see [`RESULT`]; the first of equal ones.
///
/// # Shapes
///
/// - logits: `[n]`, at least one
/// - output: `[4]`
#[must_use]
pub fn argmax_with_sum(logits: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as ArgmaxOps>::argmax_with_sum(
        logits.into_dispatch(),
    ))
}
