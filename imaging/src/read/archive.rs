//! ZIP archives and gzip files, never inflated beyond what may be used.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::budget::Budget;
use crate::{Format, ImagingError};

/// Bytes by which a file is told before the rest of it is inflated; no format needs more.
const HEAD: usize = 4 << 10;
/// Longer names are shortened: those in archives may have 65 535 bytes, and every frame keeps the name of its file.
const LONGEST_NAME: usize = 255;

/// Inflates a gzip file, unless `check` refuses its beginning.
///
/// # Errors
/// What `check` says; [`ImagingError::TooLarge`] and [`ImagingError::InflatesTooFar`] beyond the budget;
/// [`ImagingError::Truncated`] and [`ImagingError::Corrupt`] of a damaged file.
pub(super) fn gunzip(
    bytes: &[u8],
    budget: &mut Budget,
    check: impl FnOnce(&[u8]) -> Result<(), ImagingError>,
) -> Result<Vec<u8>, ImagingError> {
    let reader = flate2::read::MultiGzDecoder::new(bytes);
    inflate(reader, Format::Gzip, budget, check)
}

/// Reads to the end within the budget. No size that a file claims is believed: memory grows with what comes.
fn inflate(
    reader: impl Read,
    format: Format,
    budget: &mut Budget,
    check: impl FnOnce(&[u8]) -> Result<(), ImagingError>,
) -> Result<Vec<u8>, ImagingError> {
    let limit = budget.left().min(budget.inflatable());
    let mut reader = reader.take(limit.saturating_add(1));
    let mut out = Vec::new();
    let mut read = reader.by_ref().take(HEAD as u64).read_to_end(&mut out);
    if read.is_ok() {
        if let Err(refused) = check(&out) {
            budget.inflated(out.len());
            return Err(refused);
        }
        read = reader.read_to_end(&mut out);
    }
    budget.inflated(out.len());
    read.map_err(|error| broken(format, &error))?;
    if out.len() as u64 > limit {
        return Err(budget.cannot_inflate(out.len() as u64));
    }
    Ok(out)
}

/// The files of a ZIP archive, in its order.
pub(super) struct Zip<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// The entry that is looked at next.
    next: usize,
}

impl<'a> Zip<'a> {
    /// Reads the list of files.
    ///
    /// # Errors
    /// [`ImagingError::NoImage`] of an archive without any, [`ImagingError::TooManyFiles`] when there are far more than
    /// `most_files`, and what is wrong with the archive.
    pub(super) fn new(bytes: &'a [u8], most_files: usize) -> Result<Self, ImagingError> {
        if !lists_fit(bytes) {
            return Err(ImagingError::Corrupt {
                format: Format::Zip,
                reason: "it says that it has more files than its bytes can list".to_owned(),
            });
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| explain(&error))?;
        if archive.is_empty() {
            return Err(ImagingError::NoImage {
                format: Format::Zip,
                what: "an archive without any file".to_owned(),
            });
        }
        if archive.len() > most_files.saturating_mul(2) {
            return Err(ImagingError::TooManyFiles);
        }
        Ok(Self { archive, next: 0 })
    }

    /// The name of the next file that somebody put there.
    pub(super) fn next(&mut self) -> Option<String> {
        while self.next < self.archive.len() {
            let index = self.next;
            self.next += 1;
            let Ok(entry) = self.archive.by_index_raw(index) else {
                continue;
            };
            // A name that is no text still names a file.
            let name = entry
                .name()
                .map_or_else(|_| format!("file {index}"), std::borrow::Cow::into_owned);
            if !entry.is_dir() && !is_litter(&name) {
                return Some(shortened(&name));
            }
        }
        None
    }

    /// Inflates the file whose name came last, unless `check` refuses its beginning.
    ///
    /// # Errors
    /// As [`gunzip`], and [`ImagingError::Encrypted`] or [`ImagingError::UnsupportedForm`] of what is not read.
    pub(super) fn inflate(
        &mut self,
        budget: &mut Budget,
        check: impl FnOnce(&[u8]) -> Result<(), ImagingError>,
    ) -> Result<Vec<u8>, ImagingError> {
        let index = self.next.saturating_sub(1);
        let file = self.archive.by_index(index);
        let file = file.map_err(|error| explain(&error))?;
        // Where even the archive says that it is too much, nothing is inflated.
        if file.size() > budget.left().min(budget.inflatable()) {
            return Err(budget.cannot_inflate(file.size()));
        }
        inflate(file, Format::Zip, budget, check)
    }
}

/// Whether every number of files that an archive states in 64 bits is one that its bytes can list: the reader (zip 9.8) makes
/// room for so many before it looks for them. Those of 16 bits need no guard.
fn lists_fit(bytes: &[u8]) -> bool {
    /// Zip64 end of central directory locator and record (APPNOTE 6.3.10, 4.3.15 and 4.3.14).
    const LOCATOR: &[u8] = b"PK\x06\x07";
    const RECORD: &[u8] = b"PK\x06\x06";
    /// Bytes of the shortest entry of the list (4.3.12).
    const ENTRY: u64 = 46;
    /// A longer rest is no record but chance.
    const LONGEST: u64 = 1 << 20;
    let has = |part: &[u8]| part.windows(4).any(|four| four == LOCATOR);
    // The locator stands before the last record and its comment, which has at most 65 535 bytes.
    if !has(&bytes[bytes.len().saturating_sub(66 << 10)..]) {
        return true;
    }
    let number = |record: &[u8], at: usize| {
        let eight = <[u8; 8]>::try_from(record.get(at..at + 8)?).ok()?;
        Some(u64::from_le_bytes(eight))
    };
    let most = bytes.len() as u64 / ENTRY;
    let mut records = bytes.windows(56).filter(|part| part.starts_with(RECORD));
    records.all(|record| {
        let rest = number(record, 4).unwrap_or(0);
        let counts = [24, 32].map(|at| number(record, at).unwrap_or(0));
        rest > LONGEST || counts.iter().all(|count| *count <= most)
    })
}

/// A name that is short enough to be kept many times.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let end: Vec<char> = name.chars().rev().take(LONGEST_NAME / 4).collect();
    std::iter::once('…').chain(end.into_iter().rev()).collect()
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
