//! Contexts: what the model has read so far, as keys and values.
//!
//! A context is value-like: cloning shares the tensors, and appending never changes a clone. Two
//! counters diverge: `kv_len` counts tokens, `rope` is the next position, and an image of any size
//! takes one position.

mod branches;
mod segment;

pub use branches::{Branches, ConditionImage};
pub use segment::{Segment, SegmentTrace, in_sequence_order, keys_in_sequence_order};

use crate::{
    error::RunError,
    model::{KeyValue, Model, Stream},
};
use unimed_package::host::Pace;

/// Keys and values of everything read so far.
#[derive(Debug, Clone, Default)]
pub struct Context {
    layers: Vec<KeyValue>,
    kv_len: usize,
    rope: usize,
}

impl Context {
    /// Cached tokens.
    #[must_use]
    pub fn kv_len(&self) -> usize {
        self.kv_len
    }

    /// The next position.
    #[must_use]
    pub fn rope(&self) -> usize {
        self.rope
    }

    /// Keys and values by layer; empty while nothing was read.
    #[must_use]
    pub fn layers(&self) -> &[KeyValue] {
        &self.layers
    }

    fn push(&mut self, new: Vec<KeyValue>, tokens: usize, positions: usize) {
        self.layers = if self.layers.is_empty() {
            new
        } else {
            new.into_iter()
                .zip(&self.layers)
                .map(|(new, past)| new.after(Some(past)))
                .collect()
        };
        self.kv_len += tokens;
        self.rope += positions;
    }
}

impl Model {
    /// Reads a segment into the context; returns its final hidden states.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`], [`RunError::LongContext`]; the context is then unchanged.
    pub async fn append(
        &self,
        context: &mut Context,
        segment: Segment,
        pace: &Pace<'_>,
    ) -> Result<Stream, RunError> {
        let (tokens, positions) = (segment.stream.tokens(), segment.positions_taken());
        let (hidden, new) = self.run(context, segment, pace).await?;
        context.push(new, tokens, positions);
        Ok(hidden)
    }

    /// Runs a segment against the context without adding it.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`]; [`RunError::LongContext`] beyond the positions that were trained.
    pub async fn run(
        &self,
        context: &Context,
        segment: Segment,
        pace: &Pace<'_>,
    ) -> Result<(Stream, Vec<KeyValue>), RunError> {
        let (found, limit) = (
            context.rope + segment.positions_taken(),
            self.config.decoder.max_position_embeddings,
        );
        if found > limit {
            return Err(RunError::LongContext { found, limit });
        }
        let stack = &self.unified.language_model.model;
        let rope = stack
            .rope()
            .tables(&segment.positions(context.rope), &self.device());
        let mask = segment.mask(context.kv_len, &self.device());
        Ok(stack
            .forward(segment.stream, &rope, &context.layers, mask.as_ref(), pace)
            .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use unimed_package::config::{ModelConfig, SpecialTokens};

    #[test]
    fn a_context_holds_no_more_positions_than_were_trained() {
        let mut config = ModelConfig::from_json(
            include_str!("../../../tests/golden/alpha/config.json"),
            include_str!("../../../tests/golden/alpha/llm_config.json"),
            include_str!("../../../tests/golden/alpha/vit_config.json"),
        )
        .expect("golden config");
        config.decoder.max_position_embeddings = 10;
        let special = SpecialTokens {
            bos: 500,
            eos: 501,
            start_of_image: 502,
            end_of_image: 503,
        };
        let (model, pace) = (Model::new(config, special, &Device::flex()), Pace::free());
        let mut context = Context::default();
        let mut append = |ids: &[u32]| {
            let segment = model.text_segment(ids);
            let ended = pollster::block_on(model.append(&mut context, segment, &pace));
            (ended.map(|_| ()), context.rope())
        };
        assert_eq!(append(&[1, 2, 3]), (Ok(()), 5));
        // Each text by itself would fit.
        let full = RunError::LongContext {
            found: 11,
            limit: 10,
        };
        assert_eq!(append(&[1, 2, 3, 4]), (Err(full), 5));
        assert_eq!(append(&[1, 2, 3]), (Ok(()), 10));
    }
}
