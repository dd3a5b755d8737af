//! Segments: the units in which text and images enter a context.
//!
//! Every text segment is start token, ids, end token, causal inside. Every image segment is a start
//! marker, image tokens and an end marker that share one position and all see each other.

use burn::tensor::{Device, Tensor, TensorData};

use super::Context;
use crate::{
    error::RunError,
    model::{HiddenStates, KeyValue, Model, Residual, patchify_latent, patchify_pixels},
    nn::grid_position_ids,
};
use unimed_package::host::Yielder;

/// Added to the scores of pairs that must not see each other; `exp` of it is zero in f32.
const HIDDEN: f32 = -1e9;

/// The input of one forward call.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Embedded tokens; of an image with latents the two markers are the plain ones.
    pub stream: HiddenStates,
    /// Text sees only what came before; images see all of themselves.
    pub causal: bool,
}

impl Segment {
    /// Positions that the segment takes: one per text token, one for a whole image.
    #[must_use]
    pub fn positions_taken(&self) -> usize {
        if self.causal { self.stream.tokens() } else { 1 }
    }

    /// Position of each token when the next position is `rope`.
    #[must_use]
    pub fn positions(&self, rope: usize) -> Vec<usize> {
        (0..self.stream.tokens())
            .map(|token| rope + if self.causal { token } else { 0 })
            .collect()
    }

    /// A text in pieces of at most so many tokens, which read one after the other are what it is; an image is one piece.
    pub(super) fn blocks(self, most: usize) -> Vec<Self> {
        if !self.causal || self.stream.tokens() <= most {
            return vec![self];
        }
        let blocks = self.stream.understanding.split(most, 1).into_iter();
        blocks
            .map(|understanding| Self {
                stream: HiddenStates::understanding(understanding),
                causal: true,
            })
            .collect()
    }

    /// The causal mask, aligned to the bottom right: token `i` sees keys `0..=past + i`.
    #[must_use]
    pub fn mask(&self, past: usize, device: &Device) -> Option<Tensor<4>> {
        let t = self.stream.tokens();
        if !self.causal || t == 1 {
            return None;
        }
        let mask = (0..t)
            .flat_map(|i| (0..past + t).map(move |j| if j <= past + i { 0.0 } else { HIDDEN }))
            .collect::<Vec<f32>>();
        Some(Tensor::from_data(
            TensorData::new(mask, [1, 1, t, past + t]),
            device,
        ))
    }
}

impl Model {
    /// A text segment: start token, `ids`, end token.
    #[must_use]
    pub fn text_segment(&self, ids: &[u32]) -> Segment {
        let mut all = Vec::with_capacity(ids.len() + 2);
        all.push(self.special.bos);
        all.extend_from_slice(ids);
        all.push(self.special.eos);
        Segment {
            stream: HiddenStates::understanding(self.unified.embed_ids(&all)),
            causal: true,
        }
    }

    /// [`Self::text_segment`] after an answer whose end token was chosen but not read yet.
    #[must_use]
    pub fn text_segment_after_answer(&self, ids: &[u32]) -> Segment {
        let mut all = Vec::with_capacity(ids.len() + 3);
        all.extend([self.special.eos, self.special.bos]);
        all.extend_from_slice(ids);
        all.push(self.special.eos);
        Segment {
            stream: HiddenStates::understanding(self.unified.embed_ids(&all)),
            causal: true,
        }
    }

    /// One token of an answer.
    #[must_use]
    pub fn token_segment(&self, id: u32) -> Segment {
        Segment {
            stream: HiddenStates::understanding(self.unified.embed_ids(&[id])),
            causal: true,
        }
    }

    /// An image for the vision tower.
    ///
    /// `pixels`: `[1, 3, height, width]`, normalized, sides multiples of the patch.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn vision_segment(
        &self,
        pixels: Tensor<4>,
        yielder: &Yielder<'_>,
    ) -> Result<Segment, RunError> {
        let patch = self.config.vision.patch_size;
        let [_, _, height, width] = pixels.dims();
        let side = self.config.vit_max_num_patch_per_side;
        let ids = grid_position_ids(height / patch, width / patch, side);
        let tokens = self
            .unified
            .vision_tokens(patchify_pixels(pixels, patch), &ids, yielder)
            .await?; // [1, n, d]
        let [start, end] = self.markers();
        let understanding = Tensor::cat(vec![start, tokens, end], 1);
        Ok(Segment {
            stream: HiddenStates::understanding(understanding),
            causal: false,
        })
    }

    /// A clean image as latents, `[1, z, rows, columns]`: a condition, at time 0.
    #[must_use]
    pub fn latent_segment(&self, latent: Tensor<4>) -> Segment {
        let patch = self.config.latent_patch_size;
        let [_, _, rows, columns] = latent.dims();
        let tokens = patchify_latent(latent, patch);
        self.noisy_segment(tokens, 0.0, rows / patch, columns / patch)
    }

    /// Latent tokens `[1, rows * columns, latent_dim]` at time `t` of the flow.
    #[must_use]
    pub fn noisy_segment(&self, tokens: Tensor<3>, t: f32, rows: usize, columns: usize) -> Segment {
        let ids = grid_position_ids(rows, columns, self.config.max_latent_size);
        let latents = self.unified.latent_tokens(tokens, &[t], &ids);
        let understanding = Tensor::cat(self.markers().to_vec(), 1);
        Segment {
            stream: HiddenStates {
                understanding,
                latents: Some(latents),
            },
            causal: false,
        }
    }

    /// Embedded start and end marker of an image, `[1, 1, d]` each.
    fn markers(&self) -> [Tensor<3>; 2] {
        [self.special.start_of_image, self.special.end_of_image]
            .map(|id| self.unified.embed_ids(&[id]))
    }

    /// Runs a segment and keeps what each layer puts out, in sequence order; for verification.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn trace(
        &self,
        context: &Context,
        segment: &Segment,
        yielder: &Yielder<'_>,
    ) -> Result<SegmentTrace, RunError> {
        let stack = &self.unified.language_model.model;
        let tables = stack
            .rope()
            .stacked(&segment.positions(context.rope()), &self.device());
        let mut caches = context.clone();
        let caches = caches.caches(stack.layers().len());
        let mut x = Residual::new(segment.stream.clone());
        let input = in_sequence_order(segment.stream.clone());
        let mut layers = Vec::new();
        for (layer, cache) in stack.layers().iter().zip(caches) {
            x = layer.advance(x, &tables, cache, segment.causal);
            layers.push(in_sequence_order(x.clone().stream()));
            yielder.tick().await?;
        }
        let hidden_final = in_sequence_order(stack.finish_residual(x));
        Ok(SegmentTrace {
            input,
            layers,
            hidden_final,
        })
    }
}

/// What a forward call computed on its way, `[1, t, d]` each.
#[derive(Debug, Clone)]
pub struct SegmentTrace {
    /// Embedded tokens.
    pub input: Tensor<3>,
    /// Output of each layer.
    pub layers: Vec<Tensor<3>>,
    /// After the last norms.
    pub hidden_final: Tensor<3>,
}

/// Tokens in the order of the sequence: of an image with latents, start marker, latents, end
/// marker. Shape `[b, t, d]`.
#[must_use]
pub fn in_sequence_order(stream: HiddenStates) -> Tensor<3> {
    match stream.latents {
        None => stream.understanding,
        Some(latents) => {
            let start = stream.understanding.clone().narrow(1, 0, 1);
            let end = stream.understanding.narrow(1, 1, 1);
            Tensor::cat(vec![start, latents, end], 1)
        }
    }
}

/// Keys or values `[b, kv, t, head_dim]` whose tokens `at..at + length` are an image with latents,
/// with that image's end marker moved behind its latents, as the sequence has it.
#[must_use]
pub fn keys_in_sequence_order(keys: &Tensor<4>, at: usize, length: usize) -> Tensor<4> {
    let t = keys.dims()[2];
    let part = |start: usize, count: usize| keys.clone().narrow(2, start, count);
    let mut parts = vec![part(0, at + 1), part(at + 2, length - 2), part(at + 1, 1)];
    if at + length < t {
        parts.push(part(at + length, t - at - length));
    }
    Tensor::cat(parts, 2)
}

impl KeyValue {
    /// See [`keys_in_sequence_order`].
    #[must_use]
    pub fn in_sequence_order(&self, at: usize, length: usize) -> Self {
        Self {
            k: keys_in_sequence_order(&self.k, at, length),
            v: keys_in_sequence_order(&self.v, at, length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(tokens: usize, causal: bool) -> Segment {
        let understanding = Tensor::<3>::zeros([1, tokens, 4], &Device::flex());
        Segment {
            stream: HiddenStates::understanding(understanding),
            causal,
        }
    }

    #[test]
    fn an_image_takes_one_position() {
        assert_eq!(segment(5, false).positions(7), [7; 5]);
        assert_eq!(segment(5, false).positions_taken(), 1);
        assert_eq!(segment(3, true).positions(7), [7, 8, 9]);
        assert_eq!(segment(3, true).positions_taken(), 3);
    }

    /// RoPE is relative, so no output shows a wrong start of an empty context: check the ids.
    #[test]
    fn an_empty_context_starts_at_position_zero() {
        assert_eq!(
            segment(3, false).positions(Context::default().rope()),
            [0; 3]
        );
    }

    #[test]
    fn a_text_is_cut_into_blocks_and_an_image_is_not() {
        let tokens = |blocks: Vec<Segment>| -> Vec<usize> {
            blocks.iter().map(|block| block.stream.tokens()).collect()
        };
        assert_eq!(tokens(segment(5, true).blocks(2)), [2, 2, 1]);
        assert_eq!(tokens(segment(2, true).blocks(2)), [2]);
        assert_eq!(tokens(segment(5, false).blocks(2)), [5]);
    }

    #[test]
    fn the_causal_mask_is_aligned_to_the_bottom_right() {
        let mask = segment(2, true).mask(1, &Device::flex()).expect("causal");
        let values = mask.into_data().try_to_vec::<f32>().expect("f32");
        assert_eq!(values, [0.0, 0.0, HIDDEN, 0.0, 0.0, 0.0]);
        assert!(segment(2, false).mask(1, &Device::flex()).is_none());
    }
}
