//! The folder that is being made: pictures, then the index, then its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    draft::{Draft, Pixels},
    options::{ImportSettings, Imported},
    pixels::{ready_file, ready_image},
    splits,
};
use crate::{
    TrainError,
    error::at,
    pictures::{Folder, PictureSplit, Record, hash, known_fields},
};

/// A picture that was written.
struct Kept {
    at: String,
    fields: Map<String, Value>,
    class: Option<String>,
    group: String,
    split: Option<PictureSplit>,
}

/// Writes pictures and the index.
pub(super) struct Writer<'a> {
    /// What was asked for.
    pub(super) settings: &'a ImportSettings,
    /// Name of the source.
    pub(super) source: String,
    note: &'a mut dyn FnMut(&str),
    set: Map<String, Value>,
    partial: PathBuf,
    kept: Vec<Kept>,
}

impl<'a> Writer<'a> {
    /// Checks the settings and makes the folder beside the wanted one.
    pub(super) fn new(
        settings: &'a ImportSettings,
        note: &'a mut dyn FnMut(&str),
    ) -> Result<Self, TrainError> {
        check(settings)?;
        let set = set_fields(settings)?;
        let name = settings.out.file_name().unwrap_or_default();
        let partial = settings
            .out
            .with_file_name(format!(".{}.partial", name.to_string_lossy()));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(at(&partial))?;
        }
        let images = partial.join("images");
        fs::create_dir_all(&images).map_err(at(&images))?;
        let stem = settings.from.file_stem().unwrap_or_default();
        Ok(Self {
            source: match &settings.source {
                Some(name) => name.clone(),
                None => stem.to_string_lossy().into_owned(),
            },
            settings,
            note,
            set,
            partial,
            kept: Vec::new(),
        })
    }

    /// Tells something to whoever watches.
    pub(super) fn note(&mut self, text: &str) {
        (self.note)(text);
    }

    /// Writes a picture and keeps what is known about it.
    pub(super) fn add(&mut self, draft: Draft, pixels: Pixels) -> Result<(), TrainError> {
        let broken = |error: unimed_imaging::ImagingError| {
            draft.wrong(
                "the picture",
                error.to_string(),
                "a picture that can be read",
            )
        };
        let content = match &pixels {
            Pixels::File(bytes) => Sha256::digest(bytes),
            Pixels::Image(image) => Sha256::digest(&image.pixels),
        };
        let side = self.settings.side;
        let ready = match pixels {
            Pixels::File(bytes) => ready_file(&draft.origin, bytes, side),
            Pixels::Image(image) => ready_image(&image, side),
        };
        let ready = ready.map_err(broken)?;
        let file = format!("images/{:06}.{}", self.kept.len() + 1, ready.extension);
        // The same picture twice is one group, so that the board never has what was trained on.
        let group = match (&draft.group, draft.split) {
            (Some(group), _) => group.clone(),
            (None, Some(_)) => draft.origin.clone(),
            (None, None) => format!("picture-{}", hex(&content[..8])),
        };
        let mut fields = Map::new();
        fields.insert("file".into(), file.clone().into());
        fields.insert("source".into(), self.source.clone().into());
        fields.insert("group".into(), group.clone().into());
        fields.insert("width".into(), ready.width.into());
        fields.insert("height".into(), ready.height.into());
        fields.insert("origin".into(), draft.origin.clone().into());
        fields.extend(draft.fields.clone());
        if let Some(class) = &draft.class {
            fields.insert("class".into(), class.clone().into());
        }
        let mut findings = fields.get("findings").cloned().unwrap_or_else(|| json!({}));
        if let (Some(class), Value::Object(map)) = (&draft.class, &mut findings) {
            for name in &self.settings.findings {
                map.entry(name).or_insert_with(|| (name == class).into());
            }
            if !map.is_empty() {
                fields.insert("findings".into(), findings);
            }
        }
        fields.extend(self.set.clone());
        if fields.get("kind").and_then(Value::as_str) == Some("other") {
            fields.remove("modality");
        }
        check_line(&draft, &fields)?;
        let path = self.partial.join(&file);
        fs::write(&path, ready.bytes).map_err(at(path))?;
        self.kept.push(Kept {
            at: draft.at,
            fields,
            class: draft.class,
            group,
            split: draft.split,
        });
        if self.kept.len().is_multiple_of(1000) {
            let count = self.kept.len();
            self.note(&format!("{count} pictures"));
        }
        Ok(())
    }

    /// Chooses the board where the source has none, writes the index, reads all of it again and gives the folder its
    /// name.
    pub(super) fn finish(mut self) -> Result<Imported, TrainError> {
        self.check_all()?;
        let without = self.kept.iter().filter(|kept| kept.split.is_none());
        let board = splits::board(
            without.map(|kept| (kept.group.as_str(), kept.class.as_deref().unwrap_or(""))),
            self.settings.board,
        );
        let mut imported = Imported::default();
        let mut index = String::new();
        let mut groups = BTreeSet::new();
        for kept in &mut self.kept {
            let split = kept.split.unwrap_or(if board.contains(&kept.group) {
                PictureSplit::Board
            } else {
                PictureSplit::Train
            });
            match split {
                PictureSplit::Train => imported.train += 1,
                PictureSplit::Board => imported.board += 1,
            }
            if let Some(class) = &kept.class {
                *imported.classes.entry(class.clone()).or_default() += 1;
            }
            groups.insert(kept.group.clone());
            kept.fields.insert("split".into(), split.key().into());
            index.push_str(&Value::Object(kept.fields.clone()).to_string());
            index.push('\n');
        }
        imported.groups = groups.len();
        let path = self.partial.join("index.jsonl");
        fs::write(&path, index).map_err(at(path))?;
        Folder::open(&self.partial)?;
        let out = &self.settings.out;
        fs::rename(&self.partial, out).map_err(at(out))?;
        Ok(imported)
    }

    /// What only all pictures together can have wrong.
    fn check_all(&self) -> Result<(), TrainError> {
        let from = self.settings.from.display().to_string();
        let wrong = |at: &str, field: &str, found: String, expected: String| TrainError::Import {
            at: at.to_owned(),
            field: field.to_owned(),
            found,
            expected,
        };
        if self.kept.is_empty() {
            let expected = "at least one picture".to_owned();
            return Err(wrong(
                &from,
                "the source",
                "without pictures".into(),
                expected,
            ));
        }
        let mut groups: BTreeMap<&str, &Kept> = BTreeMap::new();
        for kept in &self.kept {
            let first = *groups.entry(&kept.group).or_insert(kept);
            if first.split != kept.split {
                let name = |kept: &Kept| kept.split.map_or("none", PictureSplit::key);
                let expected = format!(
                    "{} as in {}: the group {} cannot be in two splits",
                    name(first),
                    first.at,
                    kept.group
                );
                return Err(wrong(&kept.at, "split", name(kept).into(), expected));
            }
        }
        for name in &self.settings.findings {
            let told = |kept: &Kept| {
                let there = kept.fields.get("findings").and_then(|all| all.get(name));
                there.is_some_and(|there| there == &Value::Bool(true))
            };
            if !self.kept.iter().any(told) {
                let classes: BTreeSet<&str> = self
                    .kept
                    .iter()
                    .filter_map(|kept| kept.class.as_deref())
                    .collect();
                let list: Vec<&str> = classes.into_iter().collect();
                let expected = if list.is_empty() {
                    "a finding that some picture has".to_owned()
                } else {
                    format!(
                        "a finding that some picture has, or a class: {}",
                        list.join(", ")
                    )
                };
                return Err(wrong(
                    "the command line",
                    "--finding",
                    name.clone(),
                    expected,
                ));
            }
        }
        Ok(())
    }
}

impl Drop for Writer<'_> {
    /// Takes away what was not finished; after `finish` there is nothing left under this name.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// Which of these to take where only so many of each class and split are wanted: by a hash of their names, so that the
/// choice is the same every time and follows no order.
pub(super) fn chosen(pictures: &[(String, String)], at_most: Option<usize>) -> Vec<bool> {
    let Some(most) = at_most else {
        return vec![true; pictures.len()];
    };
    let mut parts: BTreeMap<&str, Vec<(u64, usize)>> = BTreeMap::new();
    for (row, (part, name)) in pictures.iter().enumerate() {
        parts.entry(part).or_default().push((hash(name), row));
    }
    let mut taken = vec![false; pictures.len()];
    for rows in parts.values_mut() {
        rows.sort_unstable();
        for (_, row) in rows.iter().take(most) {
            taken[*row] = true;
        }
    }
    taken
}

/// Bytes as small hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
        text
    })
}

fn on_the_command_line(field: &str, found: String, expected: &str) -> TrainError {
    TrainError::Import {
        at: "the command line".into(),
        field: field.to_owned(),
        found,
        expected: expected.to_owned(),
    }
}

fn check(settings: &ImportSettings) -> Result<(), TrainError> {
    if settings.out.exists() {
        let found = format!("{}, which exists", settings.out.display());
        return Err(on_the_command_line(
            "--out",
            found,
            "a folder that is not there",
        ));
    }
    if !(0.0..1.0).contains(&settings.board) {
        return Err(on_the_command_line(
            "--board",
            settings.board.to_string(),
            "a share from 0 to below 1",
        ));
    }
    if !(16..=4096).contains(&settings.side) {
        return Err(on_the_command_line(
            "--side",
            settings.side.to_string(),
            "16 to 4096 pixels",
        ));
    }
    Ok(())
}

/// The fields of every picture, checked before any is read.
fn set_fields(settings: &ImportSettings) -> Result<Map<String, Value>, TrainError> {
    let mut set = Map::new();
    for (field, text) in &settings.set {
        if !known_fields().contains(&field.as_str()) {
            let expected = format!("one of {}", known_fields().join(", "));
            return Err(on_the_command_line("--set", field.clone(), &expected));
        }
        // A list, an object, true or false is meant as such; everything else is a word.
        let value = match serde_json::from_str(text) {
            Ok(value @ (Value::Array(_) | Value::Object(_) | Value::Bool(_))) => value,
            _ => Value::String(text.clone()),
        };
        set.insert(field.clone(), value);
    }
    let mut line = json!({"file": "a", "source": "a", "group": "a", "split": "train", "width": 1, "height": 1})
        .as_object()
        .cloned()
        .unwrap_or_default();
    if set.get("kind").and_then(Value::as_str) != Some("other") {
        line.insert("modality".into(), "ct".into());
    }
    line.extend(set.clone());
    match Record::parse(Path::new(""), 0, &Value::Object(line).to_string()) {
        Ok(_) => Ok(set),
        Err(TrainError::Index {
            field,
            found,
            expected,
            ..
        }) => Err(on_the_command_line(
            &format!("--set {field}"),
            found,
            &expected,
        )),
        Err(other) => Err(other),
    }
}

/// Whether a picture's fields are a line of an index.
fn check_line(draft: &Draft, fields: &Map<String, Value>) -> Result<(), TrainError> {
    let mut line = fields.clone();
    line.insert("split".into(), PictureSplit::Train.key().into());
    match Record::parse(Path::new(&draft.at), 0, &Value::Object(line).to_string()) {
        Ok(_) => Ok(()),
        Err(TrainError::Index {
            field,
            found,
            expected,
            ..
        }) => {
            let expected = if field == "modality" && found == "missing" {
                format!(
                    "one for all pictures: --modality with {}, or --set kind=other",
                    unimed_phantom::Modality::ALL
                        .map(unimed_phantom::Modality::key)
                        .join(", ")
                )
            } else {
                expected
            };
            Err(draft.wrong(field, found, expected))
        }
        Err(other) => Err(other),
    }
}
