//! Names that files use, as the simulator knows them.

use unimed_phantom::{Modality, PairTask};

/// The modality of that name.
pub(crate) fn modality(key: &str) -> Result<Modality, String> {
    let found = Modality::ALL.into_iter().find(|m| m.key() == key);
    found.ok_or_else(|| one_of(Modality::ALL.map(Modality::key), key))
}

/// The change of that name.
pub(crate) fn task(key: &str) -> Result<PairTask, String> {
    let found = PairTask::ALL.into_iter().find(|t| t.key() == key);
    found.ok_or_else(|| one_of(PairTask::ALL.map(PairTask::key), key))
}

/// What was expected and found, as errors say it.
pub(crate) fn one_of<'a>(expected: impl IntoIterator<Item = &'a str>, found: &str) -> String {
    let names: Vec<String> = expected.into_iter().map(|n| format!("`{n}`")).collect();
    format!("expected one of {}, found {found:?}", names.join(", "))
}
