//! What is checked of a PNG file before a decoder sees it.

use crate::budget::DEFLATE_MOST;

/// Colour type of a palette (PNG, table 11.1).
const INDEXED: u8 = 3;

/// Depth and colour type of the header.
fn depth_and_color(bytes: &[u8]) -> Option<(u8, u8)> {
    Some((*bytes.get(24)?, *bytes.get(25)?))
}

/// Whether so many bytes are a palette (PNG, 11.2.2).
fn is_palette(length: usize) -> bool {
    length.is_multiple_of(3) && (3..=768).contains(&length)
}

/// Whether the palette of a picture that is shown through one has the size that the standard demands, wherever it stands:
/// the decoder (png 0.18) takes that for granted. True also where there is no palette, which the decoder says itself.
pub(super) fn palette_fits(bytes: &[u8]) -> bool {
    let Some((_, INDEXED)) = depth_and_color(bytes) else {
        return true;
    };
    palette_lengths(bytes).all(is_palette)
}

/// The lengths of all palettes.
fn palette_lengths(bytes: &[u8]) -> impl Iterator<Item = usize> {
    const SIGNATURE: usize = 8;
    let mut at = SIGNATURE;
    let chunks = std::iter::from_fn(move || {
        let &[a, b, c, d, ref name @ ..] = bytes.get(at..at.checked_add(8)?)? else {
            return None;
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        // Length, name and checksum.
        at = at.checked_add(length)?.checked_add(12)?;
        Some((name == b"PLTE").then_some(length))
    });
    chunks.flatten()
}

/// The fewest bytes that a file of its size and depth can have; `None` for a header that is cut off or of no kind.
pub(super) fn least_bytes(bytes: &[u8]) -> Option<u64> {
    let (depth, color) = depth_and_color(bytes)?;
    let samples = match color {
        0 | INDEXED => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let word = |at: usize| {
        let four = <[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?;
        Some(u64::from(u32::from_be_bytes(four)))
    };
    let (width, height) = (word(16)?, word(20)?);
    let row = (width * samples * u64::from(depth)).div_ceil(8);
    // Interlaced rows are more, not fewer.
    Some(row.saturating_mul(height) / DEFLATE_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header and an empty chunk of each of these names and lengths.
    fn file(color: u8, size: [u32; 2], chunks: &[(&[u8; 4], u32)]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(size.iter().flat_map(|side| side.to_be_bytes()));
        bytes.extend([8, color, 0, 0, 0, 0, 0, 0, 0]);
        for (name, length) in chunks {
            bytes.extend(length.to_be_bytes());
            bytes.extend(*name);
            bytes.extend(vec![0; *length as usize + 4]);
        }
        bytes
    }

    #[test]
    fn palettes_have_one_to_256_colours() {
        let fitting: Vec<usize> = (0..1000).filter(|n| is_palette(*n)).collect();
        assert_eq!((fitting.len(), fitting[0], fitting[255]), (256, 3, 768));
        let plain = file(
            INDEXED,
            [2, 2],
            &[(b"gAMA", 4), (b"PLTE", 6), (b"IDAT", 10)],
        );
        assert_eq!(palette_lengths(&plain).collect::<Vec<_>>(), [6]);
        assert!(palette_fits(&plain));
        // Behind the pixels and behind the end as well.
        let late = file(
            INDEXED,
            [2, 2],
            &[(b"IDAT", 10), (b"PLTE", 9), (b"IEND", 0), (b"PLTE", 12)],
        );
        assert_eq!(palette_lengths(&late).collect::<Vec<_>>(), [9, 12]);
    }

    #[test]
    fn a_file_cannot_be_shorter_than_what_deflate_makes_of_it() {
        assert_eq!(least_bytes(&file(2, [1040, 100], &[])), Some(300));
        assert_eq!(least_bytes(&file(9, [1040, 100], &[])), None);
        assert_eq!(least_bytes(b"\x89PNG"), None);
    }
}
