//! How an operation with a gradient of its own enters burn's graph.

use std::fmt::Debug;

use burn::backend::{
    Autodiff, Flex,
    autodiff::{
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    tensor::FloatTensor,
};
use burn_flex::FlexTensor;

/// A tensor that remembers where it came from.
type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

/// An operation of `N` tensors with its gradient.
pub(super) trait Operation<const N: usize>: Debug + Send + Sized + 'static {
    /// What the gradient needs.
    type Saved: Debug + Clone + Send + 'static;

    /// The result, and what the gradient needs.
    fn forward(&self, inputs: [FlexTensor; N]) -> (FlexTensor, Self::Saved);

    /// The gradients of the inputs by the gradient of the result; those that are not wanted may be
    /// left out.
    fn backward(
        &self,
        saved: Self::Saved,
        grad: FlexTensor,
        wanted: [bool; N],
    ) -> [Option<FlexTensor>; N];
}

/// Runs an operation whose gradient nobody asks for.
pub(super) fn run<const N: usize>(
    operation: &impl Operation<N>,
    inputs: [FlexTensor; N],
) -> FlexTensor {
    operation.forward(inputs).0
}

/// Runs an operation and remembers it where gradients are wanted.
pub(super) fn track<const N: usize, C: CheckpointStrategy>(
    operation: impl Operation<N>,
    inputs: [Tracked<C>; N],
) -> Tracked<C> {
    let nodes = inputs.each_ref().map(Tracked::<C>::node);
    let inputs = inputs.map(Tracked::<C>::into_primitive);
    let (output, saved) = operation.forward(inputs);
    match Step(operation)
        .prepare::<C>(nodes)
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(step) => step.finish(saved, output),
        OpsKind::UnTracked(step) => step.finish(output),
    }
}

#[derive(Debug)]
struct Step<O>(O);

impl<const N: usize, O: Operation<N>> Backward<Flex, N> for Step<O> {
    type State = O::Saved;

    fn backward(self, ops: Ops<O::Saved, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node);
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let gradients = self.0.backward(ops.state, grad, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<Flex>(parent.id, gradient);
            }
        }
    }
}
