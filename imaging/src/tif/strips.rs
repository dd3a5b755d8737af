//! Strips and tiles, compared with the bytes that there are before a decoder makes room for a picture.

use super::directory::{File, TRUNCATED, corrupt};
use super::page::{
    JPEG, LZW, Page, STRIP_BYTES, STRIP_OFFSETS, TILE_BYTES, TILE_HEIGHT, TILE_OFFSETS, TILE_WIDTH,
};
use crate::ImagingError;
use crate::budget::{Budget, DEFLATE_MOST};

/// Entries that the decoder reads of a page. It (tiff 0.11.3) makes room for as many values as an entry says that it has.
const READ: [u16; 16] = [
    256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 324, 325, 338, 339,
];
/// How often each byte of a file may lie in a strip or tile: writers let tiles that are alike share theirs.
const SHARED: u64 = 16;
/// Bytes that may be shared in any file.
const FREE: u64 = 16 << 20;

/// The most bytes of samples that a byte of a strip can become. Compressions that are not read become none.
fn most_of_byte(compression: u64, width: u64) -> u64 {
    match compression {
        1 => 1,
        // Huffman codes and CCITT groups 3 and 4: a bit can stand for a line of single bits.
        2..=4 => width.max(8),
        // A code of nine bits or more for a string of at most 4096 bytes (TIFF 6.0, section 13).
        LZW => 4096,
        // A block of 64 samples takes a bit, and there may be three components of a quarter beside it.
        JPEG => 8 * 64 * 4,
        // Two bytes for 128 (TIFF 6.0, section 9).
        32_773 => 64,
        _ => DEFLATE_MOST,
    }
}

/// Compares the size of a page with its strips and tiles.
///
/// # Errors
/// [`ImagingError::Truncated`] when they have too few bytes for it, whatever these are; [`ImagingError::Corrupt`] when they
/// lie over each other; [`ImagingError::TooMuchWork`] when tiles are much larger than their pictures, many times.
pub(super) fn check(file: &File<'_>, page: &Page, budget: &mut Budget) -> Result<(), ImagingError> {
    let inside = |tag: &u16| file.is_inside(&page.directory, *tag);
    if !READ.iter().all(inside) {
        return Err(TRUNCATED);
    }
    let numbers = |tag| file.numbers(&page.directory, tag);
    let mut places = numbers(TILE_OFFSETS);
    let tiled = !places.is_empty();
    let lengths = if tiled {
        numbers(TILE_BYTES)
    } else {
        places = numbers(STRIP_OFFSETS);
        numbers(STRIP_BYTES)
    };
    if places.is_empty() || lengths.is_empty() {
        // The decoder says what is missing before it makes room for anything.
        return Ok(());
    }
    let size = file.bytes.len() as u64;
    let inside = |(place, length): (&u64, &u64)| (*length).min(size.saturating_sub(*place));
    let parts = places.iter().zip(&lengths).map(inside);
    let there = parts.fold(0, u64::saturating_add);
    if there > size.saturating_mul(SHARED) + FREE {
        return Err(corrupt("strips that lie over each other"));
    }
    let pixels = page.pixels() as u64;
    let needed = (pixels * page.samples as u64).saturating_mul(page.bits) / 8;
    let most = most_of_byte(page.compression(file), page.width.into());
    if needed > there.saturating_mul(most) {
        return Err(TRUNCATED);
    }
    if tiled {
        let side = |tag| file.first(&page.directory, tag).unwrap_or(0);
        let decoded = (places.len() as u64).saturating_mul(side(TILE_WIDTH) * side(TILE_HEIGHT));
        let shown = pixels * page.samples as u64;
        budget.work(decoded.saturating_sub(4 * shown))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_byte_can_become_is_known_of_every_compression() {
        assert_eq!(most_of_byte(1, 100), 1);
        assert_eq!(most_of_byte(4, 5000), 5000);
        assert_eq!(most_of_byte(32_773, 100), 64);
        assert_eq!(most_of_byte(8, 100), DEFLATE_MOST);
        assert!(most_of_byte(JPEG, 100) > most_of_byte(8, 100));
    }
}
