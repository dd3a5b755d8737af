//! What could not be opened.

use crate::error::ImagingError;

/// A file that could not be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Its name, with its folders and archives.
    pub file: String,
    /// Why, and what to do.
    pub error: ImagingError,
}
