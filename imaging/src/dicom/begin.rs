//! How a DICOM file begins: with a preamble and file meta information (PS3.10, 7.1) or without, and in which encoding.

use super::syntax::{self, Codec, Syntax};
use super::walk::Encoding;
use crate::{Format, ImagingError};

/// Whether the bytes begin like a DICOM file, with or without the preamble.
pub(crate) fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM") || bytes.starts_with(b"DICM") || bare(bytes).is_some()
}

/// The encoding of a data set that begins without any preamble or file meta information: the first element is of
/// group 0002 or 0008 and has a plausible form.
fn bare(bytes: &[u8]) -> Option<Encoding> {
    let head: [u8; 8] = bytes.get(..8)?.try_into().ok()?;
    let vr = head[4].is_ascii_uppercase() && head[5].is_ascii_uppercase();
    let small = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) < 256;
    match [head[0], head[1]] {
        [0x02 | 0x08, 0] if vr && head[3] == 0 => Some(Encoding::ExplicitLittle),
        [0x02 | 0x08, 0] if small && head[3] == 0 => Some(Encoding::ImplicitLittle),
        [0, 0x02 | 0x08] if vr && head[2] == 0 => Some(Encoding::ExplicitBig),
        _ => None,
    }
}

/// Transfer syntax, encoding, and where the data set begins.
pub(super) fn begin(bytes: &[u8]) -> Result<(Syntax, Encoding, usize), ImagingError> {
    let known = |uid: &str| {
        syntax::find(uid).ok_or_else(|| ImagingError::TransferSyntax {
            name: "an unknown or private transfer syntax".to_owned(),
            uid: uid.to_owned(),
        })
    };
    let plain = |encoding| match encoding {
        Encoding::ImplicitLittle => syntax::IMPLICIT_LITTLE,
        Encoding::ExplicitLittle => syntax::EXPLICIT_LITTLE,
        Encoding::ExplicitBig => syntax::EXPLICIT_BIG,
    };
    let start = if bytes.get(128..132) == Some(b"DICM") {
        132
    } else if bytes.starts_with(b"DICM") {
        4
    } else {
        0
    };
    let mut at = start;
    let mut uid = None;
    // File meta information: explicit little endian elements of group 0002.
    while let Some(&[2, 0, e0, e1, v0, v1, l0, l1]) = bytes.get(at..at + 8) {
        let (length, value) = if matches!(&[v0, v1], b"OB" | b"UN" | b"OW" | b"SQ" | b"UT") {
            let Some(&[a, b, c, d]) = bytes.get(at + 8..at + 12) else {
                break;
            };
            (u32::from_le_bytes([a, b, c, d]) as usize, at + 12)
        } else {
            (usize::from(u16::from_le_bytes([l0, l1])), at + 8)
        };
        let end = value.saturating_add(length);
        let value = bytes.get(value..end).ok_or(ImagingError::Truncated {
            format: Format::Dicom,
        })?;
        if [e0, e1] == [0x10, 0] {
            let trimmed = String::from_utf8_lossy(value);
            uid = Some(trimmed.trim_matches(['\0', ' ']).to_owned());
        }
        at = end;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    match uid {
        Some(uid) => {
            let syntax = known(&uid)?;
            // Some files say explicit and are implicit.
            let encoding = match syntax::encoding(&uid) {
                Encoding::ExplicitLittle
                    if syntax.codec != Codec::Deflate
                        && bare(rest) == Some(Encoding::ImplicitLittle) =>
                {
                    Encoding::ImplicitLittle
                }
                said => said,
            };
            Ok((syntax, encoding, at))
        }
        None => {
            let encoding = bare(rest).unwrap_or(Encoding::ImplicitLittle);
            Ok((known(plain(encoding))?, encoding, at))
        }
    }
}
