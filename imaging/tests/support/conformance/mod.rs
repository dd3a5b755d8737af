//! The conformance set (tests/conformance/README.md): its cases, and what this project's reader makes of them.

mod check;
pub(crate) mod docs;
mod matching;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

pub(crate) use check::run;

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Unique name.
    pub(crate) id: String,
    /// The kind of fault that it guards against.
    pub(crate) kind: String,
    /// Words for the table in the docs.
    pub(crate) form: String,
    /// Transfer syntax or compression.
    #[serde(default)]
    pub(crate) syntax: String,
    /// Paths below the family's folder, opened together.
    pub(crate) files: Vec<String>,
    /// Library and version that wrote the files.
    pub(crate) made_by: String,
    /// The part of the standard that decides.
    #[serde(default)]
    pub(crate) authority: String,
    /// What other programs say.
    #[serde(default)]
    pub(crate) references: Vec<Reference>,
    /// Which reference is followed and why, where they differ.
    #[serde(default)]
    pub(crate) followed: String,
    /// What must be found.
    pub(crate) expect: Value,
    /// The family's folder; not in the file.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// Another program's word.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    /// "DCMTK".
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// "agrees" or "differs: ...".
    pub(crate) says: String,
}

/// The folder of the set.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/set")
}

/// All cases, family by family.
pub(crate) fn cases() -> Vec<Case> {
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
