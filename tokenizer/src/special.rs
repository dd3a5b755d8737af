//! The four control tokens that frame segments, found by their strings.

use unimed_package::config::SpecialTokens;

use super::{Tokenizer, TokenizerError};

/// Opens every text segment, and seeds decoding.
pub const BOS: &str = "<|im_start|>";
/// Closes every text segment; ends an answer.
pub const EOS: &str = "<|im_end|>";
/// Opens every image segment.
pub const START_OF_IMAGE: &str = "<|vision_start|>";
/// Closes every image segment.
pub const END_OF_IMAGE: &str = "<|vision_end|>";

/// Looks the four strings up. The bos and eos fields of the configs are not used
/// (docs/reference/model.md 3.2).
///
/// # Errors
///
/// [`TokenizerError::MissingToken`] names the first string that is not there.
pub(super) fn special_tokens(tokenizer: &Tokenizer) -> Result<SpecialTokens, TokenizerError> {
    let id = |token| {
        tokenizer
            .id(token)
            .ok_or(TokenizerError::MissingToken { token })
    };
    Ok(SpecialTokens {
        bos: id(BOS)?,
        eos: id(EOS)?,
        start_of_image: id(START_OF_IMAGE)?,
        end_of_image: id(END_OF_IMAGE)?,
    })
}
