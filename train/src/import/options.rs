//! What is imported, and how.

use std::{collections::BTreeMap, path::PathBuf};

/// Forms that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportForm {
    /// Arrays of pictures and labels in an .npz archive, as MedMNIST has them.
    Medmnist,
    /// A folder for each class.
    Folders,
    /// A CSV or TSV file of files and labels.
    Table,
    /// DICOM files.
    Dicom,
}

/// Names of a table's columns; what is not given is looked for under usual names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// The file of the picture.
    pub file: Option<String>,
    /// Its class, or its labels with `|` between them.
    pub label: Option<String>,
    /// Patient or examination.
    pub group: Option<String>,
    /// Split.
    pub split: Option<String>,
}

/// Settings of an import.
#[derive(Debug, Clone)]
pub struct ImportSettings {
    /// The file or folder.
    pub from: PathBuf,
    /// Its form; `None` looks.
    pub form: Option<ImportForm>,
    /// The folder to make; it must not be there.
    pub out: PathBuf,
    /// Name of the source; the file's or folder's by default.
    pub source: Option<String>,
    /// Fields of every picture, by name; they go before what the files say.
    pub set: Vec<(String, String)>,
    /// Names of classes 0, 1, ... of an archive whose names are not known.
    pub classes: Vec<String>,
    /// Classes, or columns of a table, that are findings: there or not.
    pub findings: Vec<String>,
    /// Folder that the files of a table lie in; the table's own by default.
    pub images: Option<PathBuf>,
    /// The part of a file's name before the first of these is its group.
    pub group_until: Option<String>,
    /// Of DICOM: the folder at the top is the class.
    pub folder_is_class: bool,
    /// Share of the groups that go to the board where the source has no splits, 0 to below 1.
    pub board: f64,
    /// Longest side that pictures are kept at, in pixels.
    pub side: usize,
    /// Pictures of each class and split at most.
    pub at_most: Option<usize>,
    /// Names of a table's columns.
    pub columns: Columns,
    /// Slices taken from a DICOM series at most.
    pub slices: usize,
    /// CT windows that DICOM slices are shown in; by the part of the body where none is named.
    pub windows: Vec<String>,
}

impl ImportSettings {
    /// With the defaults of everything that need not be said.
    #[must_use]
    pub fn new(from: PathBuf, out: PathBuf) -> Self {
        Self {
            from,
            form: None,
            out,
            source: None,
            set: Vec::new(),
            classes: Vec::new(),
            findings: Vec::new(),
            images: None,
            group_until: None,
            folder_is_class: false,
            board: 0.2,
            side: 320,
            at_most: None,
            columns: Columns::default(),
            slices: 4,
            windows: Vec::new(),
        }
    }
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Pictures to train on.
    pub train: usize,
    /// Pictures for the board.
    pub board: usize,
    /// Groups of both.
    pub groups: usize,
    /// Pictures by class, where they have one.
    pub classes: BTreeMap<String, usize>,
}
