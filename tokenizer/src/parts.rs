//! The older form of a tokenizer, `vocab.json` + `merges.txt` + `tokenizer_config.json`, turned
//! into a `tokenizer.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::TokenizerError;

/// How Qwen2 splits text before merging (docs/reference/model.md 3.1).
const SPLIT: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    r"|[^\r\n\p{L}\p{N}]?\p{L}+",
    r"|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*",
    r"|\s*[\r\n]+",
    r"|\s+(?!\S)",
    r"|\s+",
);

/// One entry of `added_tokens_decoder`.
#[derive(Debug, Deserialize, Serialize)]
struct Added {
    content: String,
    #[serde(default)]
    special: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    normalized: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Settings {
    #[serde(default)]
    added_tokens_decoder: BTreeMap<u32, Added>,
}

/// The bytes of a `tokenizer.json` made of `vocab.json`, `merges.txt` and, for the added tokens,
/// `tokenizer_config.json`. The rules are those of Qwen2: NFC, byte-level, no prefix blank.
///
/// # Errors
///
/// [`TokenizerError::File`] names the file that cannot be read.
pub fn tokenizer_json(
    vocab: &[u8],
    merges: &str,
    tokenizer_config: Option<&[u8]>,
) -> Result<Vec<u8>, TokenizerError> {
    let file = |file, reason: &dyn std::fmt::Display| TokenizerError::File {
        file,
        reason: reason.to_string(),
    };
    let vocab: BTreeMap<String, u32> =
        serde_json::from_slice(vocab).map_err(|e| file("vocab.json", &e))?;
    let merges = merges
        .lines()
        .enumerate()
        .filter(|(i, line)| !(line.is_empty() || *i == 0 && line.starts_with("#version")))
        .map(|(i, line)| match line.split_once(' ') {
            Some(pair) if !pair.1.contains(' ') => Ok(pair),
            _ => Err(file(
                "merges.txt",
                &format!("line {} is not a pair of tokens", i + 1),
            )),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let settings: Settings = match tokenizer_config {
        Some(bytes) => {
            serde_json::from_slice(bytes).map_err(|e| file("tokenizer_config.json", &e))?
        }
        None => Settings::default(),
    };
    let added: Vec<Value> = settings
        .added_tokens_decoder
        .iter()
        .map(|(id, token)| {
            let mut entry = json!(token);
            entry["id"] = json!(id);
            entry
        })
        .collect();
    let byte_level = json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false,
    });
    let split = json!({
        "type": "Split", "pattern": { "Regex": SPLIT }, "behavior": "Isolated", "invert": false,
    });
    let whole = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": { "type": "NFC" },
        "pre_tokenizer": { "type": "Sequence", "pretokenizers": [split, byte_level] },
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": { "type": "BPE", "vocab": vocab, "merges": merges },
    });
    serde_json::to_vec(&whole).map_err(|e| file("tokenizer.json", &e))
}
