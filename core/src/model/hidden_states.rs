//! The two kinds of tokens of a forward call.

use burn::tensor::Tensor;

/// Hidden states of one forward call, by expert.
#[derive(Debug, Clone)]
pub struct HiddenStates {
    /// Tokens of the understanding expert, `[b, t_und, d]`.
    pub understanding: Tensor<3>,
    /// Latents, for the generation expert, `[b, t_gen, d]`.
    pub latents: Option<Tensor<3>>,
}

impl HiddenStates {
    /// A stream of plain tokens only.
    #[must_use]
    pub fn understanding(understanding: Tensor<3>) -> Self {
        Self {
            understanding,
            latents: None,
        }
    }

    /// Streams of plain tokens, one after the other; a single stream may have latents.
    pub(crate) fn join(mut streams: Vec<Self>) -> Self {
        if streams.len() == 1 {
            return streams.swap_remove(0);
        }
        let understanding = streams
            .into_iter()
            .map(|stream| stream.understanding)
            .collect();
        Self::understanding(Tensor::cat(understanding, 1))
    }

    /// Tokens of both kinds.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.understanding.dims()[1] + self.latents.as_ref().map_or(0, |latents| latents.dims()[1])
    }

    /// Applies one function to each kind.
    pub(super) fn map(
        self,
        understanding: impl FnOnce(Tensor<3>) -> Tensor<3>,
        gen_: impl FnOnce(Tensor<3>) -> Tensor<3>,
    ) -> Self {
        Self {
            understanding: understanding(self.understanding),
            latents: self.latents.map(gen_),
        }
    }

    /// The sum of both, kind by kind.
    pub(super) fn add(self, other: Self) -> Self {
        Self {
            understanding: self.understanding + other.understanding,
            latents: self.latents.zip(other.latents).map(|(a, b)| a + b),
        }
    }
}
