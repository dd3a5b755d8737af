//! How far the engine is.

use unimed_protocol::UserError;

/// How far the engine is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EngineStatus {
    /// Its program is being loaded.
    Starting,
    /// The model is being loaded.
    Loading {
        /// Bytes done.
        done: u64,
        /// Bytes in all.
        total: u64,
        /// What is being done.
        phase: String,
    },
    /// It waits for work or works.
    Ready,
    /// It is of no more use until it is started again.
    Dead(UserError),
}
