//! Messages between the page and its three workers.
//!
//! A message is JSON text ([`encode`], [`decode`]) followed by a list of byte buffers that are handed over, not
//! copied: the text names a buffer by its place in that list ([`Picture::buffer`]). Everything here is plain data, so
//! the page never links the engine and the engine never links the page.
//!
//! ```
//! use unimed_protocol::{JobId, ToEngine, decode, encode};
//! let text = encode(&ToEngine::Cancel { job: JobId(7) });
//! assert_eq!(text, r#"{"cancel":{"job":7}}"#);
//! assert_eq!(decode::<ToEngine>(&text).ok(), Some(ToEngine::Cancel { job: JobId(7) }));
//! ```

mod decoder;
mod engine;
mod models;
mod picture;
mod requests;
mod user_error;
mod verification;
mod worker;

pub use decoder::{FromDecoder, ToDecoder};
pub use engine::{
    AskPart, AskSettings, AttentionMap, Compute, CounterfactualSettings, DeviceCard, DeviceChoice,
    FromEngine, KernelChoice, MemoryCard, ModelCard, PaintSettings, ToEngine,
};
pub use models::{
    MemoryRequirements, ModelAction, ModelEntry, ModelList, ModelRequirements, ModelSource,
    Sentence, ToModels,
};
pub use picture::{Picture, rgb_to_rgba, rgba_to_rgb};
pub use requests::{RequestKind, RequestRecord};
pub use user_error::{Remedy, UserError};
pub use verification::{Comparison, ForcedDecoding, FromVerification, MatrixForm, MissedToken};
pub use worker::{FromWorker, PING, PONG};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Number of one question or painting, given by the page, counted up and never used twice in one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub u32);

/// Number of one opened file, given by the page, counted up and never used twice in one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// The JSON text of a message.
///
/// # Panics
///
/// Never for the types of this crate: they hold nothing that JSON cannot say.
#[must_use]
pub fn encode<T: Serialize>(message: &T) -> String {
    serde_json::to_string(message).expect("invariant: messages are plain data")
}

/// Reads a message back from its JSON text.
///
/// # Errors
///
/// When the text is not a message of type `T`; page and workers of one build never produce such text.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}
