//! One line of an index, read and checked field by field.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use serde_json::{Map, Value};
use unimed_phantom::Modality;

use super::words::{PLANE, PROBE, SEQUENCE, SIDE, STAIN, VIEW, WINDOW, Words};
use crate::TrainError;

/// Whether a picture may be trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PictureSplit {
    /// For training.
    Train,
    /// Only ever asked about.
    Board,
}

impl PictureSplit {
    /// The word in the index.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Board => "board",
        }
    }
}

/// A rectangle as parts of width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub x0: f64,
    /// Upper edge.
    pub y0: f64,
    /// Right edge.
    pub x1: f64,
    /// Lower edge.
    pub y1: f64,
}

impl Frame {
    /// Its middle.
    #[must_use]
    pub fn middle(&self) -> (f64, f64) {
        ((self.x0 + self.x1) / 2.0, (self.y0 + self.y1) / 2.0)
    }

    /// Its part of the picture.
    #[must_use]
    pub fn area(&self) -> f64 {
        (self.x1 - self.x0) * (self.y1 - self.y0)
    }
}

/// What an index says of a picture. Words are those of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its line in the index, from 1.
    pub line: usize,
    /// Name, unique in the folder.
    pub id: String,
    /// The file, in the folder.
    pub file: PathBuf,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Where it comes from; whether there is a disease is only asked within one source.
    pub source: String,
    /// Patient, examination, slide: never in two splits.
    pub group: String,
    /// Whether it may be trained on.
    pub split: PictureSplit,
    /// The kind of medical image; `None` for pictures of no kind that the model knows (`kind: other`).
    pub modality: Option<Modality>,
    /// A black and white picture of the same size, and what is white in it.
    pub mask: Option<(PathBuf, String)>,
    /// Where the finding, or what the picture is of, lies.
    pub frame: Option<Frame>,
    /// The class that its source sorts it into.
    pub class: Option<String>,
    /// Labels as the source has them.
    pub labels: Vec<String>,
    /// Findings that the source tells of: there or not.
    pub findings: BTreeMap<String, bool>,
    /// Words of fields with a closed list, by field.
    pub words: BTreeMap<&'static str, String>,
    /// The organ, where the index names it.
    pub organ: Option<String>,
    /// The part of the body, where the index names it.
    pub anatomy: Option<String>,
    /// Whether lung is in a CT slice.
    pub lung_in_slice: Option<bool>,
}

/// Fields with a closed list of words.
const CLOSED: [Words; 7] = [VIEW, PLANE, SIDE, WINDOW, STAIN, PROBE, SEQUENCE];

/// Fields that mean something but ask nothing.
const REMARKS: [&str; 19] = [
    "licence",
    "licence_status",
    "group_kind",
    "original_size",
    "area",
    "label_quality",
    "note",
    "aspect_kept",
    "head_circumference_mm",
    "pixel_mm",
    "sex",
    "origin",
    "contrast",
    "nuclei",
    "in_intensive_care",
    "field",
    "defaced",
    "original",
    "age",
];

/// Fields that are read here.
const READ: [&str; 18] = [
    "file",
    "id",
    "source",
    "group",
    "split",
    "modality",
    "kind",
    "width",
    "height",
    "mask",
    "mask_of",
    "box",
    "class",
    "labels",
    "findings",
    "organ",
    "anatomy",
    "lung_in_slice",
];

/// All fields that mean something.
pub(crate) fn known_fields() -> Vec<&'static str> {
    let closed = CLOSED.iter().map(|list| list.field);
    READ.into_iter().chain(closed).chain(REMARKS).collect()
}

/// The fields of a line, for errors that name it.
struct Fields<'a> {
    index: &'a Path,
    line: usize,
    map: Map<String, Value>,
}

impl Fields<'_> {
    fn wrong(
        &self,
        field: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> TrainError {
        TrainError::Index {
            path: self.index.to_owned(),
            line: self.line,
            field: field.to_owned(),
            found: found.into(),
            expected: expected.into(),
        }
    }

    fn value(&self, field: &str) -> Option<&Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    fn text(&self, field: &str) -> Result<Option<String>, TrainError> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(other) => Err(self.wrong(field, other.to_string(), "a text that is not empty")),
        }
    }

    fn needed(&self, field: &str) -> Result<String, TrainError> {
        self.text(field)?
            .ok_or_else(|| self.wrong(field, "missing", "a text"))
    }

    /// A path that stays in the folder.
    fn path(&self, field: &str) -> Result<Option<PathBuf>, TrainError> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let path = PathBuf::from(&text);
        let inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if inside {
            Ok(Some(path))
        } else {
            Err(self.wrong(field, text, "a path inside of the folder, without .."))
        }
    }

    fn size(&self, field: &str) -> Result<usize, TrainError> {
        let value = self.value(field);
        let size = value
            .and_then(Value::as_u64)
            .and_then(|size| usize::try_from(size).ok());
        size.filter(|&size| size > 0).ok_or_else(|| {
            let found = value.map_or_else(|| "missing".to_owned(), Value::to_string);
            self.wrong(field, found, "pixels, a whole number above zero")
        })
    }

    fn flag(&self, field: &str) -> Result<Option<bool>, TrainError> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong(field, other.to_string(), "true or false")),
        }
    }

    fn frame(&self) -> Result<Option<Frame>, TrainError> {
        let Some(value) = self.value("box") else {
            return Ok(None);
        };
        let parts: Option<Vec<f64>> = value
            .as_array()
            .and_then(|list| list.iter().map(Value::as_f64).collect());
        let frame = parts.as_deref().and_then(|parts| match *parts {
            [x0, y0, x1, y1] => Some(Frame { x0, y0, x1, y1 }),
            _ => None,
        });
        let sound = |f: &Frame| {
            0.0 <= f.x0 && f.x0 < f.x1 && f.x1 <= 1.0 && 0.0 <= f.y0 && f.y0 < f.y1 && f.y1 <= 1.0
        };
        let expected =
            "[x0, y0, x1, y1] as parts of width and height, from 0 to 1, x0 < x1 and y0 < y1";
        frame
            .filter(sound)
            .map(Some)
            .ok_or_else(|| self.wrong("box", value.to_string(), expected))
    }

    fn labels(&self) -> Result<Vec<String>, TrainError> {
        let Some(value) = self.value("labels") else {
            return Ok(Vec::new());
        };
        let list = value.as_array().and_then(|list| {
            list.iter()
                .map(|label| label.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        });
        list.ok_or_else(|| self.wrong("labels", value.to_string(), "a list of texts"))
    }

    fn findings(&self) -> Result<BTreeMap<String, bool>, TrainError> {
        let Some(value) = self.value("findings") else {
            return Ok(BTreeMap::new());
        };
        let map = value.as_object().and_then(|map| {
            map.iter()
                .map(|(name, there)| Some((name.clone(), there.as_bool()?)))
                .collect::<Option<_>>()
        });
        let expected = "an object of finding names, each true or false";
        map.ok_or_else(|| self.wrong("findings", value.to_string(), expected))
    }

    fn split(&self) -> Result<PictureSplit, TrainError> {
        let word = self.needed("split")?;
        [PictureSplit::Train, PictureSplit::Board]
            .into_iter()
            .find(|split| split.key() == word)
            .ok_or_else(|| self.wrong("split", word, "train or board"))
    }

    /// `None` for a picture of another kind.
    fn modality(&self) -> Result<Option<Modality>, TrainError> {
        let other = match self.text("kind")?.as_deref() {
            None | Some("medical") => false,
            Some("other") => true,
            Some(word) => return Err(self.wrong("kind", word, "medical or other")),
        };
        let named = self.text("modality")?;
        if other {
            return match named {
                None => Ok(None),
                Some(word) => Err(self.wrong(
                    "modality",
                    word,
                    "nothing, as kind is other and means none of the modalities",
                )),
            };
        }
        let word =
            named.ok_or_else(|| self.wrong("modality", "missing", "a modality, or kind: other"))?;
        let known = Modality::ALL
            .into_iter()
            .find(|modality| modality.key() == word);
        let expected = Modality::ALL.map(Modality::key).join(", ");
        known
            .map(Some)
            .ok_or_else(|| self.wrong("modality", word, expected))
    }

    fn words(&self) -> Result<BTreeMap<&'static str, String>, TrainError> {
        let mut words = BTreeMap::new();
        for list in CLOSED {
            if let Some(word) = self.text(list.field)? {
                if list.answer(&word).is_none() {
                    return Err(self.wrong(list.field, word, list.list()));
                }
                words.insert(list.field, word);
            }
        }
        Ok(words)
    }

    fn mask(&self) -> Result<Option<(PathBuf, String)>, TrainError> {
        match (self.path("mask")?, self.text("mask_of")?) {
            (Some(path), Some(what)) => Ok(Some((path, what))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.wrong("mask_of", "missing", "what is white in the mask")),
            (None, Some(_)) => Err(self.wrong("mask", "missing", "the file of the mask")),
        }
    }
}

impl Record {
    /// Reads a line; the second part are its fields that nothing reads.
    pub(crate) fn parse(
        index: &Path,
        line: usize,
        text: &str,
    ) -> Result<(Self, Vec<String>), TrainError> {
        let mut fields = Fields {
            index,
            line,
            map: Map::new(),
        };
        fields.map = match serde_json::from_str(text) {
            Ok(Value::Object(map)) => map,
            Ok(other) => return Err(fields.wrong("the line", other.to_string(), "a JSON object")),
            Err(error) => return Err(fields.wrong("the line", error.to_string(), "a JSON object")),
        };
        let all = known_fields();
        let known = |name: &str| all.contains(&name);
        let unread = fields
            .map
            .keys()
            .filter(|name| !known(name))
            .cloned()
            .collect();
        let file = fields
            .path("file")?
            .ok_or_else(|| fields.wrong("file", "missing", "a path"))?;
        let record = Self {
            line,
            id: fields
                .text("id")?
                .unwrap_or_else(|| file.display().to_string()),
            file,
            width: fields.size("width")?,
            height: fields.size("height")?,
            source: fields.needed("source")?,
            group: fields.needed("group")?,
            split: fields.split()?,
            modality: fields.modality()?,
            mask: fields.mask()?,
            frame: fields.frame()?,
            class: fields.text("class")?,
            labels: fields.labels()?,
            findings: fields.findings()?,
            words: fields.words()?,
            organ: fields.text("organ")?,
            anatomy: fields.text("anatomy")?,
            lung_in_slice: fields.flag("lung_in_slice")?,
        };
        Ok((record, unread))
    }

    /// The answer that a field with a closed list gives.
    pub(super) fn word(&self, words: &Words) -> Option<&'static str> {
        words.answer(self.words.get(words.field)?)
    }
}
