//! The patient's name and numbers, wherever else they are written.

use dicom_core::{DicomValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

/// What names a patient or a visit.
const NAMING: [Tag; 5] = [
    tags::PATIENT_NAME,
    tags::OTHER_PATIENT_NAMES,
    tags::PATIENT_BIRTH_NAME,
    tags::PATIENT_ID,
    tags::ACCESSION_NUMBER,
];
/// Letters of the shortest word that is looked for: shorter ones stand in other words.
const LEAST: usize = 4;

/// Words of a patient's name and numbers, in small letters.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Those of a data set.
    pub(super) fn of(object: &InMemDicomObject) -> Self {
        let mut words = Vec::new();
        for element in NAMING.into_iter().filter_map(|tag| object.get(tag)) {
            let text = text(element);
            let parts = text.split(['^', '=', '\\', ' ', '\0']);
            let parts = parts.filter(|part| part.chars().count() >= LEAST);
            words.extend(parts.map(str::to_lowercase));
        }
        Self(words)
    }

    /// Whether one of them stands in a text that is no code.
    pub(super) fn stand_in(&self, element: &InMemElement) -> bool {
        let free = matches!(
            element.vr(),
            VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT
        );
        free && !self.0.is_empty() && {
            let text = text(element).to_lowercase();
            self.0.iter().any(|word| text.contains(word))
        }
    }
}

fn text(element: &InMemElement) -> String {
    match element.value() {
        DicomValue::Primitive(value) => value.to_str().into_owned(),
        _ => String::new(),
    }
}
