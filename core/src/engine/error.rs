//! Everything that can go wrong between a caller and an answer.

use crate::{device::DeviceError, error::RunError, model::LoadError, paint::ScheduleError};
use unimed_package::{
    FetchError, PackageError, config::ConfigError, host::Stopped, plan::PlanError,
};
use unimed_tokenizer::TokenizerError;

/// A job or a load that failed. Every message says what happened and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The package cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A configuration that this engine cannot run.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Weights that do not fit their configuration.
    #[error(transparent)]
    Load(LoadError),
    /// The tokenizer or a text.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// An image that cannot be used.
    #[error(transparent)]
    Image(#[from] unimed_imaging::ImagingError),
    /// A job that ended early.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A time grid that cannot be walked.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A setting outside of what the model can do.
    #[error("{what} is {found}, expected {expected}; choose a value in that range")]
    Setting {
        /// Name of the setting.
        what: &'static str,
        /// What was asked for.
        found: String,
        /// What the model can do.
        expected: String,
    },
    /// A job or a device for which there is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The weights that make images are not on the device.
    #[error("this engine was loaded for answers only; load what makes images first")]
    AnswersOnly,
    /// Nothing to work on.
    #[error("there is no text; type a question or say what to make")]
    EmptyPrompt,
    /// A text that does not fit.
    #[error("the text has {found} tokens, at most {limit} fit; shorten it")]
    LongPrompt {
        /// Tokens of the text.
        found: usize,
        /// Tokens that fit.
        limit: usize,
    },
}

impl From<FetchError> for EngineError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Package(error) => error.into(),
            FetchError::Stopped(stopped) => stopped.into(),
        }
    }
}

impl From<LoadError> for EngineError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Stopped(stopped) => stopped.into(),
            error => Self::Load(error),
        }
    }
}

impl From<Stopped> for EngineError {
    fn from(stopped: Stopped) -> Self {
        Self::Run(stopped.into())
    }
}

impl EngineError {
    /// True when the person stopped the job: not a failure.
    #[must_use]
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Run(RunError::Stopped(_)))
    }
}
