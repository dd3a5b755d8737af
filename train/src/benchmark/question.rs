//! A question of a benchmark, whichever file it came from.

use super::Picture;

/// One option of a multiple-choice question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its letter, upper case.
    pub letter: char,
    /// Its text.
    pub text: String,
}

/// What an answer is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One of few answers, mostly yes or no.
    Closed {
        /// The right one.
        answer: String,
    },
    /// Any words.
    Open {
        /// The right words, and others that mean the same.
        answers: Vec<String>,
    },
    /// One of the options that are shown with the question.
    Choice {
        /// The options, in order.
        options: Vec<Choice>,
        /// Letter of the right one.
        answer: char,
    },
}

impl Kind {
    /// What is right, in words.
    #[must_use]
    pub fn reference(&self) -> &str {
        match self {
            Self::Closed { answer } => answer,
            Self::Open { answers } => answers.first().map_or("", String::as_str),
            Self::Choice { options, answer } => options
                .iter()
                .find(|option| option.letter == *answer)
                .map_or("", |option| &option.text),
        }
    }
}

/// A question with its pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its name in the benchmark.
    pub id: String,
    /// Its pictures, in the order in which they are shown.
    pub pictures: Vec<Picture>,
    /// What is said before it, for example a case.
    pub context: String,
    /// The question.
    pub text: String,
    /// What is right.
    pub kind: Kind,
    /// The part of the benchmark that it counts for: a modality, an organ, a task.
    pub group: String,
}
