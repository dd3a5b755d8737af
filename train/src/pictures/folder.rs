//! A folder of pictures: every line of its index read and checked against the files, before anything is used.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use unimed_imaging::{RgbImage, decode, probe};

use super::{
    extra_fields::ExtraFields,
    record::{PictureSplit, Record},
};
use crate::{TrainError, error::at};

/// Name of the index.
const INDEX: &str = "index.jsonl";

/// A folder with an index that holds.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
    /// What the index says, in its order.
    pub records: Vec<Record>,
    /// Fields that the index has and nothing here reads.
    pub unread: BTreeSet<String>,
}

impl Folder {
    /// Reads several folders, one after the other. Sources of the same name in several folders are one source; a group of
    /// such a source is in one split. `fields` is a file of further fields, one object a line: an `id`, and what is true of
    /// that picture besides, in whichever folder it is.
    ///
    /// # Errors
    ///
    /// [`TrainError::File`] without an index, [`TrainError::Index`] names line and field of the first fault.
    pub fn all(roots: &[PathBuf], fields: Option<&Path>) -> Result<Vec<Self>, TrainError> {
        let mut further = fields.map(ExtraFields::read).transpose()?;
        let mut folders = Vec::new();
        for root in roots {
            folders.push(Self::read(root, further.as_mut())?);
        }
        if let Some(further) = further {
            further.check_used()?;
        }
        let mut splits: BTreeMap<(&str, &str), (&Self, &Record)> = BTreeMap::new();
        for folder in &folders {
            for record in &folder.records {
                let (first, other) = *splits
                    .entry((&record.source, &record.group))
                    .or_insert((folder, record));
                if other.split != record.split {
                    let expected = format!(
                        "{} as on line {} of {}: the group {} of {} cannot be in two splits",
                        other.split.key(),
                        other.line,
                        first.root.join(INDEX).display(),
                        record.group,
                        record.source
                    );
                    return Err(folder.wrong(record, "split", record.split.key().into(), expected));
                }
            }
        }
        Ok(folders)
    }

    /// Reads the index of a folder and checks it: every line, that the files are there and of the stated size, that masks
    /// have the size of their pictures, and that no name comes twice and no group is in two splits.
    ///
    /// # Errors
    ///
    /// As [`Self::all`].
    pub fn open(root: &Path) -> Result<Self, TrainError> {
        Self::read(root, None)
    }

    fn read(root: &Path, mut further: Option<&mut ExtraFields>) -> Result<Self, TrainError> {
        let index = root.join(INDEX);
        let text = fs::read_to_string(&index).map_err(at(&index))?;
        let mut folder = Self {
            root: root.to_owned(),
            records: Vec::new(),
            unread: BTreeSet::new(),
        };
        let lines = text.lines().enumerate();
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let line = match &mut further {
                Some(further) => further.merged(line),
                None => line.to_owned(),
            };
            let (record, unread) = Record::parse(&index, number + 1, &line)?;
            folder.records.push(record);
            folder.unread.extend(unread);
        }
        folder.check_names()?;
        for record in &folder.records {
            folder.check_files(record)?;
        }
        Ok(folder)
    }

    /// Where it lies.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// An error about a field of a record.
    fn wrong(
        &self,
        record: &Record,
        field: &str,
        found: String,
        expected: impl Into<String>,
    ) -> TrainError {
        TrainError::Index {
            path: self.root.join(INDEX),
            line: record.line,
            field: field.to_owned(),
            found,
            expected: expected.into(),
        }
    }

    fn check_names(&self) -> Result<(), TrainError> {
        if self.records.is_empty() {
            return Err(TrainError::Index {
                path: self.root.join(INDEX),
                line: 1,
                field: "the index".into(),
                found: "empty".into(),
                expected: "a line for each picture".into(),
            });
        }
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        let mut files: BTreeMap<&Path, usize> = BTreeMap::new();
        let mut groups: BTreeMap<&str, (PictureSplit, usize)> = BTreeMap::new();
        for record in &self.records {
            let twice = |line: usize| format!("another than that of line {line}");
            if let Some(line) = ids.insert(&record.id, record.line) {
                return Err(self.wrong(record, "id", record.id.clone(), twice(line)));
            }
            if let Some(line) = files.insert(&record.file, record.line) {
                return Err(self.wrong(
                    record,
                    "file",
                    record.file.display().to_string(),
                    twice(line),
                ));
            }
            let (split, line) = *groups
                .entry(&record.group)
                .or_insert((record.split, record.line));
            if split != record.split {
                let expected = format!(
                    "{} as on line {line}: the group {} cannot be in two splits",
                    split.key(),
                    record.group
                );
                return Err(self.wrong(record, "split", record.split.key().to_owned(), expected));
            }
        }
        Ok(())
    }

    fn check_files(&self, record: &Record) -> Result<(), TrainError> {
        self.check_file(record, "file", &record.file)?;
        if let Some((mask, _)) = &record.mask {
            self.check_file(record, "mask", mask)?;
        }
        Ok(())
    }

    fn check_file(&self, record: &Record, field: &str, file: &Path) -> Result<(), TrainError> {
        let bytes = self.bytes(record, field, file)?;
        let header = probe(&bytes).map_err(|error| {
            self.wrong(
                record,
                field,
                format!("{} ({error})", file.display()),
                "a picture",
            )
        })?;
        let size = (header.width as usize, header.height as usize);
        if size != (record.width, record.height) {
            let found = format!("{} with {} x {} pixels", file.display(), size.0, size.1);
            let expected = format!(
                "{} x {} pixels, as width and height say",
                record.width, record.height
            );
            return Err(self.wrong(record, field, found, expected));
        }
        Ok(())
    }

    fn bytes(&self, record: &Record, field: &str, file: &Path) -> Result<Vec<u8>, TrainError> {
        fs::read(self.root.join(file)).map_err(|error| {
            let found = format!("{} ({error})", file.display());
            self.wrong(record, field, found, "a file in the folder")
        })
    }

    /// The pixels of a picture.
    ///
    /// # Errors
    ///
    /// [`TrainError::Index`] when the file cannot be decoded.
    pub fn image(&self, record: &Record) -> Result<RgbImage, TrainError> {
        self.decoded(record, "file", &record.file)
    }

    /// Which pixels lie in the mask, row by row; `None` without a mask.
    ///
    /// # Errors
    ///
    /// [`TrainError::Index`] when the file cannot be decoded.
    pub fn mask(&self, record: &Record) -> Result<Option<Vec<bool>>, TrainError> {
        let Some((file, _)) = &record.mask else {
            return Ok(None);
        };
        let image = self.decoded(record, "mask", file)?;
        Ok(Some(
            image
                .pixels
                .chunks_exact(3)
                .map(|rgb| rgb[0] >= 128)
                .collect(),
        ))
    }

    fn decoded(&self, record: &Record, field: &str, file: &Path) -> Result<RgbImage, TrainError> {
        let bytes = self.bytes(record, field, file)?;
        let decoded = decode(&bytes).map_err(|error| {
            self.wrong(
                record,
                field,
                format!("{} ({error})", file.display()),
                "a whole picture",
            )
        })?;
        Ok(decoded.image)
    }

    /// The records of a split.
    pub fn of(&self, split: PictureSplit) -> impl Iterator<Item = &Record> {
        self.records
            .iter()
            .filter(move |record| record.split == split)
    }
}
