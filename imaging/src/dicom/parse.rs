//! The header's bytes to a data set, by dicom-rs.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Header;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_object::{InMemDicomObject, StandardDataDictionary};
use dicom_transfer_syntax_registry::entries;

use super::charset::{Undecoded, undecoded};
use super::codecs::corrupt;
use super::walk::Encoding;
use crate::ImagingError;

/// Parses a data set that has been walked over, up to its pixels. Its text is left undecoded, one character a byte, for
/// [`decode_all`](super::charset::decode_all).
pub(super) fn parse(bytes: &[u8], encoding: Encoding) -> Result<InMemDicomObject, ImagingError> {
    let syntax = match encoding {
        Encoding::ImplicitLittle => entries::IMPLICIT_VR_LITTLE_ENDIAN.erased(),
        Encoding::ExplicitLittle => entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
        Encoding::ExplicitBig => entries::EXPLICIT_VR_BIG_ENDIAN.erased(),
    };
    let parser = Undecoded::new(bytes, &syntax).map_err(|error| innermost(&error))?;
    let mut object = InMemDicomObject::read_dataset(parser).map_err(|error| innermost(&error))?;
    name_unknown(&mut object);
    Ok(object)
}

/// The innermost cause says most.
fn innermost(error: &dyn std::error::Error) -> ImagingError {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    corrupt(cause.to_string())
}

/// Standard elements that were written with the value representation UN get the one of the dictionary, so that a
/// "1" is a one and not the byte 49.
fn name_unknown(object: &mut InMemDicomObject) {
    let known: Vec<_> = object
        .iter()
        .filter(|element| element.vr() == VR::UN && element.tag().group() % 2 == 0)
        .filter_map(|element| {
            let vr = StandardDataDictionary.by_tag(element.tag())?.vr().relaxed();
            let bytes = element.value().primitive()?.to_bytes();
            let words = || {
                bytes
                    .chunks_exact(2)
                    .map(|b| u16::from_le_bytes([b[0], b[1]]))
            };
            let value = match vr {
                VR::US | VR::SS => PrimitiveValue::U16(words().collect()),
                VR::AE
                | VR::AS
                | VR::CS
                | VR::DA
                | VR::DS
                | VR::DT
                | VR::IS
                | VR::LO
                | VR::PN
                | VR::SH
                | VR::TM
                | VR::UC
                | VR::UI => {
                    let text = undecoded(&bytes);
                    PrimitiveValue::Strs(text.split('\\').map(str::to_owned).collect())
                }
                VR::LT | VR::ST | VR::UT => PrimitiveValue::Str(undecoded(&bytes)),
                _ => return None,
            };
            Some(DataElement::new(element.tag(), vr, value))
        })
        .collect();
    for element in known {
        object.put(element);
    }
}
