//! A question with its answer, and the sheet on which questions are collected.

use crate::rng::Rng;

/// How a question can be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerKind {
    /// Yes or no, or one of a few choices.
    Closed,
    /// Free words.
    Open,
}

/// A question about an image with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qa {
    /// As a person would ask.
    pub question: String,
    /// Short: `yes`, `left`, `chest X-ray`.
    pub answer: String,
    /// How it is marked.
    pub kind: AnswerKind,
    /// `modality`, `organ`, `presence`, `side`, `size`, `count`, `location`, `sequence`,
    /// `laterality`, `abnormality`, `severity`, `window`, `probe`, `margin`, `thickness`, `stain` or
    /// `comparison`.
    pub category: &'static str,
    /// Name of the question, the same over all its wordings: what a guess without the image can
    /// know.
    pub form: &'static str,
}

/// Collects questions.
pub(crate) struct Sheet<'a> {
    pub(crate) rng: &'a mut Rng,
    pub(crate) list: Vec<Qa>,
}

impl Sheet<'_> {
    /// Adds a question in one of its wordings.
    pub(crate) fn add(
        &mut self,
        wordings: &[String],
        answer: &str,
        category: &'static str,
        form: &'static str,
    ) {
        let kind = match category {
            "abnormality" => AnswerKind::Open,
            _ => AnswerKind::Closed,
        };
        let question = wordings[self.rng.below(wordings.len())].clone();
        self.list.push(Qa {
            question,
            answer: answer.to_owned(),
            kind,
            category,
            form,
        });
    }

    /// Which eye it is, openly and as a yes or no question.
    pub(crate) fn add_eye(&mut self, left: bool, open: &'static str, closed: &'static str) {
        self.add_fixed(
            &[
                "Which eye is this?",
                "Is this the left or the right eye?",
                "Is this a left eye or a right eye?",
            ],
            if left { "left" } else { "right" },
            "laterality",
            open,
        );
        self.add_fixed(
            &["Is this the left eye?", "Is this a left eye?"],
            yes_no(left),
            "laterality",
            closed,
        );
    }

    /// What a yes or no question asks about: half of the time the truth, else one of the others.
    pub(crate) fn truth_or_other<T: Copy + PartialEq>(&mut self, truth: T, all: &[T]) -> T {
        if self.rng.chance(1, 2) {
            return truth;
        }
        let others: Vec<T> = all.iter().copied().filter(|one| *one != truth).collect();
        self.rng.pick(&others)
    }

    /// As [`Self::add`], for wordings without names.
    pub(crate) fn add_fixed(
        &mut self,
        wordings: &[&str],
        answer: &str,
        category: &'static str,
        form: &'static str,
    ) {
        let wordings: Vec<String> = wordings.iter().map(|w| (*w).to_owned()).collect();
        self.add(&wordings, answer, category, form);
    }
}

pub(crate) const fn yes_no(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}
