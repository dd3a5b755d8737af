//! Contexts: what the model has read so far, as keys and values.
//!
//! A context is value-like: cloning shares the buffers, and appending never changes a clone. Two
//! counters diverge: `kv_len` counts tokens, `rope` is the next position, and an image of any size
//! takes one position.

mod branches;
mod segment;

pub use branches::{Branches, ConditionImage};
pub use segment::{Segment, SegmentTrace, in_sequence_order, keys_in_sequence_order};

use std::collections::HashSet;

use crate::{
    error::RunError,
    model::{LayerCache, Model, Stream},
};
use unimed_package::host::Pace;

/// Keys and values of everything read so far.
#[derive(Debug, Clone, Default)]
pub struct Context {
    layers: Vec<LayerCache>,
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
    pub fn layers(&self) -> &[LayerCache] {
        &self.layers
    }

    /// Bytes on the device, room for more tokens included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.layers.iter().map(LayerCache::bytes).sum()
    }

    /// Bytes on the device of several contexts together; what they share counts once.
    pub(crate) fn bytes_of_all<'a>(contexts: impl Iterator<Item = &'a Self>) -> usize {
        let mut seen = HashSet::new();
        let layers = contexts.flat_map(|context| &context.layers);
        layers
            .map(|layer| {
                let first = layer.shared_name().is_some_and(|name| seen.insert(name));
                layer.own_bytes() + if first { layer.shared_bytes() } else { 0 }
            })
            .sum()
    }

    /// From now on clones share the memory of all that was read until now. Worth its one copy where several contexts go
    /// on from here: branches of guidance, further questions about an image.
    pub fn share(&mut self) {
        for layer in &mut self.layers {
            layer.share();
        }
    }

    /// A cache for each of so many layers.
    fn caches(&mut self, layers: usize) -> &mut [LayerCache] {
        self.layers.resize_with(layers, LayerCache::default);
        &mut self.layers
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
        self.check_room(context, &segment)?;
        let (tokens, positions) = (segment.stream.tokens(), segment.positions_taken());
        let stack = &self.unified.language_model.model;
        let at = segment.positions(context.rope);
        let caches = context.caches(stack.layers().len());
        let result = stack
            .advance(segment.stream, &at, caches, segment.causal, pace, &|_| {})
            .await;
        match result {
            Ok(hidden) => {
                context.kv_len += tokens;
                context.rope += positions;
                Ok(hidden)
            }
            Err(stopped) => {
                for cache in &mut context.layers {
                    cache.truncate(context.kv_len);
                }
                Err(stopped.into())
            }
        }
    }

    /// Runs a segment against the context without adding it. Its keys and values live for one layer at a time.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`]; [`RunError::LongContext`] beyond the positions that were trained.
    pub async fn run(
        &self,
        context: &Context,
        segment: Segment,
        pace: &Pace<'_>,
    ) -> Result<Stream, RunError> {
        self.check_room(context, &segment)?;
        let stack = &self.unified.language_model.model;
        let at = segment.positions(context.rope);
        let mut context = context.clone();
        let caches = context.caches(stack.layers().len());
        let (x, causal) = (segment.stream, segment.causal);
        let ran = stack.advance(x, &at, caches, causal, pace, &LayerCache::clear);
        Ok(ran.await?)
    }

    fn check_room(&self, context: &Context, segment: &Segment) -> Result<(), RunError> {
        let (found, limit) = (
            context.rope + segment.positions_taken(),
            self.config.decoder.max_position_embeddings,
        );
        if found > limit {
            return Err(RunError::LongContext { found, limit });
        }
        Ok(())
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
