//! Why a running job ends early.

use burn::tensor::Tensor;

use unimed_package::host::Stopped;

/// A job that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The host stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Results could not be read back: the device is lost or out of memory.
    // The device's own words are for the log: several lines about poisoned locks and backtraces.
    #[error(
        "the device was lost or ran out of memory before it gave its result; restart the engine, or use the CPU"
    )]
    Device {
        /// The device's words.
        why: String,
    },
    /// What was read no longer fits into the model's positions.
    #[error(
        "the conversation takes {found} tokens, at most {limit} fit; shorten it, or begin a new one"
    )]
    LongContext {
        /// Positions that would be taken.
        found: usize,
        /// Positions that were trained (`max_position_embeddings`).
        limit: usize,
    },
    /// The device computed NaN or infinity.
    #[error(
        "the device computed values that are not finite in {place}; use the CPU, or another browser"
    )]
    NotFinite {
        /// What was computed.
        place: &'static str,
    },
}

/// Reads a tensor back, in any surroundings.
///
/// # Errors
///
/// [`RunError::Device`] when the device is lost.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, RunError> {
    let device_error = |why: String| RunError::Device { why };
    let data = tensor
        .into_data_async()
        .await
        .map_err(|error| device_error(error.to_string()))?;
    data.try_to_vec::<f32>()
        .map_err(|error| device_error(format!("{error:?}")))
}
