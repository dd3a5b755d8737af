//! A picture on its way into the folder: what its source says of it, and where that stands.

use serde_json::{Map, Value, json};
use unimed_imaging::RgbImage;

use crate::{TrainError, pictures::PictureSplit};

/// Where a picture comes from in its source.
pub(super) enum Pixels {
    /// The bytes of a picture file, kept as they are where they are small enough.
    File(Vec<u8>),
    /// Decoded.
    Image(RgbImage),
}

/// What is known of a picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// Where this stands: a file, with a line or row. For errors.
    pub(super) at: String,
    /// Name in the source, kept as a remark.
    pub(super) origin: String,
    /// Fields of the index.
    pub(super) fields: Map<String, Value>,
    /// The class, where there is one.
    pub(super) class: Option<String>,
    /// Patient or the like, where the source tells.
    pub(super) group: Option<String>,
    /// The split, where the source has some.
    pub(super) split: Option<PictureSplit>,
}

impl Draft {
    /// Something at a place.
    pub(super) fn new(at: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            origin: origin.into(),
            ..Self::default()
        }
    }

    /// Sets a field.
    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    /// Says that a finding is there or not.
    pub(super) fn find(&mut self, name: &str, there: bool) {
        let findings = self.fields.entry("findings").or_insert_with(|| json!({}));
        if let Value::Object(map) = findings {
            map.insert(name.to_owned(), there.into());
        }
    }

    /// An error about a field of it.
    pub(super) fn wrong(
        &self,
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> TrainError {
        TrainError::Import {
            at: self.at.clone(),
            field: field.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// The split that a word means in data sets; what is there to choose a model with is trained on here, since training
/// keeps groups of its own for that.
pub(super) fn split_of(word: &str) -> Option<PictureSplit> {
    match word.to_ascii_lowercase().as_str() {
        "train" | "training" | "val" | "valid" | "validation" | "dev" => Some(PictureSplit::Train),
        "test" | "testing" | "board" | "holdout" => Some(PictureSplit::Board),
        _ => None,
    }
}
