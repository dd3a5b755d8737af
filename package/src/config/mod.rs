//! Hyper-parameters, read from the official JSON files.
//!
//! Shapes come from here and never from constants, so that tiny, default and 14B models run the
//! same code.

mod autoencoder;
mod decoder;
mod special;
mod unified;
mod vision;

pub use autoencoder::AutoencoderConfig;
pub use decoder::DecoderConfig;
pub use special::SpecialTokens;
pub use unified::{ModelConfig, TransformConfig};
pub use vision::{VisionConfig, VisionDepth};

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The JSON text does not parse or lacks a field.
    #[error("{file} is not a valid configuration: {why}; compare it with the official file")]
    Json {
        /// Name of the file.
        file: String,
        /// The parser's words.
        why: String,
    },
    /// A value is outside of what this engine computes.
    #[error("{file}: {field} is {found}, expected {expected}; this engine cannot run such a model")]
    Value {
        /// Name of the file.
        file: &'static str,
        /// Name of the field.
        field: &'static str,
        /// What the file says.
        found: String,
        /// What is supported.
        expected: String,
    },
}

/// Refuses a value with the reason.
fn require(
    holds: bool,
    file: &'static str,
    field: &'static str,
    found: impl std::fmt::Display,
    expected: impl std::fmt::Display,
) -> Result<(), ConfigError> {
    if holds {
        Ok(())
    } else {
        let (found, expected) = (found.to_string(), expected.to_string());
        Err(ConfigError::Value {
            file,
            field,
            found,
            expected,
        })
    }
}
