//! Follow-ups: what the engine reads of a conversation before a new question.

use super::{
    pixels::ImageId,
    state::{Mode, Session},
    turn::{Job, Status, Turn},
};
use leptos::prelude::*;
use unimed_protocol::JobId;

/// A piece of what the engine reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// An image.
    Image(ImageId),
    /// A question or an answer.
    Words(String),
}

/// An earlier question with its answer, and the images that went along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Images, oldest first.
    pub(crate) images: Vec<ImageId>,
    /// The question.
    pub(crate) question: String,
    /// The answer.
    pub(crate) answer: String,
}

/// Earlier questions with their answers, then the new question with its images. An image that was read before is not
/// read again.
pub(crate) fn pieces(earlier: &[Said], images: &[ImageId], question: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for said in earlier {
        add_images(&mut pieces, &said.images);
        pieces.push(Piece::Words(said.question.clone()));
        pieces.push(Piece::Words(said.answer.clone()));
    }
    add_images(&mut pieces, images);
    pieces.push(Piece::Words(question.to_owned()));
    pieces
}

fn add_images(pieces: &mut Vec<Piece>, images: &[ImageId]) {
    for image in images {
        let piece = Piece::Image(*image);
        if !pieces.contains(&piece) {
            pieces.push(piece);
        }
    }
}

/// The turns that a follow-up can follow up on: the last answer, and what that followed up on itself; empty when the
/// last turn is no answer. Follows changes.
pub(crate) fn open_thread(session: Session) -> Vec<JobId> {
    let last = session.turns.with(|turns| turns.last().cloned());
    let Some(last) = last else { return Vec::new() };
    let answered = last
        .outcome
        .with(|outcome| outcome.status == Status::Done && !outcome.text.trim().is_empty());
    if !answered || last.job.with(Job::mode) == Mode::Make {
        return Vec::new();
    }
    let mut thread = last.along().earlier;
    thread.push(last.id);
    thread
}

/// What was said in a turn, if it was a question with an answer.
pub(crate) fn said(turn: &Turn) -> Option<Said> {
    let answer = turn.outcome.with_untracked(|outcome| outcome.text.clone());
    if answer.trim().is_empty() {
        return None;
    }
    let question = turn.job.with_untracked(|job| match job {
        Job::Ask { question, .. } => Some(question.clone()),
        Job::Paint { .. } => None,
    })?;
    Some(Said {
        images: turn.along().sources.iter().map(|image| image.id).collect(),
        question,
        answer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_protocol::FileId;

    #[test]
    fn an_image_is_read_once_and_words_stand_in_their_order() {
        let said = Said {
            images: vec![FileId(1)],
            question: "What is this?".into(),
            answer: "A chest X-ray.".into(),
        };
        let words = |words: &str| Piece::Words(words.to_owned());
        assert_eq!(
            pieces(&[said], &[FileId(1), FileId(2)], "And this?"),
            [
                Piece::Image(FileId(1)),
                words("What is this?"),
                words("A chest X-ray."),
                Piece::Image(FileId(2)),
                words("And this?"),
            ]
        );
        assert_eq!(pieces(&[], &[], "Why?"), [words("Why?")]);
    }
}
