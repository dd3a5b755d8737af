//! A JPEG-LS decoder (ITU-T T.87 | ISO/IEC 14495-1).
//!
//! Lossless and near-lossless, 2 to 16 bits a sample, one to four components in scans of their own, interleaved by line or by
//! sample. Refused by name: mapping tables, point transforms, restart intervals, subsampling, and HP's colour transform.
//! A stream that ends early is an error: no sample is ever made up.
//!
//! Nothing here depends on the rest of the library, and nothing but memory is needed: no threads, no files.
//!
//! ```
//! use unimed_imaging::jpegls::{decode, read_header};
//!
//! // The worked example of T.87, annex H.3.
//! let stream = [
//!     0xff, 0xd8, 0xff, 0xf7, 0, 11, 8, 0, 4, 0, 4, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0xc0, 0x00,
//!     0x00, 0x6c, 0x80, 0x20, 0x8e, 0x01, 0xc0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6e, 0xe6, 0x00, 0x00, 0x01,
//!     0xbc, 0x18, 0x00, 0x00, 0x05, 0xd8, 0x00, 0x00, 0x91, 0x60, 0xff, 0xd9,
//! ];
//! let header = read_header(&stream)?;
//! assert_eq!((header.width, header.height, header.components, header.precision), (4, 4, 1, 8));
//! let samples = decode(&stream)?;
//! assert_eq!(samples[..4], [0, 0, 90, 74]);
//! # Ok::<(), unimed_imaging::jpegls::DecodeError>(())
//! ```

mod bits;
mod coder;
mod scan;

use coder::Parameters;

/// Why a JPEG-LS stream could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It ends too early.
    #[error("the JPEG-LS stream ends too early")]
    Truncated,
    /// It contradicts the standard.
    #[error("the JPEG-LS stream is damaged: {0}")]
    Corrupt(&'static str),
    /// It uses a part of the standard that is not supported.
    #[error("{0} cannot be read")]
    Unsupported(&'static str),
}

/// The frame header of a stream (T.87, C.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Components a pixel.
    pub components: usize,
    /// Bits a sample.
    pub precision: u8,
}

/// Marker codes (T.87, C.1.1 and T.81).
mod marker {
    pub(super) const START: u8 = 0xd8;
    pub(super) const END: u8 = 0xd9;
    pub(super) const FRAME: u8 = 0xf7;
    pub(super) const PRESETS: u8 = 0xf8;
    pub(super) const SCAN: u8 = 0xda;
    pub(super) const RESTART: u8 = 0xdd;
    /// Application segment 8.
    pub(super) const MIXED: u8 = 0xe8;
}

/// Reads the frame header without decoding.
///
/// # Errors
/// [`DecodeError`] when there is no readable frame header before the first scan.
pub fn read_header(bytes: &[u8]) -> Result<FrameHeader, DecodeError> {
    let mut at = start(bytes)?;
    loop {
        let (code, body, next) = segment(bytes, at)?;
        match code {
            marker::FRAME => return frame_header(body).map(|(header, _)| header),
            marker::SCAN | marker::END => return Err(DecodeError::Corrupt("no frame header")),
            _ => at = next,
        }
    }
}

/// Decodes a stream to samples, pixel by pixel: `[height * width * components]`.
///
/// Memory for these is asked for at once, unless the stream has too few bits for a size like that; compare the size in
/// [`read_header`] with what you are willing to give first.
///
/// # Errors
/// [`DecodeError`] when not every sample can be decoded.
pub fn decode(bytes: &[u8]) -> Result<Vec<u16>, DecodeError> {
    let mut at = start(bytes)?;
    let mut frame: Option<(FrameHeader, Vec<u8>)> = None;
    let mut presets: Option<[usize; 5]> = None;
    let mut out = Vec::new();
    let mut done = Vec::new();
    loop {
        let (code, body, next) = segment(bytes, at)?;
        at = next;
        match code {
            marker::FRAME if frame.is_some() => {
                return Err(DecodeError::Corrupt("two frame headers"));
            }
            marker::FRAME => {
                let (header, ids) = frame_header(body)?;
                done = vec![false; header.components];
                // A line takes at least the bit of a run (A.7.1), of all components together where they share runs.
                if header.height > bytes.len().saturating_mul(8) {
                    return Err(DecodeError::Truncated);
                }
                out = vec![0; header.width * header.height * header.components];
                frame = Some((header, ids));
            }
            marker::PRESETS => match body.first() {
                Some(1) if body.len() >= 11 => {
                    let word = |i: usize| {
                        usize::from(u16::from_be_bytes([body[1 + 2 * i], body[2 + 2 * i]]))
                    };
                    presets = Some([0, 1, 2, 3, 4].map(word));
                }
                Some(2 | 3) => return Err(DecodeError::Unsupported("JPEG-LS mapping tables")),
                Some(4) => {
                    return Err(DecodeError::Unsupported(
                        "JPEG-LS of more than 65 535 columns or lines",
                    ));
                }
                _ => return Err(DecodeError::Corrupt("impossible presets")),
            },
            // Three components may have been mixed by a transform of HP's, which no standard describes.
            marker::MIXED if body.starts_with(b"mrfx") && body.get(4) != Some(&0) => {
                return Err(DecodeError::Unsupported("HP colour transform"));
            }
            marker::RESTART if body.iter().any(|b| *b != 0) => {
                return Err(DecodeError::Unsupported("JPEG-LS restart intervals"));
            }
            marker::SCAN => {
                let (header, ids) = frame
                    .as_ref()
                    .ok_or(DecodeError::Corrupt("scan before frame"))?;
                let scan = scan_header(body, ids)?;
                for component in &scan.components {
                    if std::mem::replace(&mut done[*component], true) {
                        return Err(DecodeError::Corrupt("two scans of one component"));
                    }
                }
                let parameters = Parameters::new(header.precision, scan.near, presets)?;
                let data = bytes.get(at..).ok_or(DecodeError::Truncated)?;
                at += scan::decode(data, *header, &scan, parameters, &mut out)?;
                if done.iter().all(|d| *d) {
                    return Ok(out);
                }
            }
            marker::END => return Err(DecodeError::Truncated),
            _ => {}
        }
    }
}

/// What a scan header says.
#[derive(Debug)]
struct ScanHeader {
    /// Indices of the components that it holds.
    components: Vec<usize>,
    /// Largest error of a sample.
    near: usize,
    /// 0: one component, 1: a line of each in turn, 2: a sample of each in turn.
    interleave: u8,
}

fn start(bytes: &[u8]) -> Result<usize, DecodeError> {
    match bytes {
        [0xff, marker::START, ..] => Ok(2),
        _ => Err(DecodeError::Corrupt("no start marker")),
    }
}

/// The marker at or behind `at`, its body and the position after it.
fn segment(bytes: &[u8], mut at: usize) -> Result<(u8, &[u8], usize), DecodeError> {
    while bytes.get(at).ok_or(DecodeError::Truncated)? != &0xff {
        at += 1;
    }
    while bytes.get(at).ok_or(DecodeError::Truncated)? == &0xff {
        at += 1;
    }
    let code = bytes[at];
    at += 1;
    if matches!(code, 0x00 | 0x01 | 0xd0..=0xd9) {
        return Ok((code, &[], at));
    }
    let length = match bytes.get(at..at + 2) {
        Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
        _ => return Err(DecodeError::Truncated),
    };
    if length < 2 {
        return Err(DecodeError::Corrupt("a segment shorter than its length"));
    }
    let body = bytes
        .get(at + 2..at + length)
        .ok_or(DecodeError::Truncated)?;
    Ok((code, body, at + length))
}

/// Size and component identifiers.
fn frame_header(body: &[u8]) -> Result<(FrameHeader, Vec<u8>), DecodeError> {
    let &[precision, h1, h0, w1, w0, components, ref specs @ ..] = body else {
        return Err(DecodeError::Corrupt("a short frame header"));
    };
    let header = FrameHeader {
        width: usize::from(u16::from_be_bytes([w1, w0])),
        height: usize::from(u16::from_be_bytes([h1, h0])),
        components: usize::from(components),
        precision,
    };
    // Wider ones are stated elsewhere, and the number of lines may follow the first scan (DNL).
    if header.width == 0 || header.height == 0 {
        return Err(DecodeError::Unsupported(
            "JPEG-LS without its size in the frame header",
        ));
    }
    if !(2..=16).contains(&precision) {
        return Err(DecodeError::Corrupt("an impossible frame header"));
    }
    if !(1..=4).contains(&components) || specs.len() < 3 * header.components {
        return Err(DecodeError::Corrupt("an impossible number of components"));
    }
    let specs = specs.chunks_exact(3).take(header.components);
    if specs.clone().any(|spec| spec[1] != 0x11) {
        return Err(DecodeError::Unsupported("subsampled JPEG-LS"));
    }
    Ok((header, specs.map(|spec| spec[0]).collect()))
}

fn scan_header(body: &[u8], ids: &[u8]) -> Result<ScanHeader, DecodeError> {
    let count = usize::from(*body.first().ok_or(DecodeError::Truncated)?);
    let rest = body.get(1 + 2 * count..).unwrap_or_default();
    let &[near, interleave, transform, ..] = rest else {
        return Err(DecodeError::Corrupt("a short scan header"));
    };
    if transform != 0
        || body[1..=2 * count]
            .iter()
            .skip(1)
            .step_by(2)
            .any(|t| *t != 0)
    {
        return Err(DecodeError::Unsupported(
            "JPEG-LS point transforms and mapping tables",
        ));
    }
    let components: Option<Vec<usize>> = body[1..=2 * count]
        .iter()
        .step_by(2)
        .map(|id| ids.iter().position(|known| known == id))
        .collect();
    let components = components.ok_or(DecodeError::Corrupt("a scan of an unknown component"))?;
    let fits = match interleave {
        0 => components.len() == 1,
        1 | 2 => !components.is_empty(),
        _ => false,
    };
    if !fits {
        return Err(DecodeError::Corrupt("an impossible interleave mode"));
    }
    Ok(ScanHeader {
        components,
        near: usize::from(near),
        interleave,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of T.87, annex H.3: 4 x 4 samples of 8 bit.
    #[rustfmt::skip]
    const EXAMPLE: [u8; 57] = [
        0xff, 0xd8, // start
        0xff, 0xf7, 0, 11, 8, 0, 4, 0, 4, 1, 1, 0x11, 0, // frame
        0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, // scan
        0xc0, 0x00, 0x00, 0x6c, 0x80, 0x20, 0x8e, 0x01, 0xc0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6e,
        0xe6, 0x00, 0x00, 0x01, 0xbc, 0x18, 0x00, 0x00, 0x05, 0xd8, 0x00, 0x00, 0x91, 0x60, // samples
        0xff, 0xd9,
    ];

    #[test]
    fn a_cut_stream_is_told_apart_from_a_whole_one() {
        let header = read_header(&EXAMPLE).unwrap();
        assert_eq!((header.width, header.height, header.components), (4, 4, 1));
        for end in 0..EXAMPLE.len() - 6 {
            assert!(decode(&EXAMPLE[..end]).is_err(), "{end} bytes");
        }
        let presets = |kind: u8| [&EXAMPLE[..2], &[0xff, 0xf8, 0, 3, kind], &EXAMPLE[2..]].concat();
        for kind in [2, 3, 4] {
            let found = decode(&presets(kind));
            assert!(matches!(found, Err(DecodeError::Unsupported(_))), "{kind}");
        }
        for kind in [0, 1, 5] {
            let found = decode(&presets(kind));
            assert!(matches!(found, Err(DecodeError::Corrupt(_))), "{kind}");
        }
        let mut late = EXAMPLE;
        late[8] = 0;
        assert!(matches!(
            read_header(&late),
            Err(DecodeError::Unsupported(_))
        ));
        let mixed = [&EXAMPLE[..2], b"\xff\xe8\0\x07mrfx\x01", &EXAMPLE[2..]].concat();
        assert_eq!(
            decode(&mixed),
            Err(DecodeError::Unsupported("HP colour transform"))
        );
    }

    /// What the example holds.
    const SAMPLES: [u16; 16] = [
        0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
    ];

    #[test]
    fn the_example_of_the_standard_is_decoded() {
        assert_eq!(decode(&EXAMPLE).unwrap(), SAMPLES);
    }

    #[test]
    fn components_in_scans_of_their_own_are_found() {
        let (scan, end) = (&EXAMPLE[15..55], &EXAMPLE[55..]);
        let frame = [
            0xff, 0xd8, 0xff, 0xf7, 0, 14, 8, 0, 4, 0, 4, 2, 1, 0x11, 0, 2, 0x11, 0,
        ];
        let mut second = scan.to_vec();
        second[5] = 2;
        let stream = [&frame[..], scan, &second, end].concat();
        let twice: Vec<u16> = SAMPLES.iter().flat_map(|v| [*v, *v]).collect();
        assert_eq!(decode(&stream).unwrap(), twice);
        // More lines than the stream has bits: nothing is made of them.
        let mut tall = EXAMPLE;
        tall[7] = 0xff;
        assert_eq!(decode(&tall), Err(DecodeError::Truncated));
        for broken in [
            [&frame[..], scan, scan, end].concat(),
            [&frame[..], scan, &frame[2..], &second, end].concat(),
        ] {
            assert!(matches!(decode(&broken), Err(DecodeError::Corrupt(_))));
        }
    }
}
