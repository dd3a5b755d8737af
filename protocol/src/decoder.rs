//! Between the page and the decoding worker: bytes of files there, pictures and series back.

use crate::{FileId, Picture, UserError};
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
        /// Files to pass over, by the numbers of [`FromDecoder::Reading`]: a decoder before this one died over them.
        skip: Vec<u32>,
    },
    /// Look for letters that are written into pictures; their pixels are in the buffers.
    BurnedIn {
        /// Which look; its answer names it.
        check: FileId,
        /// The pictures.
        pictures: Vec<Picture>,
    },
}

/// Decoding worker to page, as [`crate::FromWorker::Event`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromDecoder {
    /// A file is about to be read. Whatever ends the decoder before it says something else was that file.
    Reading {
        /// Which batch it is in.
        batch: FileId,
        /// Its number: files of the batch and those in archives, counted in the order in which they are read. The same
        /// files get the same numbers again, also when some of them are passed over.
        file: u32,
        /// Its name, with those of the archives around it.
        name: String,
        /// Size of the file in the batch that it is or lies in.
        bytes: f64,
    },
    /// All files of a batch are read and become series; only after this come [`Self::Series`] and [`Self::Failed`].
    Assembling {
        /// Which batch.
        batch: FileId,
        /// Size of all its files together.
        bytes: f64,
    },
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
        user_error: UserError,
    },
    /// Nothing more comes of a batch.
    Done {
        /// Which one.
        batch: FileId,
    },
    /// The answer to [`ToDecoder::BurnedIn`].
    BurnedIn {
        /// Which look.
        check: FileId,
        /// Rectangles around words, five numbers each: which picture, first column, first row, columns, rows.
        words: Vec<u32>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remedy, decode, encode};

    #[test]
    fn decoder_messages_survive_the_way_there_and_back() {
        let picture = Picture {
            width: 2,
            height: 1,
            buffer: 0,
        };
        let there = [
            ToDecoder::Open {
                batch: FileId(3),
                names: vec!["å \"quoted\".png".into(), "b".into()],
                skip: vec![1],
            },
            ToDecoder::BurnedIn {
                check: FileId(5),
                pictures: vec![picture],
            },
        ];
        for message in there {
            assert_eq!(
                decode::<ToDecoder>(&encode(&message)).expect("same text"),
                message
            );
        }
        let back = [
            FromDecoder::Reading {
                batch: FileId(3),
                file: 4,
                name: "study.zip/a.dcm".into(),
                bytes: 2e9,
            },
            FromDecoder::Assembling {
                batch: FileId(3),
                bytes: 3e9,
            },
            FromDecoder::Series {
                batch: FileId(3),
                info: r#"{"name":"head"}"#.into(),
                shown: picture,
                frames: 40,
            },
            FromDecoder::Failed {
                batch: FileId(4),
                user_error: UserError::new(
                    "a.txt is not an image.",
                    "Open a PNG.",
                    Remedy::ChooseFile,
                ),
            },
            FromDecoder::Done { batch: FileId(4) },
            FromDecoder::BurnedIn {
                check: FileId(5),
                words: vec![0, 1, 2, 3, 4],
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
