//! Hyper-parameters, read from the official JSON files.
//!
//! Shapes come from here and never from constants, so that tiny, default and 14B models run the
//! same code.

mod autoencoder;
mod decoder;
mod special;
mod unified;
mod vision;

pub use autoencoder::{AutoencoderConfig, HAAR_DETAILS};
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

/// Layers of a stack, at most. Larger numbers than these are no model, and planning for them would take for ever.
const MAX_LAYERS: usize = 1024;
/// Channels of a layer, at most.
const MAX_WIDTH: usize = 1 << 16;
/// Pixels or tokens along a side, at most.
const MAX_SIDE: usize = 1 << 15;
/// Numbers in a matrix, at most: what a program with 32-bit addresses can count.
const MAX_NUMBERS: u64 = 1 << 31;

/// Refuses values that are not from 1 to `most`.
fn require_within(
    file: &'static str,
    most: usize,
    values: &[(&'static str, usize)],
) -> Result<(), ConfigError> {
    values.iter().try_for_each(|&(field, value)| {
        let expected = format!("1 to {most}");
        require((1..=most).contains(&value), file, field, value, expected)
    })
}

/// Refuses a matrix with more numbers than can be counted.
fn require_countable(
    file: &'static str,
    field: &'static str,
    rows: usize,
    columns: usize,
) -> Result<(), ConfigError> {
    let holds = (rows as u64)
        .checked_mul(columns as u64)
        .is_some_and(|numbers| numbers <= MAX_NUMBERS);
    let most = MAX_NUMBERS / columns.max(1) as u64;
    require(
        holds,
        file,
        field,
        rows,
        format!("at most {most} beside {columns} channels"),
    )
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
