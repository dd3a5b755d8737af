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

/// A file's name as it is shown: without the characters that turn the direction of writing (Unicode's `Bidi_Control`), behind
/// which an ending can hide, and without control characters.
pub(crate) fn shown_name(name: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    name.chars()
        .filter(|&letter| letter >= ' ' && !turns(letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_in_the_order_of_its_letters() {
        assert_eq!(shown_name("scan\u{202E}gnp.exe"), "scangnp.exe");
        assert_eq!(shown_name("\u{2067}a\u{2069}\n.dcm"), "a.dcm");
        assert_eq!(shown_name("頭部 MRI – é.nii.gz"), "頭部 MRI – é.nii.gz");
    }
}
