//! The segments of a stream (T.81, B.1).

use super::DecodeError;

/// Marker codes (T.81, table B.1).
pub(super) mod marker {
    pub(in super::super) const LOSSLESS: u8 = 0xc3;
    pub(in super::super) const HUFFMAN: u8 = 0xc4;
    pub(in super::super) const ARITHMETIC_LOSSLESS: u8 = 0xcb;
    pub(in super::super) const START: u8 = 0xd8;
    pub(in super::super) const END: u8 = 0xd9;
    pub(in super::super) const SCAN: u8 = 0xda;
    pub(in super::super) const LINES: u8 = 0xdc;
    pub(in super::super) const RESTART_INTERVAL: u8 = 0xdd;
    pub(in super::super) const HIERARCHICAL: u8 = 0xde;

    /// Whether a frame header of any process.
    pub(in super::super) fn is_frame(code: u8) -> bool {
        matches!(code, 0xc0..=0xcf) && !matches!(code, HUFFMAN | 0xc8 | 0xcc)
    }
}

/// A marker and what stands behind it.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) code: u8,
    /// Without its length; empty for markers that stand alone.
    pub(super) body: &'a [u8],
}

/// Walks the segments of a stream.
#[derive(Debug)]
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match bytes {
            [0xff, marker::START, ..] => Ok(Self { bytes, at: 2 }),
            _ => Err(DecodeError::Corrupt("no start marker")),
        }
    }

    /// What has not been walked yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Steps over bytes that somebody else has read.
    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Steps over the coded samples of a scan with its restart markers.
    pub(super) fn skip_scan(&mut self) {
        let ends = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
        let rest = self.rest();
        self.at += rest.windows(2).position(ends).unwrap_or(rest.len());
    }

    /// The next segment, wherever its marker is.
    pub(super) fn next(&mut self) -> Result<Segment<'a>, DecodeError> {
        loop {
            let rest = self.rest();
            let start = rest.iter().position(|b| *b == 0xff);
            let start = start.ok_or(DecodeError::Truncated)?;
            // Any number of bytes of ones may stand before a marker's code (B.1.1.2).
            let code = rest[start..].iter().position(|b| *b != 0xff);
            let at = start + code.ok_or(DecodeError::Truncated)?;
            let code = rest[at];
            let behind = &rest[at + 1..];
            self.at += at + 1;
            match code {
                0x00 | 0x01 | 0xd0..=0xd7 => {}
                marker::START | marker::END => return Ok(Segment { code, body: &[] }),
                _ => {
                    let Some(&[high, low]) = behind.get(..2) else {
                        return Err(DecodeError::Truncated);
                    };
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    if length < 2 {
                        return Err(DecodeError::Corrupt("a segment shorter than its length"));
                    }
                    let body = behind.get(2..length).ok_or(DecodeError::Truncated)?;
                    self.at += length;
                    return Ok(Segment { code, body });
                }
            }
        }
    }
}
