//! What a model says where it cannot tell: pictures of other kinds, questions that its images do not answer.
//!
//! One table of sentences, for training and evaluation; whoever shows an answer knows them by how they begin.

mod elsewhere;
mod outside;

pub(crate) use elsewhere::elsewhere;
pub(crate) use outside::{outside, outside_for_evaluation};

/// How all of them begin.
pub const CANNOT_TELL: &str = "I cannot tell";

/// Why nothing can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The picture is of none of the model's kinds.
    OtherKind,
    /// The question is about what such a picture does not have: the stain of a chest X-ray.
    Elsewhere,
    /// The question is about something else altogether: the weather, a dose.
    Outside,
}

impl Reason {
    /// What is said. Short, since the small vocabulary has few of these words whole: with its end each fits into the 24 tokens
    /// that evaluation reads.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OtherKind => "I cannot tell: this is none of my kinds of image",
            Self::Elsewhere => "I cannot tell: that is not seen in this kind of image",
            Self::Outside => "I cannot tell: I was not taught this",
        }
    }
}

/// Whether an answer says that it is none.
#[must_use]
pub fn cannot_tell(answer: &str) -> bool {
    answer.trim_start().starts_with(CANNOT_TELL)
}

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
