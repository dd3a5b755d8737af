//! The log of a run: one JSON object per line.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::error::{TrainError, at};

/// An open log; lines are appended to what earlier runs wrote, and repeated on standard error.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Opens or creates the file.
    ///
    /// # Errors
    ///
    /// [`TrainError::File`].
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(at(path))?;
        Ok(Self {
            file,
            path: path.into(),
        })
    }

    /// Writes one line.
    ///
    /// # Errors
    ///
    /// [`TrainError::File`].
    pub fn write(&mut self, line: &Value) -> Result<(), TrainError> {
        eprintln!("{line}");
        writeln!(self.file, "{line}").map_err(at(&self.path))
    }
}
