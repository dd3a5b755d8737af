//! What can go wrong while setting up, building, serving or testing, said in a sentence with what to do.

use std::path::PathBuf;

/// Any failure of an xtask command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// A program ran and reported failure.
    #[error("`{command}` ended with {status}; its own words are above")]
    Failed {
        /// The command as a person would type it.
        command: String,
        /// How it ended.
        status: String,
    },
    /// A program could not be started at all.
    #[error(
        "`{command}` could not be started ({source}); `cargo xtask doctor` lists what is missing"
    )]
    Start {
        /// The command as a person would type it.
        command: String,
        /// Why the system refused.
        source: std::io::Error,
    },
    /// A program did not end in time.
    #[error(
        "`{command}` was ended after {seconds} s without an answer; check the network and try again"
    )]
    TimedOut {
        /// The command as a person would type it.
        command: String,
        /// How long it was given.
        seconds: u64,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is there but does not hold what it should.
    #[error("{path}: expected {expected}, found {found}; {remedy}", path = path.display())]
    Content {
        /// Which one.
        path: PathBuf,
        /// What should be in it.
        expected: String,
        /// What is in it.
        found: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Something that xtask cannot install by itself on this system is missing.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// What the person can do.
        remedy: String,
    },
    /// At least one test failed; the tests have already been reported.
    #[error("{failed} failed")]
    Tests {
        /// How many.
        failed: usize,
    },
}

impl Error {
    /// For `map_err` on a file operation.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
