//! The conformance set (tests/conformance/README.md): its cases, and what this project's reader makes of them.

mod check;
mod matching;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

pub use check::run;

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique name.
    pub id: String,
    /// The kind of fault that it guards against.
    pub kind: String,
    /// Words for the table in the docs.
    pub form: String,
    /// Transfer syntax or compression.
    #[serde(default)]
    pub syntax: String,
    /// Paths below the family's folder, opened together.
    pub files: Vec<String>,
    /// Library and version that wrote the files.
    pub made_by: String,
    /// The part of the standard that decides.
    #[serde(default)]
    pub authority: String,
    /// What other programs say.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// Which reference is followed and why, where they differ.
    #[serde(default)]
    pub followed: String,
    /// What must be found.
    pub expect: Value,
    /// The family's folder; not in the file.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Another program's word.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// "DCMTK".
    pub name: String,
    /// Its version.
    pub version: String,
    /// "agrees" or "differs: ...".
    pub says: String,
}

/// The folder of the set.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/set")
}

/// All cases, family by family.
pub fn cases() -> Vec<Case> {
    let mut families: Vec<PathBuf> = std::fs::read_dir(root())
        .expect("the set is there")
        .map(|entry| entry.expect("the set can be listed").path())
        .collect();
    families.sort();
    let mut all = Vec::new();
    for folder in families {
        let path = folder.join("cases.json");
        let text = std::fs::read_to_string(&path).expect("every family has cases.json");
        let mut cases: Vec<Case> =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for case in &mut cases {
            case.folder.clone_from(&folder);
        }
        all.append(&mut cases);
    }
    all
}
