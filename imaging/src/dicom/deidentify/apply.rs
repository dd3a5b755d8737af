//! The profile applied to a data set and everything in it.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Header;
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, DicomValue, Length, Tag, VR};
use dicom_object::mem::InMemElement;
use dicom_object::{InMemDicomObject, StandardDataDictionary};

use super::action::{Row, Step};
use super::option::ProfileOption;
use super::record::{Done, Record};
use super::secret::Secret;
use super::{dates, dummy, patient, table, unlisted, words};

/// Why an element goes that nobody knows.
const UNKNOWN: &str = "not in the dictionary";

/// Why a text goes that the table leaves alone.
const NAMED: &str = "has the patient's name or number";

/// One file's way through the profile.
pub(super) struct Pass<'a> {
    pub(super) chosen: &'a [ProfileOption],
    pub(super) secret: &'a Secret,
    /// By which the patient's dates become earlier.
    pub(super) days: u32,
    /// The patient's name and numbers.
    pub(super) naming: patient::Words,
    pub(super) record: Record,
}

impl Pass<'_> {
    /// A data set, or an item of one, in which nothing identifies any more.
    pub(super) fn data_set(&mut self, object: InMemDicomObject) -> InMemDicomObject {
        let elements: Vec<_> = object
            .into_iter()
            .filter_map(|element| self.element(element))
            .collect();
        InMemDicomObject::from_element_iter(elements)
    }

    fn element(&mut self, element: InMemElement) -> Option<InMemElement> {
        let (tag, vr) = (element.tag(), element.vr());
        // Group lengths, commands and file meta information do not belong here, or are made anew.
        if tag.element() == 0 || tag.group() < 8 {
            return None;
        }
        if is_graphics(tag) && table::row(tag).is_none() {
            // What describes curves and overlays goes with them; it has texts of its own.
            self.record.add(tag, Done::Removed, "with its graphics");
            return None;
        }
        let entry = StandardDataDictionary.by_tag(tag);
        if let Some(row) = table::row(tag) {
            let vr = match vr {
                VR::UN => entry.map_or(VR::UN, |entry| entry.vr().relaxed()),
                vr => vr,
            };
            return self.apply(row, element, vr, &rule(row, self.chosen));
        }
        if entry.is_none() || vr == VR::UN {
            self.record.add(tag, Done::Removed, UNKNOWN);
            return None;
        }
        match unlisted::row(tag, vr) {
            Some(row) => self.apply(&row, element, vr, "not in table E.1-1"),
            None if self.naming.stand_in(&element) => {
                self.record.add(tag, Done::Replaced, NAMED);
                Some(DataElement::new(tag, vr, dummy::value(&element, vr)))
            }
            None => Some(self.inside(element)),
        }
    }

    /// What a row wants.
    fn apply(
        &mut self,
        row: &Row,
        element: InMemElement,
        vr: VR,
        rule: &str,
    ) -> Option<InMemElement> {
        let tag = element.tag();
        let step = row.step(vr, self.chosen);
        let is_empty = is_empty(&element);
        let plain = |value| Some(DataElement::new(tag, vr, DicomValue::from(value)));
        let step = match (step, element.value()) {
            // Nothing is told by what has no value.
            (step, _) if step != Step::Remove && is_empty => Step::Keep,
            (Step::Dummy, DicomValue::Primitive(_)) if vr == VR::UI => Step::Uid,
            (step, _) => step,
        };
        match step {
            Step::Remove => {
                self.record.add(tag, Done::Removed, rule);
                None
            }
            Step::Empty => {
                self.record.add(tag, Done::Emptied, rule);
                Some(DataElement::empty(tag, vr))
            }
            Step::Dummy => {
                self.record.add(tag, Done::Replaced, rule);
                Some(DataElement::new(tag, vr, dummy::value(&element, vr)))
            }
            Step::Keep => {
                if !is_empty {
                    self.record.add(tag, Done::Kept, rule);
                }
                Some(self.inside(element))
            }
            Step::Uid if element.items().is_some() => Some(self.inside(element)),
            Step::Uid => {
                self.record.add(tag, Done::NewUid, rule);
                let uids = texts(&element)
                    .into_iter()
                    .map(|uid| self.secret.uid(uid.trim()));
                plain(PrimitiveValue::Strs(uids.collect()))
            }
            Step::Shift => {
                let shifted: Option<Vec<String>> = texts(&element)
                    .iter()
                    .map(|value| dates::earlier(value, self.days))
                    .collect();
                let Some(shifted) = shifted else {
                    // What is no date may be anything.
                    return self.basic(row, &element, vr, rule);
                };
                self.record.add(tag, Done::Shifted, rule);
                plain(PrimitiveValue::Strs(shifted.into()))
            }
            Step::Words => {
                let left = words::known(&texts(&element).join(" "));
                if left.is_empty() {
                    return self.basic(row, &element, vr, rule);
                }
                self.record.add(tag, Done::Cleaned, rule);
                plain(PrimitiveValue::Str(cut(&left, vr).to_owned()))
            }
        }
    }

    /// By the basic profile, where an option cannot be followed.
    fn basic(
        &mut self,
        row: &Row,
        element: &InMemElement,
        vr: VR,
        rule: &str,
    ) -> Option<InMemElement> {
        let tag = element.tag();
        match row.basic(vr) {
            Step::Empty => {
                self.record.add(tag, Done::Emptied, rule);
                Some(DataElement::empty(tag, vr))
            }
            Step::Dummy => {
                self.record.add(tag, Done::Replaced, rule);
                Some(DataElement::new(tag, vr, dummy::value(element, vr)))
            }
            _ => {
                self.record.add(tag, Done::Removed, rule);
                None
            }
        }
    }

    /// An element that stays, its items looked through.
    fn inside(&mut self, element: InMemElement) -> InMemElement {
        let (header, value) = element.into_parts();
        let value = match value {
            DicomValue::Sequence(sequence) => {
                let items = sequence.into_items().into_iter();
                let items: Vec<_> = items.map(|item| self.data_set(item)).collect();
                DataSetSequence::new(items, Length::UNDEFINED).into()
            }
            value => value,
        };
        DataElement::new(header.tag, header.vr, value)
    }
}

/// The letters of the table, with those of the chosen options.
fn rule(row: &Row, chosen: &[ProfileOption]) -> String {
    let mut rule = row.basic.code().to_owned();
    for (option, action) in row.options.iter().filter(|one| chosen.contains(&one.0)) {
        rule.push_str(&format!(", {} {}", option.key(), action.code()));
    }
    rule
}

/// Groups of curves (50xx) and overlays (60xx).
fn is_graphics(tag: Tag) -> bool {
    matches!(tag.group(), 0x5000..=0x50ff | 0x6000..=0x60ff)
}

fn is_empty(element: &InMemElement) -> bool {
    match element.value() {
        DicomValue::Primitive(value) => value.calculate_byte_len() == 0,
        DicomValue::Sequence(sequence) => sequence.items().is_empty(),
        DicomValue::PixelSequence(_) => false,
    }
}

/// The values of an element as they are written; none where they are no texts.
fn texts(element: &InMemElement) -> Vec<String> {
    match element.value() {
        DicomValue::Primitive(PrimitiveValue::Str(text)) => {
            text.split('\\').map(str::to_owned).collect()
        }
        DicomValue::Primitive(PrimitiveValue::Strs(texts)) => texts.to_vec(),
        _ => Vec::new(),
    }
}

/// As many letters as a kind of text holds.
fn cut(text: &str, vr: VR) -> &str {
    let most = match vr {
        VR::SH => 16,
        VR::LO => 64,
        _ => 1024,
    };
    let end = text
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(at, _)| at);
    text[..end].trim_end()
}
