//! The header's bytes to a data set.

use dicom_object::InMemDicomObject;

use super::dataset::read;
use super::unknown;
use super::walk::Encoding;
use crate::ImagingError;
use crate::budget::Budget;

/// Parses a data set that has been walked over, up to its pixels. `lengths` are those of values of unknown
/// representation and undefined length, which dicom-rs would read as if they were written as the rest is. Text is left
/// undecoded, one character a byte, for [`decode_all`](super::charset::decode_all).
pub(super) fn parse(
    bytes: &[u8],
    encoding: Encoding,
    lengths: &[(usize, u32)],
    budget: &mut Budget,
) -> Result<InMemDicomObject, ImagingError> {
    let object = if lengths.is_empty() {
        read(bytes, encoding)?
    } else {
        let mut bytes = bytes.to_vec();
        unknown::close(&mut bytes, encoding, lengths.iter().copied());
        read(&bytes, encoding)?
    };
    Ok(unknown::name(object, encoding, budget))
}
