//! ZIP archives and gzip files, never inflated beyond what may be used.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::Budget;
use crate::{Format, ImagingError};

/// How often the memory limit may pass through an archive: its files are decoded one at a time.
const PASSES: u64 = 4;

/// Inflates a gzip file.
pub(super) fn gunzip(bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, ImagingError> {
    let limit = budget.left();
    let reader = flate2::read::MultiGzDecoder::new(bytes);
    let mut out = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut out)
        .map_err(|error| broken(Format::Gzip, &error))?;
    if out.len() as u64 > limit {
        return Err(budget.exceeded(out.len() as u64));
    }
    Ok(out)
}

/// Calls `each` with every file of an archive, in the archive's order; its bytes are dropped before the next one.
pub(super) fn unzip(
    bytes: &[u8],
    most_files: usize,
    limit: u64,
    mut each: impl FnMut(&str, Result<Vec<u8>, ImagingError>),
) -> Result<(), ImagingError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| explain(&error))?;
    if archive.is_empty() {
        return Err(ImagingError::NoImage {
            format: Format::Zip,
            what: "an archive without any file".to_owned(),
        });
    }
    if archive.len() > most_files.saturating_mul(2) {
        return Err(ImagingError::TooManyFiles);
    }
    let mut left = limit.saturating_mul(PASSES);
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_raw(index) else {
            continue;
        };
        // A name that is no text still names a file.
        let name = entry
            .name()
            .map_or_else(|_| format!("file {index}"), std::borrow::Cow::into_owned);
        let skip = entry.is_dir() || is_litter(&name);
        drop(entry);
        if skip {
            continue;
        }
        let bytes = inflate(&mut archive, index, limit.min(left));
        left -= bytes.as_ref().map_or(0, |b| b.len() as u64).min(left);
        each(&name, bytes);
    }
    Ok(())
}

fn inflate(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    limit: u64,
) -> Result<Vec<u8>, ImagingError> {
    let file = archive.by_index(index).map_err(|error| explain(&error))?;
    let too_large = |needed: u64| ImagingError::TooLarge {
        needed_mib: needed.div_ceil(1 << 20),
        limit_mib: limit >> 20,
    };
    if file.size() > limit {
        return Err(too_large(file.size()));
    }
    // The size in the archive may be a lie: it is neither allocated nor trusted.
    let mut out = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut out)
        .map_err(|error| broken(Format::Zip, &error))?;
    if out.len() as u64 > limit {
        return Err(too_large(out.len() as u64));
    }
    Ok(out)
}

/// What systems leave in archives and nobody put there.
fn is_litter(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/")
        || base.starts_with("._")
        || matches!(base, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

fn broken(format: Format, error: &std::io::Error) -> ImagingError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => ImagingError::Truncated { format },
        _ => ImagingError::Corrupt {
            format,
            reason: error.to_string(),
        },
    }
}

fn explain(error: &ZipError) -> ImagingError {
    let format = Format::Zip;
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            ImagingError::Encrypted {
                format,
                reason: "it needs a password",
            }
        }
        ZipError::UnsupportedArchive(reason) => ImagingError::UnsupportedForm {
            format,
            reason: (*reason).to_owned(),
            remedy: "Unpack it and open the files.",
        },
        ZipError::CompressionMethodNotSupported(method) => ImagingError::UnsupportedForm {
            format,
            reason: format!("compression method {method}"),
            remedy: "Unpack it and open the files.",
        },
        ZipError::Io(error) => broken(format, error),
        other => ImagingError::Corrupt {
            format,
            reason: other.to_string(),
        },
    }
}
