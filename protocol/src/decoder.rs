//! Between the page and the decoding worker: bytes of files there, pictures and series back.

use crate::{FileId, Picture, Trouble};
use serde::{Deserialize, Serialize};

/// Page to decoding worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToDecoder {
    /// Open files that belong together: one drop, one choice.
    Open {
        /// Which batch; every answer names it.
        batch: FileId,
        /// Names as the person knows them, with their folders; the buffers hold the files' bytes in this order.
        names: Vec<String>,
    },
}

/// Decoding worker to page, as [`crate::FromWorker::Event`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromDecoder {
    /// Files became something to look at: a picture, or a series of frames.
    Series {
        /// Which batch they came from.
        batch: FileId,
        /// Everything but the numbers: the JSON text of a `SeriesInfo` of the imaging crate, which both ends know and
        /// this crate does not.
        info: String,
        /// One frame as it is first shown, in the first buffer.
        shown: Picture,
        /// How many buffers with stored numbers follow, one a frame; 0 when `shown` is all there is.
        frames: usize,
    },
    /// A file could not be read.
    Failed {
        /// Which batch it was in.
        batch: FileId,
        /// Why, and what to do.
        trouble: Trouble,
    },
    /// Nothing more comes of a batch.
    Done {
        /// Which one.
        batch: FileId,
        /// How long it took.
        decode_ms: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remedy, decode, encode};

    #[test]
    fn decoder_messages_survive_the_way_there_and_back() {
        let there = ToDecoder::Open {
            batch: FileId(3),
            names: vec!["å \"quoted\".png".into(), "b".into()],
        };
        assert_eq!(
            decode::<ToDecoder>(&encode(&there)).expect("same text"),
            there
        );
        let back = [
            FromDecoder::Series {
                batch: FileId(3),
                info: r#"{"name":"head"}"#.into(),
                shown: Picture {
                    width: 2,
                    height: 1,
                    buffer: 0,
                },
                frames: 40,
            },
            FromDecoder::Failed {
                batch: FileId(4),
                trouble: Trouble::new("a.txt is not an image.", "Open a PNG.", Remedy::ChooseFile),
            },
            FromDecoder::Done {
                batch: FileId(4),
                decode_ms: 1.5,
            },
        ];
        for message in back {
            assert_eq!(
                decode::<FromDecoder>(&encode(&message)).expect("same text"),
                message
            );
        }
    }
}
