//! Files that are being read, and those that could not be.

use crate::model::samples::Sample;
use unimed_protocol::{FileId, UserError};

/// A file that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Its number.
    pub(crate) id: FileId,
    /// Its name.
    pub(crate) name: String,
    /// Sample of the page that it is, if it is one.
    pub(crate) sample: Option<&'static Sample>,
    /// Whether new words are about something else: an image of it or of later files is shown, or the person has turned
    /// to another image.
    pub(crate) passed_over: bool,
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileError {
    /// Its number.
    pub(crate) id: FileId,
    /// Why, and what to do.
    pub(crate) user_error: UserError,
}
