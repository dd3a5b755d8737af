//! What a model says where it cannot tell: pictures of other kinds, questions that its images do not answer.
//!
//! One table of sentences, for training and evaluation; whoever shows an answer knows them by how they begin.

mod elsewhere;
mod outside;
mod reason;

pub(crate) use elsewhere::elsewhere;
pub(crate) use outside::{outside, outside_for_evaluation};
pub use reason::{CANNOT_TELL, Reason, cannot_tell};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use unimed_tokenizer::{TextMode, Tokenizer};

    use super::*;

    #[test]
    fn every_sentence_is_known_by_its_beginning_and_short() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(root.join("configs/default/tokenizer.json")).expect("committed");
        let tokenizer = Tokenizer::from_json(&bytes).expect("a tokenizer");
        for reason in [Reason::OtherKind, Reason::Elsewhere, Reason::Outside] {
            let sentence = reason.sentence();
            assert!(cannot_tell(sentence), "{sentence}");
            let tokens = tokenizer.encode(sentence, TextMode::Literal).expect("text");
            assert!(tokens.len() < 24, "{sentence}: {} tokens", tokens.len());
        }
        assert!(!cannot_tell("yes") && !cannot_tell("chest X-ray"));
    }
}
