//! The benchmarks, each in the form in which it is published.

mod gmai;
mod json;
mod mmrare;
mod omnimed;
mod path_vqa;
mod pickle;
mod slake;
mod tsv;
mod vqa_rad;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{BenchmarkError, Question};

/// A published benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Benchmark {
    /// Lau et al. 2018: 451 test questions about radiology.
    VqaRad,
    /// Liu et al. 2021: the English test questions.
    Slake,
    /// He et al. 2020: 6719 test questions about pathology.
    PathVqa,
    /// Hu et al. 2024: multiple choice, the part that is open to all.
    OmniMedVqa,
    /// Chen et al. 2024: multiple choice, the validation part.
    GmaiMmBench,
    /// Ning et al. 2026: rare diseases, several images a question, four tracks.
    MmRareBench,
}

impl Benchmark {
    /// Its name as its authors write it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::VqaRad => "VQA-RAD",
            Self::Slake => "SLAKE",
            Self::PathVqa => "PathVQA",
            Self::OmniMedVqa => "OmniMedVQA",
            Self::GmaiMmBench => "GMAI-MMBench (val)",
            Self::MmRareBench => "MMRareBench",
        }
    }
}

/// What is done with each question; `false` ends the reading.
pub(super) type Each<'a> = dyn FnMut(Question) -> Result<bool, BenchmarkError> + 'a;

/// Reads a benchmark's test questions one after the other, so that a table of gigabytes of pictures
/// is never in memory as a whole.
///
/// # Errors
///
/// [`BenchmarkError`] names the file and what is wrong with it, or what `each` returned.
pub fn questions(
    benchmark: Benchmark,
    folder: &Path,
    each: &mut Each<'_>,
) -> Result<(), BenchmarkError> {
    match benchmark {
        Benchmark::VqaRad => vqa_rad::read(folder, each),
        Benchmark::Slake => slake::read(folder, each),
        Benchmark::PathVqa => path_vqa::read(folder, each),
        Benchmark::OmniMedVqa => omnimed::read(folder, each),
        Benchmark::GmaiMmBench => gmai::read(folder, each),
        Benchmark::MmRareBench => mmrare::read(folder, each),
    }
}

/// The first of some paths that is there.
fn first_of(folder: &Path, names: &[&str]) -> Result<PathBuf, BenchmarkError> {
    names
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists())
        .ok_or_else(|| BenchmarkError::Missing {
            folder: folder.to_owned(),
            expected: names.join(", "),
        })
}

/// An error about the form of a file.
fn form(path: &Path, why: impl Into<String>) -> BenchmarkError {
    BenchmarkError::Form {
        path: path.to_owned(),
        why: why.into(),
    }
}

/// Yes and no are closed questions where a benchmark does not say.
fn is_polar(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "yes" | "no")
}
