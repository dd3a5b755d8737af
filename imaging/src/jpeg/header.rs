//! What a JPEG stream says about itself, read before a decoder sees it: some decoders panic or guess where a plain
//! refusal is needed.

use super::Problem;

/// Code of the marker of a scan.
pub(super) const SCAN: u8 = 0xda;

/// Code of the marker of Huffman tables.
pub(super) const TABLES: u8 = 0xc4;

/// How the stream is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    /// Cosine transform: baseline, extended or progressive, Huffman codes.
    Dct,
    /// Predictive and lossless, Huffman codes.
    Lossless,
    /// Hierarchical or arithmetic.
    Other,
}

/// The frame header and the marks that tell the colour space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JpegHeader {
    pub(crate) process: Process,
    /// Bits a sample.
    pub(crate) precision: u32,
    /// Columns.
    pub(crate) width: usize,
    /// Rows; 0 when their number follows the first scan.
    pub(crate) height: usize,
    pub(crate) components: usize,
    /// The Adobe segment's transform: 0 none, 1 luma and chroma, 2 luma, chroma and black.
    adobe: Option<u8>,
    jfif: bool,
    /// Whether the components are called R, G and B.
    named_rgb: bool,
}

/// The segments in front of the first scan and the scan's own, one after the other.
#[derive(Debug)]
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    /// Where the marker of the segment that was given last begins, and where it ends.
    pub(super) marker: usize,
    pub(super) at: usize,
}

impl<'a> Segments<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            marker: 0,
            at: 2,
        }
    }

    /// The next segment's marker and body; `None` at the end of the bytes or of the image.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        loop {
            self.at += self.bytes.get(self.at..)?.iter().position(|b| *b == 0xff)?;
            self.at += self.bytes.get(self.at..)?.iter().position(|b| *b != 0xff)?;
            let code = *self.bytes.get(self.at)?;
            self.marker = self.at - 1;
            self.at += 1;
            if matches!(code, 0x00 | 0x01 | 0xd0..=0xd8) {
                continue;
            }
            if code == 0xd9 {
                return None;
            }
            let length = match self.bytes.get(self.at..self.at + 2)? {
                &[high, low] => usize::from(u16::from_be_bytes([high, low])).max(2),
                _ => return None,
            };
            let body = self.bytes.get(self.at + 2..self.at + length)?;
            self.at += length;
            return Some((code, body));
        }
    }
}

impl JpegHeader {
    /// Walks the segments up to the first scan. `None` without a frame header and a scan.
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        let mut header: Option<Self> = None;
        let (mut adobe, mut jfif) = (None, false);
        let mut segments = Segments::new(data);
        loop {
            let (code, body) = segments.next()?;
            match code {
                SCAN => break,
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    let &[precision, h1, h0, w1, w0, components, ..] = body else {
                        return None;
                    };
                    let process = match code {
                        0xc0..=0xc2 => Process::Dct,
                        0xc3 => Process::Lossless,
                        _ => Process::Other,
                    };
                    header = Some(Self {
                        process,
                        precision: u32::from(precision),
                        width: usize::from(u16::from_be_bytes([w1, w0])),
                        height: usize::from(u16::from_be_bytes([h1, h0])),
                        components: usize::from(components),
                        adobe: None,
                        jfif: false,
                        named_rgb: body.len() >= 15 && [body[6], body[9], body[12]] == *b"RGB",
                    });
                }
                // The lengths are those from which libjpeg takes the segments for what they say they are.
                0xe0 => jfif |= body.starts_with(b"JFIF\0") && body.len() >= 12,
                0xee if body.starts_with(b"Adobe") && body.len() >= 12 => {
                    adobe = body.get(11).copied();
                }
                _ => {}
            }
        }
        header.map(|header| Self {
            adobe,
            jfif,
            ..header
        })
    }

    /// Whether the components of a picture are luma and chroma, with black as the fourth: the rules of libjpeg, which
    /// most programs follow.
    pub(crate) fn is_ybr(&self) -> bool {
        match (self.components, self.jfif, self.adobe) {
            (4, _, transform) => transform.is_some_and(|t| t != 0),
            (_, true, _) => true,
            (_, false, Some(transform)) => transform != 0,
            (_, false, None) => !self.named_rgb,
        }
    }

    /// The fewest bytes that a stream of its size can have. A block of 8 x 8 samples takes at least one bit, also in
    /// progressive scans (T.81, F.1.2 and G.1.2); of lossless streams every sample does (H.1.2).
    pub(crate) fn least_bytes(&self) -> usize {
        let bits = match self.process {
            Process::Lossless => (self.width * self.height).saturating_mul(self.components),
            _ => self.width.div_ceil(8) * self.height.div_ceil(8),
        };
        bits.div_ceil(8)
    }

    /// Says why a stream with a cosine transform is not read, if it is not.
    pub(crate) fn check_readable(&self) -> Result<(), Problem> {
        let unsupported = |what: String| Err(Problem::Unsupported(what));
        match self {
            Self {
                process: Process::Other,
                ..
            } => unsupported("an arithmetic or hierarchical form".to_owned()),
            Self {
                process: Process::Lossless,
                ..
            } => unsupported("a lossless form".to_owned()),
            Self { precision: 8, .. } if self.height == 0 => {
                unsupported("a number of lines that follows the first scan".to_owned())
            }
            Self { precision: 8, .. } if !matches!(self.components, 1 | 3 | 4) => {
                unsupported(format!("{} components a pixel", self.components))
            }
            Self { precision: 8, .. } => Ok(()),
            _ => unsupported(format!("{} bits a sample", self.precision)),
        }
    }
}

/// The Exif block of a stream, without its name.
pub(super) fn exif(data: &[u8]) -> Option<&[u8]> {
    let mut segments = Segments::new(data);
    while let Some((code, body)) = segments.next() {
        match code {
            SCAN => return None,
            0xe1 if body.starts_with(b"Exif\0\0") => return body.get(6..),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Start, an optional JFIF and Adobe segment, and a frame whose components have these names.
    fn stream(jfif: bool, adobe: Option<u8>, names: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8];
        if jfif {
            bytes.extend(b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        }
        if let Some(transform) = adobe {
            bytes.extend(b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0");
            bytes.push(transform);
        }
        let count = names.len() as u8;
        bytes.extend([0xff, 0xc1, 0, 8 + 3 * count, 12, 0, 5, 0, 7, count]);
        for name in names {
            bytes.extend([*name, 0x11, 0]);
        }
        bytes.extend([0xff, 0xda, 0, 2]);
        bytes
    }

    #[test]
    fn size_depth_and_colour_are_read() {
        let bytes = stream(false, Some(0), &[1, 2, 3]);
        let header = JpegHeader::read(&bytes).unwrap();
        assert_eq!((header.width, header.height, header.components), (7, 5, 3));
        assert_eq!((header.process, header.precision), (Process::Dct, 12));
        assert!(!header.is_ybr());
        assert_eq!(
            header.check_readable(),
            Err(Problem::Unsupported("12 bits a sample".to_owned()))
        );
        assert_eq!(JpegHeader::read(&bytes[..20]), None);
    }

    #[test]
    fn marks_of_pictures_are_weighed_as_libjpeg_weighs_them() {
        let ybr = |jfif, adobe, names: &[u8]| {
            let header = JpegHeader::read(&stream(jfif, adobe, names)).unwrap();
            header.is_ybr()
        };
        for (jfif, adobe, names, expected) in [
            (true, None, &[1, 2, 3], true),
            (true, Some(0), &[1, 2, 3], true),
            (true, None, b"RGB", true),
            (true, Some(0), b"RGB", true),
            (false, Some(0), &[1, 2, 3], false),
            (false, Some(1), b"RGB", true),
            (false, Some(2), &[1, 2, 3], true),
            (false, None, &[1, 2, 3], true),
            (false, None, b"RGB", false),
            (false, None, b"rgb", true),
            (false, None, &[7, 9, 11], true),
        ] {
            assert_eq!(
                ybr(jfif, adobe, names),
                expected,
                "{jfif} {adobe:?} {names:?}"
            );
        }
        for (adobe, expected) in [
            (None, false),
            (Some(0), false),
            (Some(1), true),
            (Some(2), true),
        ] {
            assert_eq!(ybr(true, adobe, &[1, 2, 3, 4]), expected, "{adobe:?}");
        }
    }
}
