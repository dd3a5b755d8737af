//! Text as the model reads it: `bos + ids + eos`, whoever wrote it. There are no chat roles, no
//! system header and no newlines between segments (docs/reference/model.md 3.3).

use super::{SpecialTokens, TextMode, Tokenizer, TokenizerError};

impl SpecialTokens {
    /// A text segment around ids that are there already.
    #[must_use]
    pub fn text_segment(&self, ids: &[u32]) -> Vec<u32> {
        let mut segment = Vec::with_capacity(ids.len() + 2);
        segment.push(self.bos);
        segment.extend_from_slice(ids);
        segment.push(self.eos);
        segment
    }
}

impl Tokenizer {
    /// A text segment: `[bos] + encode(text) + [eos]`.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Encode`] when the text cannot be split.
    pub fn text_segment(&self, text: &str, mode: TextMode) -> Result<Vec<u32>, TokenizerError> {
        Ok(self.special().text_segment(&self.encode(text, mode)?))
    }
}
