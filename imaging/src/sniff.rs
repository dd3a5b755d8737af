//! What kind of file the bytes are, from their first bytes alone: names and extensions lie.

use crate::{Format, ImagingError};

/// Beginnings of the formats that can be read.
const READABLE: [(&[u8], Format); 7] = [
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"BM", Format::Bmp),
    (b"II*\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
    (b"II+\0", Format::Tiff),
    (b"MM\0+", Format::Tiff),
];

/// Position, bytes and name of formats that people are likely to have and that cannot be read.
const OTHERS: [(usize, &[u8], &str); 15] = [
    (0, b"GIF8", "GIF"),
    (128, b"DICM", "DICOM"),
    (344, b"n+1\0", "NIfTI"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"%PDF", "PDF"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\0\0\x01\0", "ICO"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
];

/// The format of a file.
pub(crate) fn sniff(bytes: &[u8]) -> Result<Format, ImagingError> {
    if let Some((_, format)) = READABLE.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Ok(*format);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Format::WebP);
    }
    let holds = |at: usize, what: &[u8]| bytes.get(at..at + what.len()) == Some(what);
    match OTHERS.iter().find(|(at, what, _)| holds(*at, what)) {
        Some((_, _, found)) => Err(ImagingError::OtherFormat { found }),
        None => Err(ImagingError::NotAnImage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        assert_eq!(sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Ok(Format::WebP));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0"), Ok(Format::Jpeg));
        assert_eq!(
            sniff(b"GIF89a"),
            Err(ImagingError::OtherFormat { found: "GIF" })
        );
        let mut dicom = vec![0; 128];
        dicom.extend(b"DICM");
        assert_eq!(
            sniff(&dicom),
            Err(ImagingError::OtherFormat { found: "DICOM" })
        );
        assert_eq!(sniff(b"RIFF\x10\0\0\0WAVE"), Err(ImagingError::NotAnImage));
        assert_eq!(sniff(b""), Err(ImagingError::NotAnImage));
    }
}
