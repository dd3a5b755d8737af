//! Text to ids and back, as the model was trained (docs/reference/model.md 3).
//!
//! Splitting and merging is the work of the `tokenizers` library; here are the two ways to treat
//! control strings inside a text, the segments that the model reads, and decoding that can be
//! shown while it happens.

mod bytes;
mod error;
mod outline;
mod parts;
mod segments;
mod special;
mod stream;
mod think;

use tokenizers::Tokenizer as Library;
use tokenizers::tokenizer::{
    Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer,
};
use unimed_package::config::SpecialTokens;

pub use error::TokenizerError;
pub use parts::tokenizer_json;
pub use special::{BOS, END_OF_IMAGE, EOS, START_OF_IMAGE};
pub use stream::StreamDecoder;
pub use think::KnownThinkPrompt;

/// What control strings such as `<|im_end|>` inside a text mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMode {
    /// They become control tokens, as in the reference. For checks and evaluation.
    Raw,
    /// They stay plain text. For everything that a person types.
    Literal,
}

/// A byte-level BPE tokenizer with the four control tokens of the model.
pub struct Tokenizer {
    inner: Library,
    special: SpecialTokens,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer")
            .field("len", &self.len())
            .field("special", &self.special)
            .finish_non_exhaustive()
    }
}

impl Tokenizer {
    /// Reads the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::File`] when it cannot be parsed, [`TokenizerError::NotByteLevel`] for
    /// another kind of tokenizer, [`TokenizerError::MissingToken`] without a control token.
    pub fn from_json(bytes: &[u8]) -> Result<Self, TokenizerError> {
        outline::check(bytes)?;
        let inner = Library::from_bytes(bytes).map_err(|error| TokenizerError::File {
            file: "tokenizer.json",
            reason: error.to_string(),
        })?;
        // Ids are placeholders until the strings have been looked up.
        let none = SpecialTokens {
            bos: 0,
            eos: 0,
            start_of_image: 0,
            end_of_image: 0,
        };
        let mut tokenizer = Self {
            inner,
            special: none,
        };
        tokenizer.special = special::special_tokens(&tokenizer)?;
        Ok(tokenizer)
    }

    /// Reads `vocab.json`, `merges.txt` and `tokenizer_config.json`, the older form of the files.
    ///
    /// # Errors
    ///
    /// As [`tokenizer_json`] and [`Self::from_json`].
    pub fn from_parts(
        vocab: &[u8],
        merges: &str,
        tokenizer_config: Option<&[u8]>,
    ) -> Result<Self, TokenizerError> {
        Self::from_json(&tokenizer_json(vocab, merges, tokenizer_config)?)
    }

    /// The control tokens' ids.
    #[must_use]
    pub fn special(&self) -> SpecialTokens {
        self.special
    }

    /// Number of tokens, added ones included. The model's embedding may have more rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// True for a vocabulary without tokens, which [`Self::from_json`] never lets pass.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of a token, by its string in the vocabulary.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// The string of a token in the vocabulary: bytes in the printable alphabet, or the text of an
    /// added token. `None` for an id that is not in use.
    #[must_use]
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// Text to ids, without any control token around it.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Encode`] when the text cannot be split.
    pub fn encode(&self, text: &str, mode: TextMode) -> Result<Vec<u32>, TokenizerError> {
        match mode {
            TextMode::Raw => self.encode_raw(text),
            TextMode::Literal => self.encode_literal(text),
        }
    }

    /// Text to ids; control strings in the text become control tokens.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Encode`] when the text cannot be split.
    pub fn encode_raw(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        Ok(self
            .inner
            .encode_fast(text, false)
            .map_err(encode_error)?
            .get_ids()
            .to_vec())
    }

    /// Text to ids; all of it is plain text, the strings of added tokens too.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Encode`] when the text cannot be split.
    pub fn encode_literal(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        // The library's own steps, less the one that looks for added tokens.
        let mut text = NormalizedString::from(text);
        if let Some(normalizer) = self.inner.get_normalizer() {
            normalizer.normalize(&mut text).map_err(encode_error)?;
        }
        let mut pieces = PreTokenizedString::from(text);
        if let Some(splitter) = self.inner.get_pre_tokenizer() {
            splitter.pre_tokenize(&mut pieces).map_err(encode_error)?;
        }
        let mut ids = Vec::new();
        for (piece, _, _) in pieces.get_splits(OffsetReferential::Normalized, OffsetType::Byte) {
            let tokens = self
                .inner
                .get_model()
                .tokenize(piece)
                .map_err(encode_error)?;
            ids.extend(tokens.iter().map(|token| token.id));
        }
        Ok(ids)
    }

    /// Ids to the text of an answer: everything before the first `<|im_end|>` and, of that, what
    /// follows the first `<|im_start|>`, up to a second one. Nothing is stripped or cleaned up;
    /// ids that are not in use give nothing (docs/reference/model.md 3.5).
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        let all = self.decode_all(ids);
        let answer = all.split(EOS).next().unwrap_or_default();
        let mut parts = answer.split(BOS);
        let before = parts.next().unwrap_or_default();
        parts.next().unwrap_or(before).to_owned()
    }

    /// Ids to text with the control tokens in it. Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn decode_all(&self, ids: &[u32]) -> String {
        let mut text = Vec::new();
        for token in ids.iter().filter_map(|&id| self.token(id)) {
            bytes::push_bytes(&token, &mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// The library's error as a typed one.
#[expect(
    clippy::needless_pass_by_value,
    reason = "map_err hands the error over"
)]
fn encode_error(error: tokenizers::Error) -> TokenizerError {
    TokenizerError::Encode {
        reason: error.to_string(),
    }
}
