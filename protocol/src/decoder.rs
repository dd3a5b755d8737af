//! Between the page and the decoding worker: bytes of a file there, pixels back.

use crate::{FileId, Picture, RequestRecord, Trouble};
use serde::{Deserialize, Serialize};

/// Page to decoding worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToDecoder {
    /// Decode one file.
    Decode {
        /// Which file; every answer names it.
        file: FileId,
        /// Name as the person knows it, for messages.
        name: String,
        /// Place of the file's bytes in the list of buffers.
        buffer: usize,
    },
}

/// Decoding worker to page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromDecoder {
    /// The worker listens now; nothing may be sent to it before.
    Awake,
    /// A file became a picture.
    Decoded {
        /// Which file.
        file: FileId,
        /// Its pixels.
        picture: Picture,
        /// Format in words a person knows, for instance `JPEG`.
        format: String,
        /// How long it took.
        decode_ms: f64,
    },
    /// A file could not be read.
    Failed {
        /// Which file.
        file: FileId,
        /// Why, and what to do.
        trouble: Trouble,
    },
    /// Requests that this worker made.
    Requests(Vec<RequestRecord>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remedy, decode, encode};

    #[test]
    fn decoder_messages_survive_the_way_there_and_back() {
        let there = ToDecoder::Decode {
            file: FileId(3),
            name: "å \"quoted\".png".into(),
            buffer: 0,
        };
        assert_eq!(
            decode::<ToDecoder>(&encode(&there)).expect("same text"),
            there
        );
        let back = [
            FromDecoder::Awake,
            FromDecoder::Decoded {
                file: FileId(3),
                picture: Picture {
                    width: 2,
                    height: 1,
                    buffer: 0,
                },
                format: "PNG".into(),
                decode_ms: 1.5,
            },
            FromDecoder::Failed {
                file: FileId(4),
                trouble: Trouble::new("a.txt is not an image.", "Open a PNG.", Remedy::ChooseFile),
            },
            FromDecoder::Requests(vec![]),
        ];
        for message in back {
            assert_eq!(
                decode::<FromDecoder>(&encode(&message)).expect("same text"),
                message
            );
        }
    }
}
