//! Bytes whose bits are to be read from the lowest one on (FillOrder 2, TIFF 6.0, section 8), as scanners write them.

use super::directory::{File, Patch};
use super::page::{JPEG, Page, STRIP_BYTES, STRIP_OFFSETS, TILE_BYTES, TILE_OFFSETS};
use crate::{Format, ImagingError};

const FILL_ORDER: u16 = 266;
const LOWEST_FIRST: u64 = 2;

/// The strips or tiles of a page in the usual order of bits, where the file has the other one. Like libtiff, this turns the
/// bytes as they are stored, compressed or not, of every number of bits; JPEG has an order of its own.
pub(super) fn usual(file: &File<'_>, page: &Page) -> Result<Vec<Patch>, ImagingError> {
    let directory = &page.directory;
    if file.first(directory, FILL_ORDER) != Some(LOWEST_FIRST) || page.compression(file) == JPEG {
        return Ok(Vec::new());
    }
    let mut patches: Vec<Patch> = Vec::new();
    let mut total = 0_usize;
    for (offsets, lengths) in [(STRIP_OFFSETS, STRIP_BYTES), (TILE_OFFSETS, TILE_BYTES)] {
        let (offsets, lengths) = (
            file.numbers(directory, offsets),
            file.numbers(directory, lengths),
        );
        for (offset, length) in offsets.into_iter().zip(lengths) {
            let part = || {
                let start = usize::try_from(offset).ok()?;
                let end = start.checked_add(usize::try_from(length).ok()?)?;
                file.bytes.get(start..end)
            };
            let part = part().ok_or(ImagingError::Truncated {
                format: Format::Tiff,
            })?;
            total = total.saturating_add(part.len());
            if total > file.bytes.len() {
                return Err(ImagingError::Corrupt {
                    format: Format::Tiff,
                    reason: "strips that lie over each other".to_owned(),
                });
            }
            patches.push((
                offset,
                part.iter().map(|byte| byte.reverse_bits()).collect(),
            ));
        }
    }
    Ok(patches)
}
