//! Tables in the form of VLMEvalKit: tab-separated, a line of names first, images in base64.

use std::{fs::File, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::form;
use crate::benchmark::{BenchmarkError, Picture, error::at};

/// A line of a table.
pub(super) struct Line<'a> {
    path: &'a Path,
    names: &'a csv::StringRecord,
    cells: &'a csv::StringRecord,
}

impl Line<'_> {
    /// A cell, trimmed; `None` where the column is not there or the cell is empty.
    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|other| other == name)?;
        let cell = self.cells.get(at)?.trim();
        // pandas writes `nan` for what is not there.
        (!cell.is_empty() && cell != "nan").then_some(cell)
    }

    /// A cell that must be there.
    pub(super) fn text(&self, name: &str) -> Result<&str, BenchmarkError> {
        self.optional(name)
            .ok_or_else(|| self.wrong(&format!("column {name:?} is empty or not there")))
    }

    /// An error about this line.
    pub(super) fn wrong(&self, why: &str) -> BenchmarkError {
        let line = self.cells.position().map_or(0, csv::Position::line);
        form(self.path, format!("line {line}: {why}"))
    }

    /// A list in JSON; where it is none, texts between semicolons.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let Some(cell) = self.optional(name) else {
            return Vec::new();
        };
        serde_json::from_str(cell).unwrap_or_else(|_| {
            cell.split(';')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect()
        })
    }

    /// The pictures of the column `image` (base64, one or a list), else those that `image_path`
    /// names in `folder`.
    pub(super) fn pictures(&self, folder: &Path) -> Result<Vec<Picture>, BenchmarkError> {
        if let Some(cell) = self.optional("image") {
            let one = !cell.starts_with('[');
            let list = if one {
                vec![cell.to_owned()]
            } else {
                self.list("image")
            };
            return list
                .iter()
                .filter(|text| !text.is_empty())
                .map(|text| {
                    let bytes = STANDARD.decode(text.trim());
                    bytes.map(Picture::Bytes).map_err(|error| {
                        self.wrong(&format!("column \"image\" is not base64 ({error})"))
                    })
                })
                .collect();
        }
        let id = self.optional("index").unwrap_or_default();
        self.list("image_path")
            .iter()
            .map(|name| Picture::inside(folder, name, id))
            .collect()
    }
}

/// Calls `each` with every line until it returns `false`; returns whether all were read.
pub(super) fn lines(
    path: &Path,
    each: &mut dyn FnMut(Line<'_>) -> Result<bool, BenchmarkError>,
) -> Result<bool, BenchmarkError> {
    let file = File::open(path).map_err(at(path))?;
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(file);
    let wrong = |error: csv::Error| form(path, error.to_string());
    let names = reader.headers().map_err(wrong)?.clone();
    let mut cells = csv::StringRecord::new();
    while reader.read_record(&mut cells).map_err(wrong)? {
        let line = Line {
            path,
            names: &names,
            cells: &cells,
        };
        if !each(line)? {
            return Ok(false);
        }
    }
    Ok(true)
}
