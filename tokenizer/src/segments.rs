//! Text as the model reads it: `bos + ids + eos`, whoever wrote it. There are no chat roles, no
//! system header and no newlines between segments (docs/reference/model.md 3.3).

use super::{TextMode, Tokenizer, TokenizerError};

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
