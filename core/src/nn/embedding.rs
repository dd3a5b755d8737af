//! Token embedding.

use burn::{
    config::Config,
    module::{Initializer, Module},
    tensor::{Device, Int, Tensor},
};

use super::Weight;

/// Configuration of an [`Embedding`].
#[derive(Config, Debug)]
pub struct EmbeddingConfig {
    /// Rows of the table.
    pub vocab_size: usize,
    /// Width of a row.
    pub d_model: usize,
}

impl EmbeddingConfig {
    /// A fresh table.
    #[must_use]
    pub fn init(&self, device: &Device) -> Embedding {
        let weight = Initializer::Normal {
            mean: 0.0,
            std: 0.02,
        }
        .init([self.vocab_size, self.d_model], device)
        .into();
        Embedding { weight }
    }
}

/// A table of rows, looked up by token id.
#[derive(Module, Debug)]
pub struct Embedding {
    /// `[vocab_size, d_model]`, floats or packed
    pub weight: Weight,
}

impl Embedding {
    /// Looks up rows.
    ///
    /// # Shapes
    ///
    /// - ids: `[b, t]`
    /// - output: `[b, t, d]`
    #[must_use]
    pub fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        self.weight.rows(ids)
    }
}
