//! The target for the reader of `tokenizer.json`, which comes with a package.

use unimed_tokenizer::{StreamDecoder, TextMode, Tokenizer};

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this module.
pub const TARGETS: [Target; 1] = [("tokenizer", tokenizer)];

const TEXT: &str = "Is there a pleural effusion? \u{80f8}\u{8154} 1.5 mm\n<|im_start|>";

/// A `tokenizer.json`: text to ids and back.
pub fn tokenizer(bytes: &[u8]) {
    let tokenizer = match Tokenizer::from_json(bytes) {
        Ok(tokenizer) => tokenizer,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let Ok(ids) = tokenizer.encode(TEXT, TextMode::Literal) else {
        return;
    };
    assert!(ids.iter().all(|&id| tokenizer.token(id).is_some()));
    let _ = tokenizer.decode_all(&ids);
    let mut stream = StreamDecoder::new(&tokenizer);
    for id in (0..64).chain(ids).chain([u32::MAX]) {
        let _ = stream.push(id);
    }
    let _ = stream.finish();
}
