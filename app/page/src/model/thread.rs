//! Follow-ups: what the engine reads of a conversation before a new question.

use crate::model::image::ImageId;

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
pub(crate) struct Exchange {
    /// Images, oldest first.
    pub(crate) images: Vec<ImageId>,
    /// The question.
    pub(crate) question: String,
    /// The answer.
    pub(crate) answer: String,
}

/// Earlier questions with their answers, then the new question with its images. An image that was read before is not
/// read again.
pub(crate) fn pieces(earlier: &[Exchange], images: &[ImageId], question: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for exchange in earlier {
        add_images(&mut pieces, &exchange.images);
        pieces.push(Piece::Words(exchange.question.clone()));
        pieces.push(Piece::Words(exchange.answer.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_protocol::FileId;

    #[test]
    fn an_image_is_read_once_and_words_stand_in_their_order() {
        let exchange = Exchange {
            images: vec![FileId(1)],
            question: "What is this?".into(),
            answer: "A chest X-ray.".into(),
        };
        let words = |words: &str| Piece::Words(words.to_owned());
        assert_eq!(
            pieces(&[exchange], &[FileId(1), FileId(2)], "And this?"),
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
