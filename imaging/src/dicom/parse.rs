//! The header's bytes to a data set, by dicom-rs.

use dicom_object::InMemDicomObject;
use dicom_parser::stateful::decode::Error;
use dicom_transfer_syntax_registry::entries;

use super::charset::{NESTED, Undecoded};
use super::codecs::{TRUNCATED, corrupt};
use super::unknown;
use super::walk::Encoding;
use crate::ImagingError;
use crate::read::Budget;

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

/// What dicom-rs makes of a data set.
pub(super) fn read(bytes: &[u8], encoding: Encoding) -> Result<InMemDicomObject, ImagingError> {
    let syntax = match encoding {
        Encoding::ImplicitLittle => entries::IMPLICIT_VR_LITTLE_ENDIAN.erased(),
        Encoding::ExplicitLittle => entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
        Encoding::ExplicitBig => entries::EXPLICIT_VR_BIG_ENDIAN.erased(),
    };
    let parser = Undecoded::new(bytes, &syntax).map_err(|error| innermost(&error))?;
    InMemDicomObject::read_dataset(parser).map_err(|error| innermost(&error))
}

/// The innermost cause says most.
fn innermost(error: &(dyn std::error::Error + 'static)) -> ImagingError {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    match cause.downcast_ref() {
        Some(Error::AllocateValueData { len: NESTED }) => corrupt("sequences nested too deeply"),
        Some(Error::AllocateValueData { .. }) => TRUNCATED,
        _ => corrupt(cause.to_string()),
    }
}
