//! Lessons in files, for commands.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{Lesson, LessonError, check, read};

/// Why a file is no lesson.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read as text.
    #[error("{path}: expected a text in UTF-8, found {source}; name a lesson's file", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not right.
    #[error("{path}: {source}", path = path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What.
        source: LessonError,
    },
}

/// Reads a file and checks all of it, also with the simulator.
///
/// # Errors
///
/// [`FileError`].
pub fn check_file(path: &Path) -> Result<Lesson, FileError> {
    let text = std::fs::read_to_string(path).map_err(|source| FileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let wrong = |source| FileError::Wrong {
        path: path.to_owned(),
        source,
    };
    let lesson = read(&text).map_err(wrong)?;
    check(&lesson).map_err(wrong)?;
    Ok(lesson)
}
