//! What a JPEG stream says about itself, read before a decoder sees it: some decoders panic or guess where a plain
//! refusal is needed.

/// How the stream is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// Cosine transform: baseline, extended or progressive, Huffman codes.
    Dct,
    /// Predictive and lossless, Huffman codes.
    Lossless,
    /// Hierarchical or arithmetic.
    Other,
}

/// The frame header and the marks that tell the colour space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JpegHeader {
    pub(super) process: Process,
    pub(super) precision: u32,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: usize,
    /// The Adobe segment's transform: 0 none, 1 luma and chroma.
    adobe: Option<u8>,
    jfif: bool,
    /// Whether the components are called R, G and B.
    named_rgb: bool,
}

impl JpegHeader {
    /// Walks the segments up to the first scan.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let mut header: Option<Self> = None;
        let (mut adobe, mut jfif) = (None, false);
        let mut at = 2;
        loop {
            at += data.get(at..)?.iter().position(|b| *b == 0xff)?;
            at += data.get(at..)?.iter().position(|b| *b != 0xff)?;
            let code = *data.get(at)?;
            at += 1;
            if matches!(code, 0x00 | 0x01 | 0xd0..=0xd8) {
                continue;
            }
            if code == 0xd9 {
                return None;
            }
            if code == 0xda {
                break;
            }
            let length = usize::from(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?]));
            let body = data.get(at + 2..at + length.max(2))?;
            at += length.max(2);
            match code {
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
                0xe0 => jfif |= body.starts_with(b"JFIF"),
                0xee if body.starts_with(b"Adobe") => adobe = body.get(11).copied(),
                _ => {}
            }
        }
        header.map(|header| Self {
            adobe,
            jfif,
            ..header
        })
    }

    /// Whether three components are luma and chroma. The stream's own marks count for more than the DICOM header,
    /// which often still tells the colour space from before the compression.
    pub(super) fn is_ybr(&self, header_says: bool) -> bool {
        match self.adobe {
            Some(transform) => transform != 0,
            None => !self.named_rgb && (self.jfif || header_says),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_depth_and_colour_are_read() {
        let bytes = [
            0xff, 0xd8, // start
            0xff, 0xee, 0, 14, b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0,
            0, // Adobe, no transform
            0xff, 0xc1, 0, 17, 12, 0, 5, 0, 7, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, // frame
            0xff, 0xda,
        ];
        let header = JpegHeader::read(&bytes).unwrap();
        assert_eq!((header.width, header.height, header.components), (7, 5, 3));
        assert_eq!((header.process, header.precision), (Process::Dct, 12));
        assert!(!header.is_ybr(true));
        assert_eq!(JpegHeader::read(&bytes[..20]), None);
    }
}
