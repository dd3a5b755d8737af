//! A file that has been read.

use dicom_object::{InMemDicomObject, Tag};

use super::attributes::int;
use super::frame::Frame;
use super::layout::Layout;

/// One file: its header and its decoded frames.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(super) file: String,
    pub(super) object: InMemDicomObject,
    pub(super) layout: Layout,
    pub(super) frames: Vec<Frame>,
    pub(super) notes: Vec<String>,
    /// Whether its tiles, if it has any, may be put together.
    pub(super) joined: bool,
    /// How many files that show the same were left out.
    pub(super) copies: usize,
    /// Another file that shows something else has its instance UID.
    pub(super) namesake: bool,
}

impl Instance {
    /// A number of the header by which files are sorted; those without it come last.
    pub(super) fn number(&self, tag: Tag) -> i64 {
        int(&self.object, tag).unwrap_or(i64::MAX)
    }
}
