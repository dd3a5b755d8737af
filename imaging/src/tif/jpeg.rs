//! JPEG inside of TIFF (TIFF Technical Note 2): a stream a strip or tile, tables that all of them share.
//!
//! By the decoder that pictures and DICOM frames have as well. The `tiff` crate's own (zune-jpeg 0.5.15) is wrong without an
//! error where each component has a scan of its own.

use super::directory::{File, TRUNCATED, corrupt};
use super::page::{
    Meaning, Page, ROWS_PER_STRIP, STRIP_BYTES, STRIP_OFFSETS, TILE_BYTES, TILE_HEIGHT,
    TILE_OFFSETS, TILE_WIDTH, unsupported,
};
use crate::ImagingError;
use crate::jpeg::{self, JpegHeader, Problem};

const JPEG_TABLES: u16 = 347;
const MARKER_BYTES: usize = 2;
/// Four quantization tables and eight Huffman tables have less than 4 KiB (T.81, B.2.4).
const MOST_TABLES: usize = 64 << 10;

/// The strips or tiles of a page, from left to right and from top to bottom.
struct Chunks {
    /// Position and length in the file.
    places: Vec<(u64, u64)>,
    width: usize,
    height: usize,
    /// How many lie beside each other.
    across: usize,
}

impl Chunks {
    /// Those of one plane of a page that keeps its samples in planes, or all of them.
    fn of(file: &File<'_>, page: &Page, plane: Option<usize>) -> Self {
        let numbers = |tag| file.numbers(&page.directory, tag);
        let first = |tag| numbers(tag).first().map(|&n| n as usize);
        let (width, height) = (page.width as usize, page.height as usize);
        let tile = first(TILE_WIDTH).zip(first(TILE_HEIGHT));
        let (width_each, height_each, offsets, lengths) = match tile {
            Some((across, down)) => (across, down, TILE_OFFSETS, TILE_BYTES),
            None => {
                let rows = first(ROWS_PER_STRIP).unwrap_or(height).min(height);
                (width, rows, STRIP_OFFSETS, STRIP_BYTES)
            }
        };
        let mut places: Vec<_> = numbers(offsets).into_iter().zip(numbers(lengths)).collect();
        if let Some(plane) = plane {
            let each = places.len() / page.samples;
            places = places.split_off(plane * each);
            places.truncate(each);
        }
        Self {
            places,
            width: width_each.max(1),
            height: height_each.max(1),
            across: width.div_ceil(width_each.max(1)),
        }
    }
}

/// Whether a page's luma and chroma become red, green and blue with its decoding, as libtiff leaves it to libjpeg.
pub(super) fn becomes_rgb(page: &Page) -> bool {
    page.meaning == Meaning::YCbCr && !page.planar
}

/// The samples of a page, components at full resolution: as they are stored, or red, green and blue where [`becomes_rgb`]
/// says so.
///
/// # Errors
///
/// [`ImagingError::Unsupported`] of a form of JPEG that is not read, [`ImagingError::Corrupt`] and
/// [`ImagingError::Truncated`] of a page that contradicts its streams.
pub(super) fn samples(
    file: &File<'_>,
    page: &Page,
    samples: usize,
    plane: Option<usize>,
) -> Result<Vec<u8>, ImagingError> {
    if page.bits != 8 {
        return Err(unsupported(format!("JPEG of {} bits a sample", page.bits)));
    }
    let tables = file.bytes_of(&page.directory, JPEG_TABLES);
    // They are put in front of every strip or tile.
    if tables.len() > MOST_TABLES {
        return Err(corrupt("JPEG tables of more than 64 KiB"));
    }
    let chunks = Chunks::of(file, page, plane);
    let (width, height) = (page.width as usize, page.height as usize);
    let down = height.div_ceil(chunks.height);
    if chunks.places.len() < chunks.across * down {
        return Err(TRUNCATED);
    }
    let mut page_samples = vec![0; width * height * samples];
    for (number, &(offset, length)) in chunks.places.iter().take(chunks.across * down).enumerate() {
        let (x, y) = (
            number % chunks.across * chunks.width,
            number / chunks.across * chunks.height,
        );
        let (columns, rows) = (chunks.width.min(width - x), chunks.height.min(height - y));
        let stream = stream(file, tables, offset, length)
            .filter(|stream| jpeg::has_end(stream))
            .ok_or(TRUNCATED)?;
        let header = JpegHeader::read(&stream).ok_or_else(|| corrupt("no header"))?;
        let fits = header.components == samples
            && (columns..=chunks.width).contains(&header.width)
            && (rows..=chunks.height).contains(&header.height);
        if !fits {
            return Err(corrupt("a JPEG stream that does not fit its strip or tile"));
        }
        let decoded = if becomes_rgb(page) {
            jpeg::decode(&stream, &header, true)
        } else {
            jpeg::decode_stored(&stream, &header)
        };
        let decoded = decoded.map_err(explain)?;
        let lines = decoded.chunks_exact(header.width * samples).take(rows);
        for (row, line) in lines.enumerate() {
            let at = ((y + row) * width + x) * samples;
            page_samples[at..at + columns * samples].copy_from_slice(&line[..columns * samples]);
        }
    }
    Ok(page_samples)
}

/// The stream of a chunk with the tables of the page put in front: both begin with SOI, the tables end with EOI.
fn stream(file: &File<'_>, tables: &[u8], offset: u64, length: u64) -> Option<Vec<u8>> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    let chunk = file.bytes.get(start..end)?;
    let tables = tables
        .strip_suffix(&[0xff, 0xd9])
        .unwrap_or(tables)
        .get(MARKER_BYTES..)
        .unwrap_or_default();
    let (soi, rest) = chunk.split_at_checked(MARKER_BYTES)?;
    Some([soi, tables, rest].concat())
}

fn explain(problem: Problem) -> ImagingError {
    match problem {
        Problem::Truncated => TRUNCATED,
        Problem::Corrupt(reason) => corrupt(&reason),
        Problem::Unsupported(reason) => unsupported(reason),
    }
}
