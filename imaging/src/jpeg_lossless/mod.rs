//! A decoder of lossless JPEG with Huffman codes (ITU-T T.81 | ISO/IEC 10918-1, annex H: process 14, SOF3).
//!
//! Predictors 1 to 7, 2 to 16 bits a sample, one to four components in one scan or in several, restart intervals, point
//! transforms, and a number of lines that follows the first scan (DNL). Components of different size (subsampling) and
//! the hierarchical and arithmetic forms are refused. A stream that ends early or whose restart markers are out of step
//! is an error: no sample is ever made up.

mod bits;
mod huffman;
mod scan;
mod segments;
#[cfg(test)]
mod tests;

use huffman::Table;
use segments::{Segment, Segments, marker};

/// Why a lossless JPEG stream could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It ends too early.
    Truncated,
    /// It contradicts the standard.
    Corrupt(&'static str),
    /// It uses a part of the standard that is not supported.
    Unsupported(&'static str),
}

/// The frame header of a stream (T.81, B.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Columns.
    pub(crate) width: usize,
    /// Rows, from the frame header or from the DNL segment.
    pub(crate) height: usize,
    /// Components a pixel.
    pub(crate) components: usize,
    /// Bits a sample.
    pub(crate) precision: u8,
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
pub(crate) fn probe(bytes: &[u8]) -> Result<Header, Problem> {
    frame(bytes).map(|(header, _)| header)
}

/// Decodes a stream to samples, pixel by pixel: `[height * width * components]`.
///
/// The caller checks the size in [`probe`] first. Samples are the stream's own numbers, already scaled back by the
/// point transform. Those of a valid stream fit into its precision.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<u16>, Problem> {
    let (header, components) = frame(bytes)?;
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
                    return Err(Problem::Corrupt("a short restart interval"));
                };
                restart_interval = usize::from(u16::from_be_bytes([high, low]));
            }
            marker::SCAN => {
                let scan = scan_header(body, &components, header.precision)?;
                for (index, _) in &scan.components {
                    if std::mem::replace(&mut done[*index], true) {
                        return Err(Problem::Corrupt("two scans of one component"));
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
            marker::END => return Err(Problem::Truncated),
            _ => {}
        }
    }
}

/// The frame header and its components, with the number of lines wherever it stands.
fn frame(bytes: &[u8]) -> Result<(Header, Vec<Component>), Problem> {
    let mut segments = Segments::new(bytes)?;
    let mut frame: Option<(Header, Vec<Component>)> = None;
    loop {
        let Segment { code, body } = segments.next()?;
        match code {
            marker::LOSSLESS if frame.is_none() => {
                let found = frame_header(body)?;
                frame = Some(found);
            }
            marker::LOSSLESS => return Err(Problem::Corrupt("two frame headers")),
            marker::HIERARCHICAL => return Err(Problem::Unsupported("hierarchical JPEG")),
            marker::ARITHMETIC_LOSSLESS => {
                return Err(Problem::Unsupported("lossless JPEG with arithmetic codes"));
            }
            code if marker::is_frame(code) => {
                return Err(Problem::Unsupported("a JPEG process that is not lossless"));
            }
            marker::SCAN => break,
            marker::END => return Err(Problem::Corrupt("no scan")),
            _ => {}
        }
    }
    let (mut header, components) = frame.ok_or(Problem::Corrupt("a scan before the frame"))?;
    if header.height == 0 {
        segments.skip_scan();
        let Segment { code, body } = segments.next()?;
        let (marker::LINES, &[high, low, ..]) = (code, body) else {
            return Err(Problem::Corrupt("a frame without a number of lines"));
        };
        header.height = usize::from(u16::from_be_bytes([high, low]));
        if header.height == 0 {
            return Err(Problem::Corrupt("a frame of no lines"));
        }
    }
    Ok((header, components))
}

fn frame_header(body: &[u8]) -> Result<(Header, Vec<Component>), Problem> {
    let &[precision, h1, h0, w1, w0, count, ref specs @ ..] = body else {
        return Err(Problem::Corrupt("a short frame header"));
    };
    let header = Header {
        width: usize::from(u16::from_be_bytes([w1, w0])),
        height: usize::from(u16::from_be_bytes([h1, h0])),
        components: usize::from(count),
        precision,
    };
    if header.width == 0 || !(2..=16).contains(&precision) {
        return Err(Problem::Corrupt("an impossible frame header"));
    }
    if !(1..=4).contains(&count) || specs.len() < 3 * header.components {
        return Err(Problem::Corrupt("an impossible number of components"));
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
        return Err(Problem::Unsupported("subsampled lossless JPEG"));
    }
    if !(1..=4).contains(&first.0) || !(1..=4).contains(&first.1) {
        return Err(Problem::Corrupt("an impossible sampling factor"));
    }
    let repeated = |(i, c): (usize, &Component)| components[..i].iter().any(|d| d.id == c.id);
    if components.iter().enumerate().any(repeated) {
        return Err(Problem::Corrupt("two components of one name"));
    }
    Ok((header, components))
}

/// A DHT segment, which may hold several tables (T.81, B.2.4.2).
fn define_tables(mut body: &[u8], tables: &mut [Option<Table>; 4]) -> Result<(), Problem> {
    const SHORT: Problem = Problem::Corrupt("a short Huffman table");
    while let Some((&place, rest)) = body.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
        let total = counts.iter().map(|n| usize::from(*n)).sum();
        let (values, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
        body = rest;
        // Class 1 is for the other coefficients of a cosine transform.
        if place >> 4 == 0 {
            let table = tables
                .get_mut(usize::from(place & 15))
                .ok_or(Problem::Corrupt("a Huffman table beyond the fourth"))?;
            *table = Some(Table::new(counts, values)?);
        }
    }
    Ok(())
}

fn scan_header(body: &[u8], components: &[Component], precision: u8) -> Result<Scan, Problem> {
    const SHORT: Problem = Problem::Corrupt("a short scan header");
    let (&count, rest) = body.split_first().ok_or(SHORT)?;
    let (specs, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or(SHORT)?;
    let &[predictor, _, approximation, ..] = rest else {
        return Err(SHORT);
    };
    if !(1..=7).contains(&predictor) {
        return Err(Problem::Corrupt("a predictor that is none of 1 to 7"));
    }
    let point_transform = approximation & 15;
    if point_transform >= precision {
        return Err(Problem::Corrupt("a point transform that leaves no bit"));
    }
    let parts: Option<Vec<(usize, usize)>> = specs
        .chunks_exact(2)
        .map(|spec| {
            let index = components.iter().position(|c| c.id == spec[0])?;
            Some((index, usize::from(spec[1] >> 4)))
        })
        .collect();
    let parts = parts.ok_or(Problem::Corrupt("a scan of an unknown component"))?;
    if parts.is_empty() {
        return Err(Problem::Corrupt("a scan of nothing"));
    }
    // The factors of one component alone in its scan mean nothing (A.2.2).
    if parts.len() > 1 && components[0].sampling != (1, 1) {
        return Err(Problem::Unsupported(
            "interleaved lossless JPEG with sampling factors above 1",
        ));
    }
    Ok(Scan {
        components: parts,
        predictor,
        point_transform,
    })
}
