//! What can go wrong while training and evaluating.

use std::path::PathBuf;

/// A training or evaluation that cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A file could not be read or written.
    #[error("{path}: {source}; check the path and the free space", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A weight file that does not parse.
    #[error("{path} is not a usable weight file: {why}; train the stage again or name another file", path = path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A stage needs the result of another stage.
    #[error("{path} does not exist, expected the weights of the stage {stage}; run `unimed train {stage}` first or name a file", path = path.display())]
    StageMissing {
        /// The stage whose result is needed.
        stage: &'static str,
        /// Where it was expected.
        path: PathBuf,
    },
    /// A configuration that the engine cannot run.
    #[error(transparent)]
    Config(#[from] unimed_package::config::ConfigError),
    /// The tokenizer could not be trained or read.
    #[error("the tokenizer cannot be used: {0}; delete tokenizer.json to train it again")]
    Tokenizer(String),
    /// A value that makes no sense.
    #[error("{what} is {found}, expected {expected}")]
    Value {
        /// The setting.
        what: &'static str,
        /// What was given.
        found: String,
        /// What is possible.
        expected: String,
    },
    /// A line of an index of pictures that cannot be used.
    #[error("{path}, line {line}: {field} is {found}, expected {expected}; nothing of the folder was read", path = path.display())]
    Index {
        /// The index.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The field.
        field: String,
        /// What it holds.
        found: String,
        /// What is possible.
        expected: String,
    },
    /// Something that cannot be imported.
    #[error("{at}: {field} is {found}, expected {expected}; nothing was imported")]
    Import {
        /// Where: a file, with a line or row.
        at: String,
        /// The field.
        field: String,
        /// What it holds.
        found: String,
        /// What is possible.
        expected: String,
    },
    /// The loss became NaN or infinite.
    #[error(
        "the loss is not finite at step {step}; go back to the last checkpoint with a lower --lr"
    )]
    Diverged {
        /// The step.
        step: u64,
    },
    /// The engine failed.
    #[error(transparent)]
    Run(#[from] unimed_core::error::RunError),
    /// The engine could not open a package or do a job.
    #[error(transparent)]
    Engine(#[from] unimed_core::engine::EngineError),
    /// The engine's weights could not be loaded.
    #[error(transparent)]
    Load(#[from] unimed_core::model::LoadError),
    /// Two images that should have one size do not.
    #[error(transparent)]
    Imaging(#[from] unimed_imaging::ImagingError),
    /// A package could not be read or written.
    #[error(transparent)]
    Package(#[from] unimed_package::PackageError),
}

/// Adds the path to an input or output error.
pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> TrainError {
    let path = path.into();
    move |source| TrainError::File { path, source }
}
