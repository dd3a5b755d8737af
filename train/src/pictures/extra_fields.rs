//! Fields of pictures that their index does not have, from a file of its own: what somebody else saw in them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::{TrainError, error::at};

/// ExtraFields fields by the pictures' ids.
pub(super) struct ExtraFields {
    path: PathBuf,
    fields: BTreeMap<String, (usize, Map<String, Value>)>,
}

impl ExtraFields {
    /// Reads the file: one object a line, with an `id`.
    pub(super) fn read(path: &Path) -> Result<Self, TrainError> {
        let text = fs::read_to_string(path).map_err(at(path))?;
        let mut further = Self {
            path: path.to_owned(),
            fields: BTreeMap::new(),
        };
        let lines = text.lines().enumerate();
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let object = serde_json::from_str::<Map<String, Value>>(line);
            let mut object = object.map_err(|error| {
                further.wrong(number + 1, "the line", error.to_string(), "a JSON object")
            })?;
            let Some(Value::String(id)) = object.remove("id") else {
                return Err(further.wrong(
                    number + 1,
                    "id",
                    "missing".into(),
                    "the id of a picture",
                ));
            };
            if let Some((line, _)) = further.fields.insert(id.clone(), (number + 1, object)) {
                return Err(further.wrong(
                    number + 1,
                    "id",
                    id,
                    &format!("another than that of line {line}"),
                ));
            }
        }
        Ok(further)
    }

    fn wrong(&self, line: usize, field: &str, found: String, expected: &str) -> TrainError {
        TrainError::Index {
            path: self.path.clone(),
            line,
            field: field.to_owned(),
            found,
            expected: expected.to_owned(),
        }
    }

    /// A line of the index with the further fields of its picture; its own go before them. What is no object stays as it is
    /// for the reader to refuse.
    pub(super) fn merged(&mut self, line: &str) -> String {
        let Ok(Value::Object(mut object)) = serde_json::from_str(line) else {
            return line.to_owned();
        };
        let name = object
            .get("id")
            .or_else(|| object.get("file"))
            .and_then(Value::as_str);
        let Some((_, fields)) = name.and_then(|id| self.fields.remove(id)) else {
            return line.to_owned();
        };
        for (name, value) in fields {
            object.entry(name).or_insert(value);
        }
        Value::Object(object).to_string()
    }

    /// Every picture that was named must be there.
    pub(super) fn check_used(&self) -> Result<(), TrainError> {
        match self.fields.iter().min_by_key(|(_, (line, _))| *line) {
            None => Ok(()),
            Some((id, (line, _))) => {
                Err(self.wrong(*line, "id", id.clone(), "the id of a picture in the index"))
            }
        }
    }
}
