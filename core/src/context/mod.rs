//! Contexts: what the model has read so far, as keys and values.
//!
//! A context is value-like: cloning shares the buffers, and appending never changes a clone. Two
//! counters diverge: `kv_len` counts tokens, `rope` is the next position, and an image of any size
//! takes one position.

mod guidance;
mod segment;

pub use guidance::{ConditionImage, GuidanceContexts};
pub use segment::{Segment, SegmentTrace, in_sequence_order, keys_in_sequence_order};

use std::collections::HashSet;

use crate::{
    error::RunError,
    model::{HiddenStates, LayerCache, Model},
};
use unimed_package::host::Yielder;

/// Tokens of a text that run through a layer at once.
const TEXT_BLOCK: usize = 256;

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
    /// A text of more than 256 tokens is read block by block, so that a stop is heard in the middle of it and the work memory
    /// does not grow with its length.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`], [`RunError::LongContext`]; the context is then unchanged.
    pub async fn append(
        &self,
        context: &mut Context,
        segment: Segment,
        yielder: &Yielder<'_>,
    ) -> Result<HiddenStates, RunError> {
        self.check_room(context, &segment)?;
        let before = (context.kv_len, context.rope);
        let read = self.append_blocks(context, segment, yielder).await;
        if read.is_err() {
            (context.kv_len, context.rope) = before;
            for cache in &mut context.layers {
                cache.truncate(context.kv_len);
            }
        }
        read
    }

    async fn append_blocks(
        &self,
        context: &mut Context,
        segment: Segment,
        yielder: &Yielder<'_>,
    ) -> Result<HiddenStates, RunError> {
        let stack = &self.unified.language_model.model;
        let mut hidden = Vec::new();
        for block in segment.blocks(TEXT_BLOCK) {
            let (tokens, positions) = (block.stream.tokens(), block.positions_taken());
            let at = block.positions(context.rope);
            let caches = context.caches(stack.layers().len());
            let (x, causal) = (block.stream, block.causal);
            let read = stack.advance(x, &at, caches, causal, yielder, &|_| {});
            hidden.push(read.await?);
            context.kv_len += tokens;
            context.rope += positions;
        }
        Ok(HiddenStates::join(hidden))
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
        yielder: &Yielder<'_>,
    ) -> Result<HiddenStates, RunError> {
        self.check_room(context, &segment)?;
        let stack = &self.unified.language_model.model;
        let at = segment.positions(context.rope);
        let mut context = context.clone();
        let caches = context.caches(stack.layers().len());
        let (x, causal) = (segment.stream, segment.causal);
        let ran = stack.advance(x, &at, caches, causal, yielder, &LayerCache::clear);
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
    use std::cell::Cell;
    use unimed_package::{
        config::{ModelConfig, SpecialTokens},
        host::{Host, LocalFuture},
    };

    fn model(positions: usize) -> Model {
        let mut config = ModelConfig::from_json(
            include_str!("../../../tests/golden/alpha/config.json"),
            include_str!("../../../tests/golden/alpha/llm_config.json"),
            include_str!("../../../tests/golden/alpha/vit_config.json"),
        )
        .expect("golden config");
        config.decoder.max_position_embeddings = positions;
        let special = SpecialTokens {
            bos: 500,
            eos: 501,
            start_of_image: 502,
            end_of_image: 503,
        };
        Model::new(config, special, &Device::flex())
    }

    /// A host that cancels when it was asked so many times, and has an hour go by between two looks at its clock.
    struct Impatient {
        hours: Cell<f64>,
        patience: Cell<usize>,
    }

    impl Host for Impatient {
        fn now_ms(&self) -> f64 {
            self.hours.set(self.hours.get() + 1.0);
            self.hours.get() * 3.6e6
        }

        fn yield_now(&self) -> LocalFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }

        fn cancelled(&self) -> bool {
            let left = self.patience.get();
            self.patience.set(left.saturating_sub(1));
            left == 0
        }
    }

    #[test]
    fn a_long_text_read_in_blocks_is_read_as_a_whole_one() {
        let (model, yielder) = (model(1000), Yielder::never());
        let ids: Vec<u32> = (0..600).map(|at| (at * 37) % 499).collect();
        let read = |tokens: &[u32]| model.text_segment(tokens);
        let mut context = Context::default();
        let run = async {
            let blocks = model.append(&mut context, read(&ids), &yielder).await?;
            let whole = model.run(&Context::default(), read(&ids), &yielder).await?;
            Ok::<_, RunError>((blocks.understanding, whole.understanding))
        };
        let (blocks, whole) = pollster::block_on(run).expect("nobody cancels it");
        assert_eq!(blocks.dims(), whole.dims());
        assert_eq!((context.kv_len(), context.rope()), (602, 602));
        let most = whole.clone().abs().max().into_scalar::<f32>();
        let apart = (blocks - whole).abs().max().into_scalar::<f32>();
        assert!(apart < 1e-4 * most, "{apart} of {most}");
    }

    #[test]
    fn a_stop_in_the_middle_of_a_long_text_leaves_the_context_as_it_was() {
        let model = model(1000);
        let (mut context, never) = (Context::default(), Yielder::never());
        let first = model.append(&mut context, model.text_segment(&[1, 2, 3]), &never);
        pollster::block_on(first).expect("nobody cancels it");
        let before = context.layers()[0].joined().expect("was read").k;
        let host = Impatient {
            hours: Cell::new(0.0),
            // More than the layers of one block, less than those of all.
            patience: Cell::new(model.unified.language_model.model.layers().len() + 1),
        };
        let ids = vec![7; 600];
        let yielder = Yielder::new(&host);
        let stopped = model.append(&mut context, model.text_segment(&ids), &yielder);
        let stopped = pollster::block_on(stopped);
        assert!(matches!(stopped, Err(RunError::Stopped(_))), "{stopped:?}");
        assert_eq!((context.kv_len(), context.rope()), (5, 5));
        let after = context.layers()[0].joined().expect("was read").k;
        assert_eq!(
            before.into_data().try_to_vec::<f32>().expect("f32"),
            after.into_data().try_to_vec::<f32>().expect("f32")
        );
    }

    #[test]
    fn a_context_holds_no_more_positions_than_were_trained() {
        let (model, yielder) = (model(10), Yielder::never());
        let mut context = Context::default();
        let mut append = |ids: &[u32]| {
            let segment = model.text_segment(ids);
            let ended = pollster::block_on(model.append(&mut context, segment, &yielder));
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
