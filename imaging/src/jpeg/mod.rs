//! JPEG with a cosine transform, for pictures and for DICOM frames alike.
//!
//! The samples come from the crate `jpeg-decoder`, which gave the numbers of libjpeg-turbo in every form of scans,
//! sampling factors and restart intervals that was tried (docs/reference/codecs.md). What it must not be left to do is decided
//! here: which colour space the components are in, and which streams are refused.

mod end;
mod header;
mod picture;

use std::borrow::Cow;

use jpeg_decoder::{ColorTransform, Decoder, Error};

pub(crate) use end::has_end;
pub(crate) use header::{JpegHeader, Process};
pub(crate) use picture::Picture;

/// Why a stream could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It ends too early.
    Truncated,
    /// It contradicts the standard.
    Corrupt(String),
    /// It uses a part of the standard that is not supported.
    Unsupported(String),
}

/// What a decoder may allocate beside its result for a frame of so many samples.
fn working_bytes(samples: usize) -> usize {
    samples.saturating_mul(4).max(1 << 20)
}

/// Decodes a stream of 8-bit samples, pixel by pixel. The caller has checked the size in `header`.
///
/// Three components that are luma and chroma (`ybr`) become red, green and blue; four components become cyan, magenta,
/// yellow and black with 255 for full ink, from inverted inks as Adobe writes them, or from luma, chroma and black.
pub(crate) fn decode(bytes: &[u8], header: &JpegHeader, ybr: bool) -> Result<Vec<u8>, Problem> {
    let transform = match (header.components, ybr) {
        (3, true) => ColorTransform::YCbCr,
        (3, false) => ColorTransform::RGB,
        (4, true) => ColorTransform::YCCK,
        (4, false) => ColorTransform::CMYK,
        _ => ColorTransform::None,
    };
    decode_by(bytes, header, transform)
}

/// Decodes a stream of 8-bit samples, pixel by pixel, in whatever colour space they are stored. The caller has checked the
/// size in `header`.
pub(crate) fn decode_stored(bytes: &[u8], header: &JpegHeader) -> Result<Vec<u8>, Problem> {
    // Not by `ColorTransform::None`, with which jpeg-decoder 0.3.2 writes each line of a component after the other.
    let (transform, inverted) = match header.components {
        1 => (ColorTransform::None, false),
        3 => (ColorTransform::RGB, false),
        // As it turns the inks of Adobe's files around, they are turned back.
        4 => (ColorTransform::CMYK, true),
        n => return Err(Problem::Unsupported(format!("JPEG of {n} components"))),
    };
    let mut samples = decode_by(bytes, header, transform)?;
    if inverted {
        samples.iter_mut().for_each(|sample| *sample = !*sample);
    }
    Ok(samples)
}

fn decode_by(
    bytes: &[u8],
    header: &JpegHeader,
    transform: ColorTransform,
) -> Result<Vec<u8>, Problem> {
    header.check_readable()?;
    if header.least_bytes() > bytes.len() {
        return Err(Problem::Truncated);
    }
    let bytes = without_notes(bytes);
    let mut decoder = Decoder::new(&bytes[..]);
    let samples = header
        .width
        .saturating_mul(header.height)
        .saturating_mul(header.components);
    decoder.set_max_decoding_buffer_size(working_bytes(samples));
    if header.components > 1 {
        decoder.set_color_transform(transform);
    }
    let pixels = decoder.decode().map_err(|error| match error {
        Error::Io(_) => Problem::Truncated,
        Error::Unsupported(what) => Problem::Unsupported(format!("{what:?}")),
        other => Problem::Corrupt(other.to_string()),
    })?;
    if pixels.len() != samples {
        return Err(Problem::Corrupt(
            "a second frame header of another size".to_owned(),
        ));
    }
    Ok(pixels)
}

/// The stream without the application segments and comments in front of the first scan: the decoder refuses some that
/// say nothing about the samples. A stream without Huffman tables, as motion JPEG has them, gets that one's mark, with
/// which the decoder takes the standard's tables (T.81, annex K.3), as libjpeg-turbo does.
fn without_notes(bytes: &[u8]) -> Cow<'_, [u8]> {
    const START: [u8; 2] = [0xff, 0xd8];
    const MOTION: [u8; 18] = *b"\xff\xe0\0\x10AVI1\0\0\0\0\0\0\0\0\0\0";
    let mut kept = Vec::new();
    let mut segments = header::Segments::new(bytes);
    let (mut dropped, mut tables) = (false, false);
    while let Some((code, _)) = segments.next() {
        let segment = &bytes[segments.marker..segments.at];
        match code {
            0xfe | 0xe0..=0xef => dropped = true,
            header::SCAN if !dropped && tables => return Cow::Borrowed(bytes),
            header::SCAN => {
                let mark: &[u8] = if tables { &[] } else { &MOTION };
                let rest = &bytes[segments.marker..];
                return Cow::Owned([&START, mark, &kept, rest].concat());
            }
            code => {
                tables |= code == header::TABLES;
                kept.extend_from_slice(segment);
            }
        }
    }
    Cow::Borrowed(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_left_out_and_motion_jpeg_is_marked() {
        let table = [0xff, 0xc4, 0, 3, 7];
        let scan = [0xff, 0xda, 0, 2, 1, 2, 0xff, 0xd9];
        let note = b"\xff\xfe\0\x04\xff\xda";
        let start = [0xff, 0xd8];
        let plain = [&start[..], &table, &scan].concat();
        assert_eq!(without_notes(&plain), plain);
        let noted = [&start[..], note, &table, note, &scan].concat();
        assert_eq!(without_notes(&noted), plain);
        let bare = [&start[..], &scan].concat();
        let marked = without_notes(&bare);
        assert!(marked.starts_with(b"\xff\xd8\xff\xe0\0\x10AVI1"));
        assert!(marked.ends_with(&scan));
        assert_eq!(marked.len(), bare.len() + 18);
    }
}
