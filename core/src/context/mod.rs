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
    /// [`RunError::Stopped`]; the context is then unchanged.
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
    /// [`RunError::Stopped`].
    pub async fn run(
        &self,
        context: &Context,
        segment: Segment,
        pace: &Pace<'_>,
    ) -> Result<(Stream, Vec<KeyValue>), RunError> {
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
