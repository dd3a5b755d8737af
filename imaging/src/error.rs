//! The one error type of the crate: each message says what happened, what was expected and what to do.

use crate::Format;

/// Why an image could not be read, resized, compared or written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImagingError {
    /// The bytes are of no known image format.
    #[error(
        "This is not an image that can be read here. Choose a PNG, JPEG, WebP, BMP or TIFF file."
    )]
    NotAnImage,
    /// The bytes are of a known format that this crate does not read.
    #[error(
        "This is a {found} file, which cannot be read here. Save it as PNG or JPEG and choose that file."
    )]
    OtherFormat {
        /// Name of the format, for example "GIF".
        found: &'static str,
    },
    /// The format is right, but this flavour of it is not supported.
    #[error(
        "This {format} file uses a form that cannot be read here ({reason}). Save it as 8-bit PNG and try again."
    )]
    Unsupported {
        /// Format of the file.
        format: Format,
        /// What is unusual about it.
        reason: String,
    },
    /// The file ends too early.
    #[error("This {format} file ends before the picture is complete. Copy or download it again.")]
    Truncated {
        /// Format of the file.
        format: Format,
    },
    /// The file contradicts its own format.
    #[error("This {format} file is damaged ({reason}). Copy or download it again.")]
    Corrupt {
        /// Format of the file.
        format: Format,
        /// What the decoder said.
        reason: String,
    },
    /// More pixels than the model's pre-processing allows.
    #[error(
        "This image has {width} x {height} = {pixels} pixels; at most {limit} can be read. Crop it or make it smaller."
    )]
    TooManyPixels {
        /// Width in the file's header.
        width: u64,
        /// Height in the file's header.
        height: u64,
        /// Their product.
        pixels: u64,
        /// The limit in force.
        limit: u64,
    },
    /// A side is zero.
    #[error("An image needs at least one pixel, got {width} x {height}.")]
    Empty {
        /// Width that was asked for.
        width: usize,
        /// Height that was asked for.
        height: usize,
    },
    /// The buffer does not have the length that the size implies.
    #[error("An image of {width} x {height} needs {expected} values, got {found}.")]
    Length {
        /// Width of the image.
        width: usize,
        /// Height of the image.
        height: usize,
        /// Values that the size implies.
        expected: usize,
        /// Values that came.
        found: usize,
    },
    /// Two images that must agree in size do not.
    #[error(
        "Both images must have the same size, got {a_width} x {a_height} and {b_width} x {b_height}. Resize one of them first."
    )]
    SizesDiffer {
        /// Width of the first image.
        a_width: usize,
        /// Height of the first image.
        a_height: usize,
        /// Width of the second image.
        b_width: usize,
        /// Height of the second image.
        b_height: usize,
    },
    /// A side is shorter than the operation's window.
    #[error("Both sides must be at least {least} pixels for this, got {width} x {height}.")]
    TooSmall {
        /// The shortest side that works.
        least: usize,
        /// Width of the image.
        width: usize,
        /// Height of the image.
        height: usize,
    },
    /// A resize rule makes no sense.
    #[error("The resize rule is not usable: {reason}. Correct the model's transforms.")]
    BadRule {
        /// Which number is wrong and what it should be.
        reason: String,
    },
    /// The image could not be written.
    #[error("The picture could not be written as PNG: {reason}.")]
    Encode {
        /// What the encoder said.
        reason: String,
    },
}
