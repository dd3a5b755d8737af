//! How right an answer is.

use super::{
    Kind,
    choice::meant,
    words::{common, contains, words},
};

/// How right one answer is, each from 0 to 1. For closed questions and choices the three are one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// 1 when it is right: word for word, where the question is open.
    pub exact: f64,
    /// Share of the right words that it has (open questions).
    pub recall: f64,
    /// F1 of its words against the right ones (open questions).
    pub f1: f64,
    /// Whether it said anything that could be right or wrong: an option, a yes, a no.
    pub clear: bool,
}

impl Score {
    fn of(right: bool, clear: bool) -> Self {
        let value = f64::from(u8::from(right));
        Self {
            exact: value,
            recall: value,
            f1: value,
            clear,
        }
    }
}

/// Compares an answer with what is right.
#[must_use]
pub fn score(answer: &str, kind: &Kind) -> Score {
    match kind {
        Kind::Closed { answer: right } => closed(answer, right),
        Kind::Choice {
            options,
            answer: right,
        } => {
            let meant = meant(answer, options);
            Score::of(meant == Some(*right), meant.is_some())
        }
        Kind::Open { answers } => open(answer, answers),
    }
}

/// Yes and no: the first of the two in the answer counts. Any other answer is right when the right
/// words stand in it in a row.
fn closed(answer: &str, right: &str) -> Score {
    let (answer, right) = (words(answer), words(right));
    let polar = |word: &&String| *word == "yes" || *word == "no";
    if let [only] = right.as_slice()
        && polar(&only)
    {
        let said = answer.iter().find(polar);
        return Score::of(said == Some(only), said.is_some());
    }
    Score::of(contains(&answer, &right), !answer.is_empty())
}

/// The best over everything that means the same.
fn open(answer: &str, rights: &[String]) -> Score {
    let answer = words(answer);
    let mut best = Score::of(false, !answer.is_empty());
    for right in rights {
        let right = words(right);
        let shared = common(&right, &answer) as f64;
        let (said, wanted) = (answer.len().max(1) as f64, right.len().max(1) as f64);
        best.exact = best.exact.max(f64::from(u8::from(right == answer)));
        best.recall = best.recall.max(shared / wanted);
        best.f1 = best.f1.max(2.0 * shared / (said + wanted));
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed_of(answer: &str, right: &str) -> (f64, bool) {
        let kind = Kind::Closed {
            answer: right.to_owned(),
        };
        let score = score(answer, &kind);
        (score.exact, score.clear)
    }

    #[test]
    fn the_first_yes_or_no_counts() {
        assert_eq!(closed_of("Yes, there is.", "yes"), (1.0, true));
        assert_eq!(closed_of("There is no fracture; yes.", "Yes"), (0.0, true));
        assert_eq!(closed_of("Nothing abnormal", "No"), (0.0, false));
        assert_eq!(closed_of("", "No"), (0.0, false));
    }

    #[test]
    fn other_closed_answers_must_stand_in_a_row() {
        assert_eq!(closed_of("It is an axial slice.", "Axial"), (1.0, true));
        assert_eq!(closed_of("left and then lung", "left lung"), (0.0, true));
    }

    #[test]
    fn open_answers_have_exactness_recall_and_f1() {
        let kind = Kind::Open {
            answers: vec!["right lower lobe".into(), "RLL".into()],
        };
        let full = score("The right lower lobe.", &kind);
        assert_eq!((full.exact, full.recall, full.f1), (1.0, 1.0, 1.0));
        // 2 of 3 words; 2 * 2 / (4 + 3).
        let part = score("right upper lobe nodule", &kind);
        assert_eq!((part.exact, part.recall), (0.0, 2.0 / 3.0));
        assert_eq!(part.f1, 4.0 / 7.0);
        assert_eq!(score("RLL", &kind).exact, 1.0);
        let none = score("", &kind);
        assert_eq!((none.recall, none.f1, none.clear), (0.0, 0.0, false));
    }
}
