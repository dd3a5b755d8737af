//! Values that mean nothing, for attributes that must have one.

use dicom_core::header::Header;
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, DicomValue, Length, VR, dicom_value};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

/// The word in place of another one; it fits every kind of text.
pub(super) const WORD: &str = "ANONYMIZED";
/// No digits after the root of UUIDs but this: no object has it.
const UID: &str = "2.25.0";

type Value = DicomValue<InMemDicomObject, Vec<u8>>;

/// A value of a kind, from nothing of the original; a sequence keeps the attributes of its first item, each with such a value.
pub(super) fn value(original: &InMemElement, vr: VR) -> Value {
    if original.tag() == tags::CONTENT_SEQUENCE {
        return sequence(content());
    }
    if vr == VR::SQ {
        let item = original.items().and_then(<[_]>::first);
        let elements = item.into_iter().flatten();
        // Private attributes would need their creator.
        let elements = elements.filter(|one| one.tag().group() % 2 == 0);
        let elements =
            elements.map(|one| DataElement::new(one.tag(), one.vr(), value(one, one.vr())));
        return sequence(InMemDicomObject::from_element_iter(
            elements.collect::<Vec<_>>(),
        ));
    }
    Value::Primitive(plain(vr))
}

fn plain(vr: VR) -> PrimitiveValue {
    match vr {
        VR::DA => "19000101".into(),
        VR::DT => "19000101000000".into(),
        VR::TM => "000000".into(),
        VR::AS => "000Y".into(),
        VR::DS | VR::IS => "0".into(),
        VR::UI => UID.into(),
        VR::UR => "urn:anonymized".into(),
        VR::AT => dicom_value!(Tags, [dicom_core::Tag(0, 0)]),
        VR::US => PrimitiveValue::from(0_u16),
        VR::SS => PrimitiveValue::from(0_i16),
        VR::UL => PrimitiveValue::from(0_u32),
        VR::SL => PrimitiveValue::from(0_i32),
        VR::UV => PrimitiveValue::from(0_u64),
        VR::SV => PrimitiveValue::from(0_i64),
        VR::FL => PrimitiveValue::from(0_f32),
        VR::FD => PrimitiveValue::from(0_f64),
        // A length that is a whole number of words of any size.
        VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::OV | VR::UN => {
            PrimitiveValue::from([0_u8; 8])
        }
        _ => WORD.into(),
    }
}

fn sequence(item: InMemDicomObject) -> Value {
    DataSetSequence::new(vec![item], Length::UNDEFINED).into()
}

/// A report with one line that says nothing (PS3.3, C.17.3): a text that is contained, and called a comment.
fn content() -> InMemDicomObject {
    let name = InMemDicomObject::from_element_iter([
        DataElement::new(tags::CODE_VALUE, VR::SH, "121106"),
        DataElement::new(tags::CODING_SCHEME_DESIGNATOR, VR::SH, "DCM"),
        DataElement::new(tags::CODE_MEANING, VR::LO, "Comment"),
    ]);
    InMemDicomObject::from_element_iter([
        DataElement::new(tags::RELATIONSHIP_TYPE, VR::CS, "CONTAINS"),
        DataElement::new(tags::VALUE_TYPE, VR::CS, "TEXT"),
        DataElement::new(tags::CONCEPT_NAME_CODE_SEQUENCE, VR::SQ, sequence(name)),
        DataElement::new(tags::TEXT_VALUE, VR::UT, WORD),
    ])
}
