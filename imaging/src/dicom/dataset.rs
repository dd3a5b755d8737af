//! A data set by dicom-rs.

use dicom_object::InMemDicomObject;
use dicom_parser::stateful::decode::Error;
use dicom_transfer_syntax_registry::entries;

use super::charset::{NESTED, Undecoded};
use super::errors::{TRUNCATED, corrupt};
use super::walk::Encoding;
use crate::ImagingError;

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
