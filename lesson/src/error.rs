//! What is wrong with a lesson, where, and what would be right.

use thiserror::Error;

/// Why a file is not a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LessonError {
    /// The file is larger than any lesson.
    #[error(
        "line 1: expected a lesson of at most {limit} bytes, found {found}; split it into several lessons"
    )]
    TooLong {
        /// Most bytes.
        limit: usize,
        /// Bytes of the file.
        found: usize,
    },
    /// The front matter does not begin the file, or does not end.
    #[error(
        "line {line}: expected a front matter between two lines `+++`, found {found}; begin the file with `+++`, its fields, and `+++`"
    )]
    NoFrontMatter {
        /// Where.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A field of the front matter or of a block is missing, unknown or of another kind.
    #[error("line {line}, field `{field}` of {of}: {what}")]
    Field {
        /// Where.
        line: usize,
        /// The field.
        field: String,
        /// `the front matter`, or the kind of the block.
        of: String,
        /// What was expected and found.
        what: String,
    },
    /// A fenced block of a kind that there is not.
    #[error(
        "line {line}: expected a block of one of the kinds {expected}, found {found:?}; name one of them behind the fence"
    )]
    UnknownBlock {
        /// Where.
        line: usize,
        /// The word behind the fence.
        found: String,
        /// All kinds.
        expected: String,
    },
    /// Something of Markdown or HTML that a lesson does not have.
    #[error("line {line}: a lesson holds no {what}; {instead}")]
    NotPart {
        /// Where.
        line: usize,
        /// What it is.
        what: &'static str,
        /// What to write in its place.
        instead: &'static str,
    },
    /// The lesson has no steps, or a step is empty.
    #[error("line {line}: expected {expected}, found none; {instead}")]
    Empty {
        /// Where.
        line: usize,
        /// What is missing.
        expected: &'static str,
        /// What to write.
        instead: &'static str,
    },
}

impl LessonError {
    /// The line of the file on which it is, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Self::TooLong { .. } => 1,
            Self::NoFrontMatter { line, .. }
            | Self::Field { line, .. }
            | Self::UnknownBlock { line, .. }
            | Self::NotPart { line, .. }
            | Self::Empty { line, .. } => *line,
        }
    }
}
