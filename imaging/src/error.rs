//! The one error type of the crate: each message says what happened, what was expected and what to do.

use crate::crop::Crop;
use crate::format::Format;

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
    /// There is no such frame or slice.
    #[error("There is no frame {frame}: the series has {frames}, counted from 0.")]
    NoSuchFrame {
        /// The frame or slice that was asked for.
        frame: usize,
        /// How many there are.
        frames: usize,
    },
    /// A plane was asked for through something that is no volume.
    #[error(
        "This series is no volume, so no plane can be cut through it. Choose one of its frames instead."
    )]
    NoVolume,
    /// A part that the picture does not hold.
    #[error(
        "A part of {} x {} pixels from column {} and row {} does not lie inside of a picture of {width} x {height}. Choose a part that does.",
        crop.width,
        crop.height,
        crop.left,
        crop.top
    )]
    Outside {
        /// The part that was asked for.
        crop: Crop,
        /// Width of the picture.
        width: usize,
        /// Height of the picture.
        height: usize,
    },
    /// The file has no bytes.
    #[error("This file is empty (0 bytes). Copy or download it again.")]
    EmptyFile,
    /// The bytes are of no format that the viewer opens.
    #[error(
        "This is not an image that can be opened here. Choose PNG, JPEG, WebP, BMP, TIFF, DICOM or NIfTI files, or a ZIP archive of them."
    )]
    UnknownFile,
    /// The file is encrypted.
    #[error("This {format} file is encrypted ({reason}). Decrypt it first and open the result.")]
    Encrypted {
        /// Format of the file.
        format: Format,
        /// How one can tell.
        reason: &'static str,
    },
    /// A DICOM object, NIfTI header or archive without any picture.
    #[error(
        "This {format} file holds no image: it is {what}. Open the image files that belong to it."
    )]
    NoImage {
        /// Format of the file.
        format: Format,
        /// What it is instead, with its article.
        what: String,
    },
    /// DICOM pixel data in a compression that is not read.
    #[error(
        "The image in this DICOM file is compressed as {name} ({uid}), which cannot be read here. Export it uncompressed or as lossless JPEG, for example with dcmdjpeg or gdcmconv --raw, and open the result."
    )]
    TransferSyntax {
        /// Name of the transfer syntax.
        name: String,
        /// Its UID.
        uid: String,
    },
    /// DICOM or NIfTI whose form is not supported.
    #[error("This {format} file uses a form that cannot be read here ({reason}). {remedy}")]
    UnsupportedForm {
        /// Format of the file.
        format: Format,
        /// What is unusual about it.
        reason: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Decoding would take more memory than is allowed.
    #[error(
        "Opening this would take {needed_mib} MiB of memory; at most {limit_mib} MiB are allowed. Open fewer or smaller files at a time."
    )]
    TooLarge {
        /// What is needed at least, MiB.
        needed_mib: u64,
        /// The limit in force, MiB.
        limit_mib: u64,
    },
    /// So many frames that what is kept of each beside its pixels takes more memory than the file is worth.
    #[error(
        "This file has {frames} frames; what is kept of them beside their pixels would take {needed_mib} MiB of memory, and {limit_mib} MiB are left for it. Export fewer frames at a time and open the result."
    )]
    TooManyFrames {
        /// Frames of the file.
        frames: u64,
        /// Memory for their descriptions, MiB.
        needed_mib: u64,
        /// What is left of the memory for descriptions, MiB.
        limit_mib: u64,
    },
    /// Archives come to more bytes than their own size allows for.
    #[error(
        "The archives that were opened come to more than {limit_mib} MiB unpacked, more than files of their size hold. Unpack them and open the files that are needed."
    )]
    InflatesTooFar {
        /// Most that is unpacked of what was opened, MiB.
        limit_mib: u64,
    },
    /// An archive lies in more archives than are opened one in the other.
    #[error(
        "Here {found} archives lie in each other; at most {limit} are opened. Unpack the outer ones and open the files in them."
    )]
    NestedArchive {
        /// How many archives lie in each other at least, this one included.
        found: usize,
        /// The limit in force.
        limit: usize,
    },
    /// Reading takes more work than what was opened is worth.
    #[error(
        "This asks for {steps} million steps of work; files of this size need fewer than {limit} million. Copy or export it again, and open it alone."
    )]
    TooMuchWork {
        /// Steps so far, millions.
        steps: u64,
        /// The limit in force, millions.
        limit: u64,
    },
    /// More files than are opened at a time.
    #[error("These are more files than can be opened at a time. Open fewer of them.")]
    TooManyFiles,
    /// The image could not be written.
    #[error("The picture could not be written as PNG: {reason}.")]
    Encode {
        /// What the encoder said.
        reason: String,
    },
}
