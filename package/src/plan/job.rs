//! Jobs in numbers of tokens.

use serde::Serialize;
use unimed_imaging::ResizeRule;

use crate::config::ModelConfig;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "job")]
pub enum Job {
    /// Questions about images.
    Ask {
        /// Width and height of each image in pixels, as it comes.
        images: Vec<(usize, usize)>,
        /// Tokens of the texts.
        text_tokens: usize,
        /// Longest answer in tokens.
        answer_tokens: usize,
    },
    /// One image.
    Paint {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Width and height of an image to start from.
        image: Option<(usize, usize)>,
        /// Tokens of the text.
        text_tokens: usize,
        /// Euler steps.
        steps: usize,
        /// Whether the image is shown while it is made.
        previews: bool,
    },
}

/// A job or a device for which there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A size that the model cannot paint.
    #[error(
        "{width} x {height} pixels cannot be painted, expected multiples of {unit} up to {max}; \
         choose another size"
    )]
    Size {
        /// Width asked for.
        width: usize,
        /// Height asked for.
        height: usize,
        /// What sides are multiples of.
        unit: usize,
        /// Longest side.
        max: usize,
    },
    /// An image that the model's transform refuses.
    #[error("an image of {width} x {height} pixels cannot be read: {why}")]
    Image {
        /// Width.
        width: usize,
        /// Height.
        height: usize,
        /// What the transform says.
        why: String,
    },
    /// A device that cannot bind a tensor of floats.
    #[error(
        "{tensor} has {bytes} bytes as 32-bit floats and this device binds at most {limit}; convert the model with \
         --quant q8 or q4, or use another device"
    )]
    Floats {
        /// Name of the tensor.
        tensor: String,
        /// Its bytes on the device.
        bytes: u64,
        /// The device's limit.
        limit: u64,
    },
    /// A device that cannot bind one row of a matrix.
    #[error(
        "one row of {tensor} has {bytes} bytes and this device binds at most {limit}; use another \
         device"
    )]
    Row {
        /// Name of the tensor.
        tensor: String,
        /// Bytes of a row.
        bytes: u64,
        /// The device's limit.
        limit: u64,
    },
}

/// Tokens of an image after a transform, and the size that it is brought to.
pub(super) fn image_tokens(
    rule: &ResizeRule,
    unit: usize,
    image: (usize, usize),
) -> Result<(u64, (usize, usize)), PlanError> {
    let (width, height) = image;
    let size = rule.size(width, height).map_err(|error| PlanError::Image {
        width,
        height,
        why: error.to_string(),
    })?;
    Ok((((size.0 / unit) * (size.1 / unit)) as u64, size))
}

/// Latent tokens of a painting.
pub(super) fn latent_tokens(
    config: &ModelConfig,
    width: usize,
    height: usize,
) -> Result<u64, PlanError> {
    let (unit, max) = (config.painted_token_pixels(), config.max_paint_side());
    let fits = |side: usize| side > 0 && side <= max && side.is_multiple_of(unit);
    if fits(width) && fits(height) {
        Ok((width / unit * (height / unit)) as u64)
    } else {
        Err(PlanError::Size {
            width,
            height,
            unit,
            max,
        })
    }
}
