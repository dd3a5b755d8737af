//! Layers that read the same input, as one product.
//!
//! On a GPU every product is a dispatch, and a dispatch costs more than the work of a small one.

use burn::{module::Param, tensor::Tensor};

use super::{Linear, Weight};

/// Matrices of several [`Linear`] layers with the same input, one below the other.
#[derive(Debug, Clone)]
pub struct FusedLinear {
    weight: Weight,
    bias: Option<Tensor<1>>,
    /// Outputs of each layer.
    widths: Vec<usize>,
}

impl FusedLinear {
    /// Takes the weights out of some layers, which are empty then; none where they cannot stand together or make a buffer
    /// of more than `max_binding_bytes`, and the layers stay as they are.
    #[must_use]
    pub fn new<const N: usize>(layers: [&mut Linear; N], max_binding_bytes: u64) -> Option<Self> {
        let weights = layers.each_ref().map(|layer| &layer.weight);
        let bytes = weights.iter().map(|weight| weight.largest_buffer());
        if bytes.sum::<u64>() > max_binding_bytes {
            return None;
        }
        // They stay as long as the model does.
        let weight = (weights[0].device())
            .memory_persistent_allocations(weights, |weights| Weight::join(&weights))?;
        let widths = weights.iter().map(|weight| weight.shape()[0]).collect();
        let biases: Option<Vec<_>> = layers
            .iter()
            .map(|layer| layer.bias.as_ref().map(Param::val))
            .collect();
        let bias = biases.map(|biases| Tensor::cat(biases, 0));
        for layer in layers {
            let [_, columns] = layer.weight.shape();
            let nothing = Tensor::<2>::zeros([0, columns], &layer.weight.device());
            layer.weight = Param::from_tensor(nothing).into();
            layer.bias = None;
        }
        Some(Self {
            weight,
            bias,
            widths,
        })
    }

    /// All outputs side by side, without bias: `[n, d]` to `[n, sum of widths]`.
    #[must_use]
    pub fn matmul(&self, x: Tensor<2>) -> Tensor<2> {
        self.weight.matmul(x)
    }

    /// The biases, one after the other.
    ///
    /// # Panics
    ///
    /// Panics if the layers have none.
    #[must_use]
    pub fn bias(&self) -> Tensor<1> {
        self.bias.clone().expect("invariant: layers with biases")
    }

    /// The outputs of each layer, with bias.
    ///
    /// # Shapes
    ///
    /// - x: `[b, t, d]`
    ///
    /// # Panics
    ///
    /// Panics if `N` is not the number of layers.
    #[must_use]
    pub fn split<const N: usize>(&self, x: Tensor<3>) -> [Tensor<3>; N] {
        let [b, t, d] = x.dims();
        let mut y = self.weight.matmul(x.reshape([b * t, d]));
        if let Some(bias) = &self.bias {
            y = y + bias.clone().unsqueeze::<2>();
        }
        let widths: [usize; N] = self
            .widths
            .as_slice()
            .try_into()
            .expect("invariant: one output a layer");
        let mut first = 0;
        widths.map(|width| {
            let own = y.clone().narrow(1, first, width);
            first += width;
            own.reshape([b, t, width])
        })
    }

    /// [`Self::matmul`] of layers that were not joined.
    #[must_use]
    pub(crate) fn apart<const N: usize>(layers: [&Linear; N], x: &Tensor<2>) -> Tensor<2> {
        let outputs = layers.map(|layer| layer.weight.matmul(x.clone()));
        Tensor::cat(outputs.to_vec(), 1)
    }

    /// [`Self::bias`] of layers that were not joined.
    #[must_use]
    pub(crate) fn bias_apart<const N: usize>(layers: [&Linear; N]) -> Tensor<1> {
        let biases = layers.map(|layer| {
            let bias = layer.bias.as_ref().expect("invariant: layers with biases");
            bias.val()
        });
        Tensor::cat(biases.to_vec(), 0)
    }
}
