//! Looks over a `tokenizer.json` before the library reads it, which panics where its decoder or normalizer is not what it expects.

use serde::Deserialize;
use serde_json::Value;

use crate::TokenizerError;

/// The parts that are looked at; what else stands there only has to be JSON.
#[derive(Debug, Deserialize)]
struct Outline {
    #[serde(default)]
    normalizer: Value,
    decoder: Value,
}

/// Normalizers of byte-level tokenizers: none, or a Unicode form.
const NORMALIZERS: [&str; 4] = ["NFC", "NFD", "NFKC", "NFKD"];

/// Refuses what the library would panic over.
///
/// # Errors
///
/// [`TokenizerError::File`] for what is no JSON or has another normalizer, [`TokenizerError::NotByteLevel`] for a decoder without
/// the type `ByteLevel`.
pub(crate) fn check(bytes: &[u8]) -> Result<(), TokenizerError> {
    let bad = |reason: String| TokenizerError::File {
        file: "tokenizer.json",
        reason,
    };
    let outline: Outline = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    let known = match &outline.normalizer {
        Value::Null => true,
        normalizer => normalizer["type"]
            .as_str()
            .is_some_and(|name| NORMALIZERS.contains(&name)),
    };
    if !known {
        return Err(bad(format!(
            "its normalizer is {}, expected none or one of {}",
            name_of(&outline.normalizer),
            NORMALIZERS.join(", ")
        )));
    }
    if outline.decoder["type"] != "ByteLevel" {
        return Err(TokenizerError::NotByteLevel {
            found: name_of(&outline.decoder),
        });
    }
    Ok(())
}

/// The type that a part gives itself.
fn name_of(part: &Value) -> String {
    match part {
        Value::Null => "none".to_owned(),
        _ => part["type"].as_str().unwrap_or("of no type").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_byte_level_tokenizer_has_is_let_through() {
        for normalizer in ["null", r#"{"type": "NFC"}"#] {
            let json =
                format!(r#"{{"normalizer": {normalizer}, "decoder": {{"type": "ByteLevel"}}}}"#);
            assert_eq!(check(json.as_bytes()), Ok(()));
        }
    }

    #[test]
    fn other_parts_are_refused_by_name() {
        let error = |json: &str| check(json.as_bytes()).expect_err(json).to_string();
        assert!(error(r#"{"decoder": {"type": "WordPiece"}}"#).contains("got WordPiece"));
        assert!(error(r#"{"decoder": null}"#).contains("got none"));
        let precompiled =
            r#"{"normalizer": {"type": "Precompiled"}, "decoder": {"type": "ByteLevel"}}"#;
        assert!(
            error(precompiled).contains("its normalizer is Precompiled, expected none or one of")
        );
        for no_tokenizer in ["{}", r#"{"decoder": {"type": "ByteLevel""#] {
            assert!(error(no_tokenizer).contains("cannot be read"));
        }
    }
}
