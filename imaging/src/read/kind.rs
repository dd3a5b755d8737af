//! Which reader a file is for, by its bytes.

use crate::sniff::sniff;
use crate::{Format, ImagingError, dicom};

/// A reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Picture(Format),
    Dicom,
    Nifti,
    Gzip,
    Zip,
}

/// What the bytes are.
pub(super) fn of(bytes: &[u8]) -> Result<Kind, ImagingError> {
    if bytes.is_empty() {
        return Err(ImagingError::EmptyFile);
    }
    let holds = |at: usize, what: &[u8]| bytes.get(at..at + what.len()) == Some(what);
    if bytes.get(128..132) == Some(b"DICM") {
        return Ok(Kind::Dicom);
    }
    if holds(344, b"n+1\0") || holds(4, b"n+2\0") {
        return Ok(Kind::Nifti);
    }
    if holds(344, b"ni1\0") || holds(4, b"ni2\0") {
        return Err(ImagingError::NoImage {
            format: Format::Nifti,
            what: "the header of a .hdr and .img pair, which is not read; save it as .nii"
                .to_owned(),
        });
    }
    if holds(0, b"\x1f\x8b") {
        return Ok(Kind::Gzip);
    }
    if holds(0, b"PK\x03\x04") || holds(0, b"PK\x05\x06") {
        return Ok(Kind::Zip);
    }
    if is_enveloped(bytes) {
        return Err(ImagingError::Encrypted {
            format: Format::Dicom,
            reason: "it is a secure DICOM file in a cryptographic envelope",
        });
    }
    match sniff(bytes) {
        Ok(format) => Ok(Kind::Picture(format)),
        Err(_) if dicom::is_dicom(bytes) => Ok(Kind::Dicom),
        Err(ImagingError::NotAnImage) => Err(ImagingError::UnknownFile),
        Err(other) => Err(other),
    }
}

/// A secure DICOM file (PS3.10, 7.4): CMS enveloped data, which begins with its object identifier.
fn is_enveloped(bytes: &[u8]) -> bool {
    const ENVELOPED: [u8; 11] = [
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03,
    ];
    let head = &bytes[..bytes.len().min(32)];
    head.first() == Some(&0x30) && head.windows(11).any(|w| w == ENVELOPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_not_names() {
        assert_eq!(of(b"\x89PNG\r\n\x1a\n"), Ok(Kind::Picture(Format::Png)));
        assert_eq!(of(b"PK\x05\x06"), Ok(Kind::Zip));
        assert_eq!(of(b""), Err(ImagingError::EmptyFile));
        assert_eq!(of(b"Dear colleague, "), Err(ImagingError::UnknownFile));
        assert_eq!(
            of(b"%PDF-1.7"),
            Err(ImagingError::OtherFormat { found: "PDF" })
        );
        let mut pair = vec![0; 352];
        pair[344..348].copy_from_slice(b"ni1\0");
        assert!(of(&pair).unwrap_err().to_string().contains(".img pair"));
        let envelope = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80";
        assert!(of(envelope).unwrap_err().to_string().contains("encrypted"));
    }
}
