//! `unimed eval --benchmark` and `--images`.

use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;
use unimed_train::benchmark::{Benchmark, BenchmarkSettings, compare, measure};

use super::{CommandResult, print_json, print_line};
use crate::open::{Backend, engine, note};

/// A benchmark as it is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Radiology, closed and open questions.
    VqaRad,
    /// Radiology, closed and open questions; the English ones.
    Slake,
    /// Pathology, closed and open questions.
    Pathvqa,
    /// Multiple choice over 12 modalities.
    Omnimedvqa,
    /// Multiple choice over 18 clinical tasks; the validation part.
    GmaiMmbench,
    /// Rare diseases, several images a question.
    Mmrarebench,
}

impl From<Name> for Benchmark {
    fn from(name: Name) -> Self {
        match name {
            Name::VqaRad => Self::VqaRad,
            Name::Slake => Self::Slake,
            Name::Pathvqa => Self::PathVqa,
            Name::Omnimedvqa => Self::OmniMedVqa,
            Name::GmaiMmbench => Self::GmaiMmBench,
            Name::Mmrarebench => Self::MmRareBench,
        }
    }
}

/// Asks a package every question of a benchmark.
pub(crate) fn run(
    model: &Path,
    backend: Backend,
    settings: &BenchmarkSettings,
    json: bool,
) -> CommandResult {
    let engine = engine(model, backend)?;
    print(&measure(&engine, settings, &mut note)?, json)
}

/// Compares made pictures with true ones.
pub(crate) fn pairs(made: &Path, truth: &Path, json: bool) -> CommandResult {
    print(&compare(made, truth)?, json)
}

fn print<T: Serialize + std::fmt::Display>(report: &T, json: bool) -> CommandResult {
    if json {
        print_json(report)
    } else {
        print_line(report.to_string().trim_end())
    }
}
