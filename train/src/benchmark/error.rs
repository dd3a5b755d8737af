//! What can be wrong with the files of a benchmark.

use std::path::PathBuf;

/// A benchmark that cannot be read or answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchmarkError {
    /// None of the files that the benchmark is published as.
    #[error("{folder} holds none of {expected}; unpack the benchmark there as it is published (docs/guides/benchmarks.md)", folder = folder.display())]
    Missing {
        /// The folder that was given.
        folder: PathBuf,
        /// What was looked for, as paths in it.
        expected: String,
    },
    /// A file that the system does not give.
    #[error("{path}: {source}; check the folder and its permissions", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file that is not of the published form.
    #[error("{path} is not as published: {why}; fetch it again, or see docs/guides/benchmarks.md for the form that is read", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
    /// A path in a file of the benchmark that leads out of its folder.
    #[error(
        "question {id} names the image {name:?}, expected a path inside of the benchmark's folder; \
         do not use these files"
    )]
    Outside {
        /// The question.
        id: String,
        /// The path as it is written.
        name: String,
    },
    /// A picture that cannot be read.
    #[error("question {id}: the image {name} cannot be read: {why}; fetch it again")]
    Picture {
        /// The question, or the pair.
        id: String,
        /// The picture.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing to measure.
    #[error("{folder} has no question of the part that is measured; fetch it again", folder = folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// Two folders of pictures without a name in common.
    #[error("{made} and {truth} have no picture name in common; give the pictures of a pair one name", made = made.display(), truth = truth.display())]
    NoPairs {
        /// The folder of made pictures.
        made: PathBuf,
        /// The folder of true pictures.
        truth: PathBuf,
    },
    /// The engine failed at a question.
    #[error("question {id}: {source}")]
    Engine {
        /// The question.
        id: String,
        /// What the engine said.
        source: Box<unimed_core::engine::EngineError>,
    },
}

/// Adds the path to an input error.
pub(super) fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> BenchmarkError {
    let path = path.into();
    move |source| BenchmarkError::File { path, source }
}
