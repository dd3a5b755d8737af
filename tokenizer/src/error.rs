//! What can go wrong between text and ids.

/// Why a tokenizer could not be loaded or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// A file is not what it should be.
    #[error("{file} cannot be read as part of a tokenizer: {reason}. Fetch the file again.")]
    File {
        /// The file, for example `tokenizer.json`.
        file: &'static str,
        /// What the reader said.
        reason: String,
    },
    /// The tokenizer does not work on bytes.
    #[error(
        "tokenizer.json must have a ByteLevel decoder, got {found}. Use the tokenizer that \
         belongs to the model."
    )]
    NotByteLevel {
        /// The decoder that it has.
        found: String,
    },
    /// A control token that the model needs is not in the vocabulary.
    #[error(
        "the tokenizer has no token {token}, which the model needs. Use the tokenizer that \
         belongs to the model."
    )]
    MissingToken {
        /// The token's string.
        token: &'static str,
    },
    /// Text could not be turned into ids.
    #[error("the text could not be split into tokens: {reason}")]
    Encode {
        /// What the library said.
        reason: String,
    },
    /// A think prompt is not the text that the model was trained with.
    #[error(
        "the think prompt for {prompt} has SHA-256 {found}, expected {expected}. Check blanks \
         and line ends, or use it unchecked."
    )]
    ThinkPrompt {
        /// Which prompt was asked for.
        prompt: &'static str,
        /// SHA-256 of the right text.
        expected: &'static str,
        /// SHA-256 of the given text.
        found: String,
    },
}
