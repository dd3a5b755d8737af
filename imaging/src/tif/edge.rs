//! Tiles that reach beyond the right edge of their picture.

use tiff::decoder::DecodingResult;

use super::directory::File;
use super::page::{LZW, Page, TILE_WIDTH};
use crate::pixel_limit::MAX_PIXELS;

/// How many columns the decoder is asked for. It (tiff 0.11.3) finds no end in most LZW tiles that reach beyond the right
/// edge, when it passes over the columns there; so it decodes those as well.
pub(super) fn decoded_columns(file: &File<'_>, page: &Page) -> u32 {
    let tile = file.first(&page.directory, TILE_WIDTH).unwrap_or(0);
    let whole = u64::from(page.width).next_multiple_of(tile.max(1));
    // A width that is written with 16 bits has to stay one.
    let fits = whole <= u64::from(u16::MAX) || page.width > u32::from(u16::MAX);
    // A narrow picture in very wide tiles is not worth the memory.
    let small = whole.saturating_mul(u64::from(page.height)) <= 2 * MAX_PIXELS;
    if page.compression(file) == LZW && fits && small {
        u32::try_from(whole).unwrap_or(page.width)
    } else {
        page.width
    }
}

/// Leaves the first numbers of each row.
pub(super) fn crop(numbers: &mut DecodingResult, all: usize, kept: usize) {
    fn of<T: Copy>(list: &mut Vec<T>, all: usize, kept: usize) {
        *list = list
            .chunks(all)
            .flat_map(|row| &row[..kept.min(row.len())])
            .copied()
            .collect();
    }
    match numbers {
        DecodingResult::U8(v) => of(v, all, kept),
        DecodingResult::U16(v) => of(v, all, kept),
        DecodingResult::U32(v) => of(v, all, kept),
        DecodingResult::U64(v) => of(v, all, kept),
        DecodingResult::I8(v) => of(v, all, kept),
        DecodingResult::I16(v) => of(v, all, kept),
        DecodingResult::I32(v) => of(v, all, kept),
        DecodingResult::I64(v) => of(v, all, kept),
        DecodingResult::F16(v) => of(v, all, kept),
        DecodingResult::F32(v) => of(v, all, kept),
        DecodingResult::F64(v) => of(v, all, kept),
    }
}
