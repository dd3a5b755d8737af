//! A decoder of lossless JPEG with Huffman codes (ITU-T T.81 | ISO/IEC 10918-1, annex H: process 14, SOF3).
//!
//! Predictors 1 to 7, 2 to 16 bits a sample, one to four components in one scan or in several, restart intervals, point
//! transforms, and a number of lines that follows the first scan (DNL). Components of different size (subsampling) and
//! the hierarchical and arithmetic forms are refused. A stream that ends early or whose restart markers are out of step
//! is an error: no sample is ever made up.
//!
//! Nothing here depends on the rest of the library, and nothing but memory is needed: no threads, no files.
//!
//! ```
//! use unimed_imaging::jpeg_lossless::{decode, read_header};
//!
//! // Two by two samples of 8 bits; every difference is 0, whose code is a single bit.
//! let stream = [
//!     0xff, 0xd8, // start
//!     0xff, 0xc3, 0, 11, 8, 0, 2, 0, 2, 1, 1, 0x11, 0, // frame
//!     0xff, 0xc4, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // Huffman table
//!     0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0, // scan, predictor 1
//!     0x0f, 0xff, 0xd9,
//! ];
//! let header = read_header(&stream)?;
//! assert_eq!((header.width, header.height, header.components, header.precision), (2, 2, 1, 8));
//! assert_eq!(decode(&stream)?, [128; 4]);
//! # Ok::<(), unimed_imaging::jpeg_lossless::DecodeError>(())
//! ```

mod bits;
mod huffman;
mod scan;
mod segments;
#[cfg(test)]
mod tests;

use huffman::Table;
use segments::{Segment, Segments, marker};

/// Why a lossless JPEG stream could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It ends too early.
    #[error("the lossless JPEG stream ends too early")]
    Truncated,
    /// It contradicts the standard.
    #[error("the lossless JPEG stream is damaged: {0}")]
    Corrupt(&'static str),
    /// It uses a part of the standard that is not supported.
    #[error("{0} cannot be read")]
    Unsupported(&'static str),
}

/// The frame header of a stream (T.81, B.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Columns.
    pub width: usize,
    /// Rows, from the frame header or from the DNL segment.
    pub height: usize,
    /// Components a pixel.
    pub components: usize,
    /// Bits a sample.
    pub precision: u8,
}

/// One component of the frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Component {
    id: u8,
    /// Horizontal and vertical sampling factor.
    sampling: (u8, u8),
}

/// What a scan header says (T.81, B.2.3 and table H.1).
#[derive(Debug)]
struct Scan {
    /// For each component of the scan its index in the frame and the number of its Huffman table.
    components: Vec<(usize, usize)>,
    /// 1 to 7.
    predictor: u8,
    /// Bits that were cut off below each sample.
    point_transform: u8,
}

/// Reads the size without decoding. Where the frame header leaves the number of lines open, the first scan is skipped
/// to find it.
///
/// # Errors
/// [`DecodeError`] when there is no readable frame header before the first scan, or no number of lines.
pub fn read_header(bytes: &[u8]) -> Result<FrameHeader, DecodeError> {
    frame(bytes).map(|(header, _)| header)
}

/// Decodes a stream to samples, pixel by pixel: `[height * width * components]`.
///
/// Samples are the stream's own numbers, already scaled back by the point transform. Those of a valid stream fit into its
/// precision. Memory for them is asked for at once, unless the stream has too few bits for a size like that; compare the size
/// in [`read_header`] with what you are willing to give first.
///
/// # Errors
/// [`DecodeError`] when not every sample can be decoded.
pub fn decode(bytes: &[u8]) -> Result<Vec<u16>, DecodeError> {
    let (header, components) = frame(bytes)?;
    // A sample takes at least one bit: the shortest code (C.2).
    let least = (header.width * header.height).checked_mul(header.components);
    if least.is_none_or(|samples| samples.div_ceil(8) > bytes.len()) {
        return Err(DecodeError::Truncated);
    }
    let mut out = vec![0; header.width * header.height * header.components];
    let mut tables: [Option<Table>; 4] = Default::default();
    let mut restart_interval = 0;
    let mut done = vec![false; header.components];
    let mut segments = Segments::new(bytes)?;
    loop {
        let Segment { code, body } = segments.next()?;
        match code {
            marker::HUFFMAN => define_tables(body, &mut tables)?,
            marker::RESTART_INTERVAL => {
                let &[high, low, ..] = body else {
                    return Err(DecodeError::Corrupt("a short restart interval"));
                };
                restart_interval = usize::from(u16::from_be_bytes([high, low]));
            }
            marker::SCAN => {
                let scan = scan_header(body, &components, header.precision)?;
                for (index, _) in &scan.components {
                    if std::mem::replace(&mut done[*index], true) {
                        return Err(DecodeError::Corrupt("two scans of one component"));
                    }
                }
                let taken = scan::decode(
                    segments.rest(),
                    header,
                    &scan,
                    &tables,
                    restart_interval,
                    &mut out,
                )?;
                segments.skip(taken);
                if done.iter().all(|d| *d) {
                    return Ok(out);
                }
            }
            marker::END => return Err(DecodeError::Truncated),
            _ => {}
        }
    }
}

/// The frame header and its components, with the number of lines wherever it stands.
fn frame(bytes: &[u8]) -> Result<(FrameHeader, Vec<Component>), DecodeError> {
    let mut segments = Segments::new(bytes)?;
    let mut frame: Option<(FrameHeader, Vec<Component>)> = None;
    loop {
        let Segment { code, body } = segments.next()?;
        match code {
            marker::LOSSLESS if frame.is_none() => {
                let found = frame_header(body)?;
                frame = Some(found);
            }
            marker::LOSSLESS => return Err(DecodeError::Corrupt("two frame headers")),
            marker::HIERARCHICAL => return Err(DecodeError::Unsupported("hierarchical JPEG")),
            marker::ARITHMETIC_LOSSLESS => {
                return Err(DecodeError::Unsupported(
                    "lossless JPEG with arithmetic codes",
                ));
            }
            code if marker::is_frame(code) => {
                return Err(DecodeError::Unsupported(
                    "a JPEG process that is not lossless",
                ));
            }
            marker::SCAN => break,
            marker::END => return Err(DecodeError::Corrupt("no scan")),
            _ => {}
        }
    }
    let (mut header, components) = frame.ok_or(DecodeError::Corrupt("a scan before the frame"))?;
    if header.height == 0 {
        segments.skip_scan();
        let Segment { code, body } = segments.next()?;
        let (marker::LINES, &[high, low, ..]) = (code, body) else {
            return Err(DecodeError::Corrupt("a frame without a number of lines"));
        };
        header.height = usize::from(u16::from_be_bytes([high, low]));
        if header.height == 0 {
            return Err(DecodeError::Corrupt("a frame of no lines"));
        }
    }
    Ok((header, components))
}

fn frame_header(body: &[u8]) -> Result<(FrameHeader, Vec<Component>), DecodeError> {
    let &[precision, h1, h0, w1, w0, count, ref specs @ ..] = body else {
        return Err(DecodeError::Corrupt("a short frame header"));
    };
    let header = FrameHeader {
        width: usize::from(u16::from_be_bytes([w1, w0])),
        height: usize::from(u16::from_be_bytes([h1, h0])),
        components: usize::from(count),
        precision,
    };
    if header.width == 0 || !(2..=16).contains(&precision) {
        return Err(DecodeError::Corrupt("an impossible frame header"));
    }
    if !(1..=4).contains(&count) || specs.len() < 3 * header.components {
        return Err(DecodeError::Corrupt("an impossible number of components"));
    }
    let components: Vec<Component> = specs
        .chunks_exact(3)
        .take(header.components)
        .map(|spec| Component {
            id: spec[0],
            sampling: (spec[1] >> 4, spec[1] & 15),
        })
        .collect();
    let first = components[0].sampling;
    if components.iter().any(|c| c.sampling != first) {
        return Err(DecodeError::Unsupported("subsampled lossless JPEG"));
    }
    if !(1..=4).contains(&first.0) || !(1..=4).contains(&first.1) {
        return Err(DecodeError::Corrupt("an impossible sampling factor"));
    }
    let repeated = |(i, c): (usize, &Component)| components[..i].iter().any(|d| d.id == c.id);
    if components.iter().enumerate().any(repeated) {
        return Err(DecodeError::Corrupt("two components of one name"));
    }
    Ok((header, components))
}

/// A DHT segment, which may hold several tables (T.81, B.2.4.2).
fn define_tables(mut body: &[u8], tables: &mut [Option<Table>; 4]) -> Result<(), DecodeError> {
    const SHORT: DecodeError = DecodeError::Corrupt("a short Huffman table");
    while let Some((&place, rest)) = body.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
        let total = counts.iter().map(|n| usize::from(*n)).sum();
        let (values, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
        body = rest;
        // Class 1 is for the other coefficients of a cosine transform.
        if place >> 4 == 0 {
            let table = tables
                .get_mut(usize::from(place & 15))
                .ok_or(DecodeError::Corrupt("a Huffman table beyond the fourth"))?;
            *table = Some(Table::new(counts, values)?);
        }
    }
    Ok(())
}

fn scan_header(body: &[u8], components: &[Component], precision: u8) -> Result<Scan, DecodeError> {
    const SHORT: DecodeError = DecodeError::Corrupt("a short scan header");
    let (&count, rest) = body.split_first().ok_or(SHORT)?;
    let (specs, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or(SHORT)?;
    let &[predictor, _, approximation, ..] = rest else {
        return Err(SHORT);
    };
    if !(1..=7).contains(&predictor) {
        return Err(DecodeError::Corrupt("a predictor that is none of 1 to 7"));
    }
    let point_transform = approximation & 15;
    if point_transform >= precision {
        return Err(DecodeError::Corrupt("a point transform that leaves no bit"));
    }
    let parts: Option<Vec<(usize, usize)>> = specs
        .chunks_exact(2)
        .map(|spec| {
            let index = components.iter().position(|c| c.id == spec[0])?;
            Some((index, usize::from(spec[1] >> 4)))
        })
        .collect();
    let parts = parts.ok_or(DecodeError::Corrupt("a scan of an unknown component"))?;
    if parts.is_empty() {
        return Err(DecodeError::Corrupt("a scan of nothing"));
    }
    // The factors of one component alone in its scan mean nothing (A.2.2).
    if parts.len() > 1 && components[0].sampling != (1, 1) {
        return Err(DecodeError::Unsupported(
            "interleaved lossless JPEG with sampling factors above 1",
        ));
    }
    Ok(Scan {
        components: parts,
        predictor,
        point_transform,
    })
}
