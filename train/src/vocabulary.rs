//! The tokenizer of the small model: byte-level BPE with Qwen2's rules, trained on the grammar.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tokenizers::{
    AddedToken, Tokenizer as Library,
    models::bpe::{BPE, BpeTrainer},
    pre_tokenizers::byte_level::ByteLevel,
};
use unimed_tokenizer::{BOS, END_OF_IMAGE, EOS, START_OF_IMAGE, Tokenizer, tokenizer_json};

use crate::{error::TrainError, state::replace};

/// Lines of text that the merges are learned from.
const LINES: usize = 150_000;

/// Control tokens in the order of their ids.
const CONTROL: [&str; 5] = ["<|endoftext|>", BOS, EOS, START_OF_IMAGE, END_OF_IMAGE];

/// Reads `tokenizer.json` in `folder`, or trains it on the grammar and writes it there with at most
/// `size` entries, control tokens included.
///
/// # Errors
///
/// [`TrainError::Tokenizer`] or [`TrainError::File`].
pub fn open_or_train(folder: &Path, size: usize) -> Result<(Tokenizer, Vec<u8>), TrainError> {
    let path = folder.join("tokenizer.json");
    let bytes = if path.exists() {
        fs::read(&path).map_err(crate::error::at(&path))?
    } else {
        let bytes = train(unimed_phantom::grammar_lines(LINES).collect(), size)?;
        replace(&path, &bytes)?;
        bytes
    };
    let tokenizer =
        Tokenizer::from_json(&bytes).map_err(|e| TrainError::Tokenizer(e.to_string()))?;
    Ok((tokenizer, bytes))
}

/// Trains a vocabulary of at most `size` entries; gives the bytes of a `tokenizer.json`.
///
/// # Errors
///
/// [`TrainError::Tokenizer`].
pub fn train(lines: Vec<String>, size: usize) -> Result<Vec<u8>, TrainError> {
    fn failed(error: impl std::fmt::Display) -> TrainError {
        TrainError::Tokenizer(error.to_string())
    }
    // The engine's own file without entries gives the rules: NFC, Qwen2's splitting, byte level.
    let rules = tokenizer_json(b"{}", "", None).map_err(failed)?;
    let mut library = Library::from_bytes(rules).map_err(failed)?;
    library.with_model(BPE::default());
    let special = CONTROL.map(|text| AddedToken::from(text, true)).to_vec();
    let trainer = BpeTrainer::builder()
        .vocab_size(size)
        .show_progress(false)
        .special_tokens(special)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut trainer = tokenizers::models::TrainerWrapper::BpeTrainer(trainer);
    library
        .train(&mut trainer, lines.into_iter())
        .map_err(failed)?;
    let text = library.to_string(false).map_err(failed)?;
    let whole: Value = serde_json::from_str(&text).map_err(failed)?;
    // Written again without what only the trainer knows, so that the file has the engine's form.
    let control = json!({ "added_tokens_decoder": added_tokens(&whole["added_tokens"]) });
    let merges: Vec<String> = whole["model"]["merges"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| {
            Some(format!(
                "{} {}",
                pair.get(0)?.as_str()?,
                pair.get(1)?.as_str()?
            ))
        })
        .collect();
    let vocab = whole["model"]["vocab"].to_string();
    tokenizer_json(
        vocab.as_bytes(),
        &merges.join("\n"),
        Some(control.to_string().as_bytes()),
    )
    .map_err(failed)
}

fn added_tokens(list: &Value) -> Value {
    let entries = list.as_array().into_iter().flatten().map(|token| {
        (
            token["id"].to_string(),
            json!({ "content": token["content"], "special": true }),
        )
    });
    Value::Object(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_tokenizer::TextMode;

    #[test]
    fn grammar_text_returns_and_words_are_short() {
        let lines: Vec<String> = unimed_phantom::grammar_lines(3000).collect();
        let bytes = train(lines.clone(), 1024).expect("trained");
        let tokenizer = Tokenizer::from_json(&bytes).expect("read");
        assert!(tokenizer.len() <= 1024);
        assert_eq!(tokenizer.special().bos, 1);
        let (mut tokens, mut words) = (0, 0);
        for line in lines.iter().step_by(37) {
            let ids = tokenizer.encode(line, TextMode::Literal).expect("encoded");
            assert_eq!(&tokenizer.decode(&ids), line);
            tokens += ids.len();
            words += line.split_whitespace().count();
        }
        assert!(tokens < 2 * words, "{tokens} tokens for {words} words");
    }

    #[test]
    fn any_text_returns() {
        let bytes = train(unimed_phantom::grammar_lines(300).collect(), 1024).expect("trained");
        let tokenizer = Tokenizer::from_json(&bytes).expect("read");
        let text = "Größe 12 mm, \u{4e2d}\u{6587} <|im_end|>";
        let ids = tokenizer.encode(text, TextMode::Literal).expect("encoded");
        assert!(!ids.contains(&tokenizer.special().eos));
        assert_eq!(tokenizer.decode_all(&ids), text);
    }
}
