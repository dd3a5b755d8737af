//! One compressed frame to integers, whatever the compression.

use super::errors::{TRUNCATED, corrupt};
use super::layout::Layout;
use super::syntax::Syntax;
use crate::jpeg::{self, JpegHeader, Process};
use crate::{ImagingError, jpeg_lossless, jpegls};

/// Integers of a frame, pixel by pixel.
#[derive(Debug)]
pub(super) enum StoredPixels {
    /// One byte each.
    Bytes(Vec<u8>),
    /// Two bytes each.
    Words(Vec<u16>),
    /// Four bytes each.
    Wide(Vec<u32>),
}

/// A decoded frame.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) stored: StoredPixels,
    /// Bits of a sample in the compressed stream; of plain samples those that are allocated. Signed samples of JPEG 2000
    /// are two's complement.
    pub(super) precision: u32,
    /// Whether the stream was luma and chroma and still is.
    pub(super) ybr: bool,
}

/// Compares a stream's own size with the header's before anything is allocated.
pub(super) fn check(
    layout: &Layout,
    width: usize,
    height: usize,
    samples: usize,
) -> Result<(), ImagingError> {
    if (width, height, samples) == (layout.columns, layout.rows, layout.samples) {
        return Ok(());
    }
    Err(corrupt(format!(
        "the header says {} x {} pixels of {} samples, the compressed image has {width} x {height} of {samples}",
        layout.columns, layout.rows, layout.samples
    )))
}

/// JPEG: baseline, extended, progressive at 8 bit, lossless up to 16 bit.
pub(super) fn jpeg(data: &[u8], layout: &Layout, syntax: &Syntax) -> Result<Decoded, ImagingError> {
    let header = JpegHeader::read(data).ok_or_else(|| corrupt("JPEG without a frame header"))?;
    if header.process == Process::Lossless {
        return lossless(data, layout, syntax);
    }
    let explain = |problem| match problem {
        jpeg::Problem::Truncated => TRUNCATED,
        jpeg::Problem::Corrupt(reason) => corrupt(reason),
        jpeg::Problem::Unsupported(what) => ImagingError::TransferSyntax {
            name: format!("{} with {what}", syntax.name),
            uid: syntax.uid.to_owned(),
        },
    };
    header.check_readable().map_err(explain)?;
    check(layout, header.width, header.height, header.components)?;
    // The Photometric Interpretation alone says what the components are (PS3.5, 8.2.1), as DCMTK and GDCM have it. Marks
    // of JFIF and Adobe in the stream are often left from before.
    let ybr = header.components == 3 && layout.photometric.is_ybr();
    Ok(Decoded {
        stored: StoredPixels::Bytes(jpeg::decode(data, &header, ybr).map_err(explain)?),
        precision: header.precision,
        ybr: false,
    })
}

/// Lossless JPEG. What the colours are is the DICOM header's to say: nothing is converted on the way.
fn lossless(data: &[u8], layout: &Layout, syntax: &Syntax) -> Result<Decoded, ImagingError> {
    let explain = |problem| match problem {
        jpeg_lossless::DecodeError::Truncated => TRUNCATED,
        jpeg_lossless::DecodeError::Corrupt(reason) => corrupt(format!("lossless JPEG: {reason}")),
        jpeg_lossless::DecodeError::Unsupported(what) => ImagingError::TransferSyntax {
            name: format!("{} ({what})", syntax.name),
            uid: syntax.uid.to_owned(),
        },
    };
    let header = jpeg_lossless::read_header(data).map_err(explain)?;
    check(layout, header.width, header.height, header.components)?;
    let samples = jpeg_lossless::decode(data).map_err(explain)?;
    Ok(Decoded {
        stored: narrow(samples, header.precision),
        precision: u32::from(header.precision),
        ybr: layout.photometric.is_ybr(),
    })
}

/// Samples in as few bytes as they need.
fn narrow(samples: Vec<u16>, precision: u8) -> StoredPixels {
    if precision <= 8 {
        StoredPixels::Bytes(samples.iter().map(|v| *v as u8).collect())
    } else {
        StoredPixels::Words(samples)
    }
}

/// JPEG-LS, lossless and near-lossless.
pub(super) fn jpeg_ls(
    data: &[u8],
    layout: &Layout,
    syntax: &Syntax,
) -> Result<Decoded, ImagingError> {
    let explain = |problem| match problem {
        jpegls::DecodeError::Truncated => TRUNCATED,
        jpegls::DecodeError::Corrupt(reason) => corrupt(format!("JPEG-LS: {reason}")),
        jpegls::DecodeError::Unsupported(what) => ImagingError::TransferSyntax {
            name: format!("{} ({what})", syntax.name),
            uid: syntax.uid.to_owned(),
        },
    };
    let header = jpegls::read_header(data).map_err(explain)?;
    check(layout, header.width, header.height, header.components)?;
    let samples = jpegls::decode(data).map_err(explain)?;
    Ok(Decoded {
        stored: narrow(samples, header.precision),
        precision: u32::from(header.precision),
        ybr: layout.photometric.is_ybr(),
    })
}
