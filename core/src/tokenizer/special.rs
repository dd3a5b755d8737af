//! The four control tokens that frame segments, found by their strings.

use serde::{Deserialize, Serialize};

use super::{Tokenizer, TokenizerError};

/// Opens every text segment, and seeds decoding.
pub const BOS: &str = "<|im_start|>";
/// Closes every text segment; ends an answer.
pub const EOS: &str = "<|im_end|>";
/// Opens every image segment.
pub const START_OF_IMAGE: &str = "<|vision_start|>";
/// Closes every image segment.
pub const END_OF_IMAGE: &str = "<|vision_end|>";

/// Ids of the control tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialTokens {
    /// Id of [`BOS`].
    #[serde(rename = "bos_token_id")]
    pub bos: u32,
    /// Id of [`EOS`].
    #[serde(rename = "eos_token_id")]
    pub eos: u32,
    /// Id of [`START_OF_IMAGE`].
    pub start_of_image: u32,
    /// Id of [`END_OF_IMAGE`].
    pub end_of_image: u32,
}

impl SpecialTokens {
    /// Looks the four strings up. The bos and eos fields of the configs are not used
    /// (docs/reference/model.md 3.2).
    ///
    /// # Errors
    ///
    /// [`TokenizerError::MissingToken`] names the first string that is not there.
    pub fn of(tokenizer: &Tokenizer) -> Result<Self, TokenizerError> {
        let id = |token| {
            tokenizer
                .id(token)
                .ok_or(TokenizerError::MissingToken { token })
        };
        Ok(Self {
            bos: id(BOS)?,
            eos: id(EOS)?,
            start_of_image: id(START_OF_IMAGE)?,
            end_of_image: id(END_OF_IMAGE)?,
        })
    }
}
