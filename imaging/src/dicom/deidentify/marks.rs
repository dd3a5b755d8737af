//! What a file says of its own de-identification (PS3.15, E.1.1; PS3.3, C.7.1.1, C.7.3.1.1.4 and C.12.1).

use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, Length, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::Letters;
use super::option::ProfileOption;
use super::record::{Done, Record};
use super::table::EDITION;
use crate::dicom::attributes::text;

/// The basic profile in CID 7050.
const BASIC: [&str; 2] = ["113100", "Basic Application Confidentiality Profile"];

/// Writes that the patient's identity was removed, by which profile and options, and what became of dates.
pub(super) fn write(object: &mut InMemDicomObject, chosen: &[ProfileOption], record: &mut Record) {
    let codes: Vec<[&str; 2]> = std::iter::once(BASIC)
        .chain(chosen.iter().map(|option| option.code()))
        .collect();
    let method: Vec<String> = [
        format!("UniMed {}", env!("CARGO_PKG_VERSION")),
        format!("DICOM PS3.15 {EDITION}, table E.1-1"),
    ]
    .into_iter()
    // A value of LO has at most 64 letters; the longest name of an option has 63.
    .chain(codes.iter().map(|[_, meaning]| (*meaning).to_owned()))
    .collect();
    let item = |[value, meaning]: [&str; 2]| {
        InMemDicomObject::from_element_iter([
            DataElement::new(tags::CODE_VALUE, VR::SH, value),
            DataElement::new(tags::CODING_SCHEME_DESIGNATOR, VR::SH, "DCM"),
            DataElement::new(tags::CODE_MEANING, VR::LO, meaning),
        ])
    };
    let items: Vec<_> = codes.into_iter().map(item).collect();
    let dates = if chosen.contains(&ProfileOption::RetainFullDates) {
        "UNMODIFIED"
    } else if chosen.contains(&ProfileOption::RetainModifiedDates) {
        "MODIFIED"
    } else {
        "REMOVED"
    };
    let mut put = |tag: Tag, element| {
        object.put(element);
        record.add(tag, Done::Written, "E.1.1");
    };
    let tag = tags::PATIENT_IDENTITY_REMOVED;
    put(tag, DataElement::new(tag, VR::CS, "YES"));
    let tag = tags::DEIDENTIFICATION_METHOD;
    let method = PrimitiveValue::Strs(method.into());
    put(tag, DataElement::new(tag, VR::LO, method));
    let tag = tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE;
    let sequence = DataSetSequence::new(items, Length::UNDEFINED);
    put(tag, DataElement::new(tag, VR::SQ, sequence));
    let tag = tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED;
    put(tag, DataElement::new(tag, VR::CS, dates));
}

/// Burned In Annotation: YES stays, because a search that finds nothing, or covers what it finds, proves nothing. NO stays where
/// the picture was looked through and no letters are left that were found. Where nothing was said, only letters are told of.
pub(super) fn burned_in(object: &mut InMemDicomObject, letters: Letters, record: &mut Record) {
    let tag = tags::BURNED_IN_ANNOTATION;
    let said = text(object, tag);
    match (said.as_deref(), letters) {
        (Some("YES"), _) | (_, Letters::None | Letters::Covered) => {}
        (_, Letters::Left) => {
            object.put(DataElement::new(tag, VR::CS, "YES"));
            record.add(tag, Done::Written, "letters were found");
        }
        (Some(_), Letters::Unknown) => {
            object.remove_element(tag);
            record.add(
                tag,
                Done::Removed,
                "the picture could not be looked through",
            );
        }
        (None, Letters::Unknown) => {}
    }
}
