//! A JPEG-LS decoder (ITU-T T.87 | ISO/IEC 14495-1): lossless and near-lossless, 2 to 16 bit, components in separate
//! scans, line- or sample-interleaved. Mapping tables and subsampling, which DICOM does not use, are refused.

mod bits;
mod coder;
mod scan;

use coder::Parameters;

/// Why a JPEG-LS stream could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It ends too early.
    Truncated,
    /// It contradicts the standard.
    Corrupt(&'static str),
    /// It uses a part of the standard that is not supported.
    Unsupported(&'static str),
}

/// The frame header of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Columns.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// Components a pixel.
    pub(crate) components: usize,
    /// Bits a sample.
    pub(crate) precision: u8,
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
pub(crate) fn probe(bytes: &[u8]) -> Result<Header, Problem> {
    let mut at = start(bytes)?;
    loop {
        let (code, body, next) = segment(bytes, at)?;
        match code {
            marker::FRAME => return frame_header(body).map(|(header, _)| header),
            marker::SCAN | marker::END => return Err(Problem::Corrupt("no frame header")),
            _ => at = next,
        }
    }
}

/// Decodes a stream to samples, pixel by pixel: `[height * width * components]`.
///
/// The caller checks the size in [`probe`] first.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<u16>, Problem> {
    let mut at = start(bytes)?;
    let mut frame: Option<(Header, Vec<u8>)> = None;
    let mut presets: Option<[usize; 5]> = None;
    let mut out = Vec::new();
    let mut done = Vec::new();
    loop {
        let (code, body, next) = segment(bytes, at)?;
        at = next;
        match code {
            marker::FRAME if frame.is_some() => {
                return Err(Problem::Corrupt("two frame headers"));
            }
            marker::FRAME => {
                let (header, ids) = frame_header(body)?;
                done = vec![false; header.components];
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
                _ => return Err(Problem::Unsupported("JPEG-LS mapping tables")),
            },
            // Three components may have been mixed by a transform of HP's, which no standard describes.
            marker::MIXED if body.starts_with(b"mrfx") && body.get(4) != Some(&0) => {
                return Err(Problem::Unsupported("HP colour transform"));
            }
            marker::RESTART if body.iter().any(|b| *b != 0) => {
                return Err(Problem::Unsupported("JPEG-LS restart intervals"));
            }
            marker::SCAN => {
                let (header, ids) = frame
                    .as_ref()
                    .ok_or(Problem::Corrupt("scan before frame"))?;
                let scan = scan_header(body, ids)?;
                for component in &scan.components {
                    if std::mem::replace(&mut done[*component], true) {
                        return Err(Problem::Corrupt("two scans of one component"));
                    }
                }
                let parameters = Parameters::new(header.precision, scan.near, presets)?;
                let data = bytes.get(at..).ok_or(Problem::Truncated)?;
                at += scan::decode(data, *header, &scan, parameters, &mut out)?;
                if done.iter().all(|d| *d) {
                    return Ok(out);
                }
            }
            marker::END => return Err(Problem::Truncated),
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

fn start(bytes: &[u8]) -> Result<usize, Problem> {
    match bytes {
        [0xff, marker::START, ..] => Ok(2),
        _ => Err(Problem::Corrupt("no start marker")),
    }
}

/// The marker at or behind `at`, its body and the position after it.
fn segment(bytes: &[u8], mut at: usize) -> Result<(u8, &[u8], usize), Problem> {
    while bytes.get(at).ok_or(Problem::Truncated)? != &0xff {
        at += 1;
    }
    while bytes.get(at).ok_or(Problem::Truncated)? == &0xff {
        at += 1;
    }
    let code = bytes[at];
    at += 1;
    if matches!(code, 0x00 | 0x01 | 0xd0..=0xd9) {
        return Ok((code, &[], at));
    }
    let length = match bytes.get(at..at + 2) {
        Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
        _ => return Err(Problem::Truncated),
    };
    if length < 2 {
        return Err(Problem::Corrupt("a segment shorter than its length"));
    }
    let body = bytes.get(at + 2..at + length).ok_or(Problem::Truncated)?;
    Ok((code, body, at + length))
}

/// Size and component identifiers.
fn frame_header(body: &[u8]) -> Result<(Header, Vec<u8>), Problem> {
    let &[precision, h1, h0, w1, w0, components, ref specs @ ..] = body else {
        return Err(Problem::Corrupt("a short frame header"));
    };
    let header = Header {
        width: usize::from(u16::from_be_bytes([w1, w0])),
        height: usize::from(u16::from_be_bytes([h1, h0])),
        components: usize::from(components),
        precision,
    };
    if header.width == 0 || header.height == 0 || !(2..=16).contains(&precision) {
        return Err(Problem::Corrupt("an impossible frame header"));
    }
    if !(1..=4).contains(&components) || specs.len() < 3 * header.components {
        return Err(Problem::Corrupt("an impossible number of components"));
    }
    let specs = specs.chunks_exact(3).take(header.components);
    if specs.clone().any(|spec| spec[1] != 0x11) {
        return Err(Problem::Unsupported("subsampled JPEG-LS"));
    }
    Ok((header, specs.map(|spec| spec[0]).collect()))
}

fn scan_header(body: &[u8], ids: &[u8]) -> Result<ScanHeader, Problem> {
    let count = usize::from(*body.first().ok_or(Problem::Truncated)?);
    let rest = body.get(1 + 2 * count..).unwrap_or_default();
    let &[near, interleave, transform, ..] = rest else {
        return Err(Problem::Corrupt("a short scan header"));
    };
    if transform != 0
        || body[1..=2 * count]
            .iter()
            .skip(1)
            .step_by(2)
            .any(|t| *t != 0)
    {
        return Err(Problem::Unsupported(
            "JPEG-LS point transforms and mapping tables",
        ));
    }
    let components: Option<Vec<usize>> = body[1..=2 * count]
        .iter()
        .step_by(2)
        .map(|id| ids.iter().position(|known| known == id))
        .collect();
    let components = components.ok_or(Problem::Corrupt("a scan of an unknown component"))?;
    let fits = match interleave {
        0 => components.len() == 1,
        1 | 2 => !components.is_empty(),
        _ => false,
    };
    if !fits {
        return Err(Problem::Corrupt("an impossible interleave mode"));
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
        let header = probe(&EXAMPLE).unwrap();
        assert_eq!((header.width, header.height, header.components), (4, 4, 1));
        for end in 0..EXAMPLE.len() - 6 {
            assert!(decode(&EXAMPLE[..end]).is_err(), "{end} bytes");
        }
        let mut mapped = EXAMPLE;
        mapped[3] = 0xf8;
        assert!(matches!(decode(&mapped), Err(Problem::Unsupported(_))));
        let mixed = [&EXAMPLE[..2], b"\xff\xe8\0\x07mrfx\x01", &EXAMPLE[2..]].concat();
        assert_eq!(
            decode(&mixed),
            Err(Problem::Unsupported("HP colour transform"))
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
        for broken in [
            [&frame[..], scan, scan, end].concat(),
            [&frame[..], scan, &frame[2..], &second, end].concat(),
        ] {
            assert!(matches!(decode(&broken), Err(Problem::Corrupt(_))));
        }
    }
}
