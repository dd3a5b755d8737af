//! Lists of objects in JSON.

use std::{fs, path::Path};

use serde_json::{Map, Value};

use super::form;
use crate::benchmark::{BenchmarkError, Kind, error::at};

/// An object of a list, with where it came from.
pub(super) struct Row<'a> {
    path: &'a Path,
    index: usize,
    fields: Map<String, Value>,
}

impl Row<'_> {
    /// A text or a number as text, trimmed; `None` when there is none.
    pub(super) fn optional(&self, key: &str) -> Option<String> {
        match self.fields.get(key)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text or a number that must be there.
    pub(super) fn text(&self, key: &str) -> Result<String, BenchmarkError> {
        self.optional(key).ok_or_else(|| {
            let index = self.index;
            form(self.path, format!("entry {index} has no text {key:?}"))
        })
    }

    /// How an answer of this type, CLOSED or OPEN, is scored.
    pub(super) fn kind(&self, answer_type: &str, answer: String) -> Result<Kind, BenchmarkError> {
        match answer_type {
            "CLOSED" => Ok(Kind::Closed { answer }),
            "OPEN" => Ok(Kind::Open {
                answers: vec![answer],
            }),
            other => {
                let why = format!("answer_type is {other:?}, expected OPEN or CLOSED");
                Err(self.wrong(&why))
            }
        }
    }

    /// An error about this entry.
    pub(super) fn wrong(&self, why: &str) -> BenchmarkError {
        form(self.path, format!("entry {}: {why}", self.index))
    }
}

/// Reads a list of objects.
pub(super) fn rows(path: &Path) -> Result<impl Iterator<Item = Row<'_>>, BenchmarkError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let list: Vec<Map<String, Value>> = serde_json::from_slice(&bytes)
        .map_err(|error| form(path, format!("expected a list of objects ({error})")))?;
    Ok(list
        .into_iter()
        .enumerate()
        .map(move |(index, fields)| Row {
            path,
            index,
            fields,
        }))
}
