//! Text inside a PNG file: who made the image, from which words, and that it is not for clinical use.
//!
//! International text chunks (`iTXt`, PNG specification, third edition, 11.3.3.4), placed right after the header.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};

/// A chunk's checksum (PNG specification, 5.5). Without tables: they would be 16 kB of the page for a few hundred bytes a file.
const CHECKSUM: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// Length of the signature and the header chunk, after which text may stand.
const AFTER_HEADER: usize = 8 + 4 + 4 + 13 + 4;

/// The file with one `iTXt` chunk for each keyword and text; the file as it was when it is not a PNG.
///
/// Keywords are 1 to 79 Latin letters; texts may be anything.
pub(crate) fn with_text(png: &[u8], entries: &[(&str, &str)]) -> Vec<u8> {
    if png.len() < AFTER_HEADER || !png.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png.to_vec();
    }
    let (head, rest) = png.split_at(AFTER_HEADER);
    let mut out = head.to_vec();
    for (keyword, text) in entries {
        push_chunk(&mut out, keyword, text);
    }
    out.extend_from_slice(rest);
    out
}

fn push_chunk(out: &mut Vec<u8>, keyword: &str, text: &str) {
    let mut chunk = b"iTXt".to_vec();
    chunk.extend_from_slice(keyword.as_bytes());
    // End of keyword, not compressed, method 0, no language, no translated keyword.
    chunk.extend_from_slice(&[0, 0, 0, 0, 0]);
    chunk.extend_from_slice(text.as_bytes());
    let length = u32::try_from(chunk.len() - 4).expect("invariant: a prompt is shorter than 4 GiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&chunk);
    out.extend_from_slice(&CHECKSUM.checksum(&chunk).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey image of one pixel, written by hand.
    const TINY: &[u8] = &[
        0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0,
        0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78,
        0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N',
        b'D', 0xae, 0x42, 0x60, 0x82,
    ];

    #[test]
    fn text_stands_right_after_the_header() {
        let out = with_text(TINY, &[("Comment", "é")]);
        let chunk = &out[AFTER_HEADER..out.len() - (TINY.len() - AFTER_HEADER)];
        assert_eq!(&chunk[..8], &[0, 0, 0, 14, b'i', b'T', b'X', b't']);
        assert_eq!(&chunk[8..22], b"Comment\0\0\0\0\0\xc3\xa9");
        assert_eq!(chunk.len(), 12 + 14);
        assert_eq!(CHECKSUM.checksum(&chunk[4..22]).to_be_bytes(), chunk[22..]);
        assert_eq!(&out[out.len() - 12..], &TINY[TINY.len() - 12..]);
    }

    #[test]
    fn what_is_not_a_png_is_left_alone() {
        assert_eq!(with_text(b"GIF89a", &[("Comment", "x")]), b"GIF89a");
    }
}
