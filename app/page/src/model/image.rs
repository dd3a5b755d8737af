//! An image that is open.

use crate::model::modality::Modality;
use unimed_protocol::FileId;

/// Number of an open image: a file, a sample or a result.
pub(crate) type ImageId = FileId;

/// Where an image came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file of the person's; the format in words.
    File(String),
    /// A sample of the page; its credit.
    Sample(&'static str),
    /// The model made it.
    Made,
}

/// One image that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenImage {
    /// Its number; finds its pixels.
    pub(crate) id: ImageId,
    /// The image that was opened: itself, or the one whose slice, window or turn it shows.
    pub(crate) opened: ImageId,
    /// Its name.
    pub(crate) name: String,
    /// Pixels in a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// Where it came from.
    pub(crate) origin: Origin,
    /// What it shows, if known.
    pub(crate) modality: Modality,
    /// What the person should know of it, in the reader's English, the most important first.
    pub(crate) notes: Vec<String>,
}
