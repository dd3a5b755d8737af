//! Trials: a question once more with its image taken away or changed, which shows whether the answer depends on it.

use crate::model::token_probability::TokenProbability;
use serde::{Deserialize, Serialize};
use unimed_protocol::JobId;

/// What is done to the images of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    /// They are left out.
    Without,
    /// Each is as large as before, and of one grey.
    Blank,
    /// Each is mirrored left to right.
    Mirrored,
    /// Another image of the same kind takes its place.
    Other,
}

impl Change {
    /// All of them, as they are asked.
    pub(crate) const ALL: [Self; 4] = [Self::Without, Self::Blank, Self::Mirrored, Self::Other];

    /// In words, a key of the table of words; `{}` is the name of the image that takes the place.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Without => "Without the image",
            Self::Blank => "With a blank image",
            Self::Mirrored => "Mirrored left to right",
            Self::Other => "With {}",
        }
    }
}

/// A turn that is a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trial {
    /// The answer that it is about.
    pub(crate) of: JobId,
    /// What was done to its images.
    pub(crate) change: Change,
}

/// What the answers without a picture say of the one with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The same without an image and with a blank one.
    Same,
    /// Another one in both cases.
    Depends,
    /// Another one without an image only.
    NeedsAny,
    /// Another one with a blank image only.
    NeedsNone,
}

impl Verdict {
    /// From whether the answer is the same without an image and with a blank one.
    pub(crate) const fn of(without: bool, blank: bool) -> Self {
        match (without, blank) {
            (true, true) => Self::Same,
            (false, false) => Self::Depends,
            (false, true) => Self::NeedsAny,
            (true, false) => Self::NeedsNone,
        }
    }

    /// In a sentence, which is a key of the table of words.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Same => {
                "The answer is the same without the image and with a blank one: the words of the question alone may give it."
            }
            Self::Depends => {
                "The answer changes without the image and with a blank one: it depends on what the image shows."
            }
            Self::NeedsAny => {
                "The answer changes without the image, but a blank one gives the same: that there is an image matters, not what it shows."
            }
            Self::NeedsNone => {
                "The answer changes with a blank image, but it is the same without any: the words of the question alone may give it."
            }
        }
    }
}

/// Whether two answers say the same: capitals, blanks and the full stop do not count.
pub(crate) fn same_answer(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

fn plain(answer: &str) -> String {
    let words: Vec<_> = answer.split_whitespace().collect();
    let words = words.join(" ").to_ascii_lowercase();
    words.trim_end_matches(['.', ' ']).to_owned()
}

/// How likely the model found the tokens of an answer: their mean, 0 to 1; `None` where nothing is known of them.
pub(crate) fn likelihood(tokens: &[TokenProbability]) -> Option<f32> {
    let sum: f32 = tokens.iter().map(|token| token.probability).sum();
    (!tokens.is_empty()).then(|| sum / tokens.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared_by_their_words() {
        assert!(same_answer("A chest  X-ray.", "a chest X-ray"));
        assert!(!same_answer("yes", "no"));
        assert!(!same_answer("1.5 cm", "15 cm"));
        assert!(same_answer("", " . "));
    }

    #[test]
    fn the_likelihood_of_an_answer_is_the_mean_of_its_tokens() {
        let tokens = |shares: &[f32]| {
            let token = |(place, share): (usize, &f32)| TokenProbability {
                end: place + 1,
                probability: *share,
            };
            shares.iter().enumerate().map(token).collect::<Vec<_>>()
        };
        assert_eq!(likelihood(&[]), None);
        assert_eq!(likelihood(&tokens(&[0.25])), Some(0.25));
        assert_eq!(likelihood(&tokens(&[0.75, 0.25])), Some(0.5));
        assert_eq!(likelihood(&tokens(&[0.5, 0.0])), Some(0.25));
    }

    #[test]
    fn what_survives_without_a_picture_decides() {
        let says = |without, blank| Verdict::of(without, blank).sentence();
        assert!(says(true, true).contains("is the same without the image and with a blank one"));
        assert!(says(false, false).contains("depends on what the image shows"));
        assert!(says(false, true).contains("that there is an image matters"));
        assert!(says(true, false).contains("it is the same without any"));
    }
}
