//! Elements that were written with the value representation UN, as systems do that pass on what they do not know.
//!
//! Their values are in implicit form and little endian, whatever the file is (DICOM PS3.5, 6.2.2), so those that the
//! dictionary knows are parsed again, at every depth: a "1" is then a one and not the byte 49, and a sequence has items.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Header;
use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, DicomValue, Length, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::mem::InMemElement;
use dicom_object::{InMemDicomObject, StandardDataDictionary};

use super::dataset::read;
use super::walk::{DEEPEST, Encoding, walk_items};
use crate::budget::Budget;

/// What a byte costs that is parsed again, in steps of the budget.
const STEPS_FOR_BYTE: u64 = 16;
/// Referenced Series Sequence: any that the dictionary has.
const ANY_SEQUENCE: Tag = tags::REFERENCED_SERIES_SEQUENCE;
/// Sequence Delimitation Item, little and big endian.
const SEQUENCE_END: [[u8; 8]; 2] = [
    [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0],
    [0xff, 0xfe, 0xe0, 0xdd, 0, 0, 0, 0],
];

/// Gives elements of unknown representation the one of the dictionary. What does not fit it stays as it is.
/// Neither does what would take more memory or work than there is.
pub(super) fn name(
    object: InMemDicomObject,
    encoding: Encoding,
    budget: &mut Budget,
) -> InMemDicomObject {
    named(object, encoding, false, 0, budget)
}

fn named(
    object: InMemDicomObject,
    encoding: Encoding,
    signed: bool,
    depth: usize,
    budget: &mut Budget,
) -> InMemDicomObject {
    if depth > DEEPEST || !has_unknown(&object) {
        return object;
    }
    let signed = has_signed_pixels(&object).unwrap_or(signed);
    let elements = object.into_iter().map(|element| {
        if element.vr() == VR::UN
            && let Some(bytes) = element.value().primitive()
        {
            let known = known(
                element.tag(),
                &bytes.to_bytes(),
                encoding,
                signed,
                depth,
                budget,
            );
            return known.unwrap_or(element);
        }
        let (header, value) = element.into_parts();
        let DicomValue::Sequence(sequence) = value else {
            return DataElement::new_with_len(header.tag, header.vr, header.len, value);
        };
        let items = sequence.into_items().into_iter();
        let items = items.map(|item| named(item, encoding, signed, depth + 1, budget));
        let sequence = DataSetSequence::new(items.collect::<Vec<_>>(), Length::UNDEFINED);
        DataElement::new(header.tag, VR::SQ, sequence)
    });
    InMemDicomObject::from_element_iter(elements)
}

/// Whether there is anything to do, at any depth.
fn has_unknown(object: &InMemDicomObject) -> bool {
    object.iter().any(|element| {
        element.vr() == VR::UN && element.items().is_none()
            || element.items().unwrap_or_default().iter().any(has_unknown)
    })
}

/// What Pixel Representation says, which may be written as UN itself: whether attributes that are US or SS have a sign.
fn has_signed_pixels(object: &InMemDicomObject) -> Option<bool> {
    let value = object
        .get(tags::PIXEL_REPRESENTATION)?
        .value()
        .primitive()?;
    let bytes = value.to_bytes();
    // One of the two bytes is zero, whichever comes first.
    (bytes.len() == 2).then(|| bytes.contains(&1))
}

/// An element by the value that was written as UN.
fn known(
    tag: Tag,
    bytes: &[u8],
    encoding: Encoding,
    signed: bool,
    depth: usize,
    budget: &mut Budget,
) -> Option<InMemElement> {
    // A value in a value in a value is copied and parsed at every depth.
    let length = bytes.len() as u64;
    budget.work(length.saturating_mul(STEPS_FOR_BYTE)).ok()?;
    if !budget.take_beside(length) {
        return None;
    }
    let entry = StandardDataDictionary
        .by_tag(tag)
        .filter(|_| tag.group().is_multiple_of(2));
    // The end mark is there where the length was undefined, and then it is a sequence; or it belongs to a sequence inside.
    let marked = SEQUENCE_END.iter().find_map(|end| bytes.strip_suffix(end));
    let (sequence, whole) = match entry {
        Some(entry) => (entry.vr().relaxed() == VR::SQ, Some(bytes)),
        None => (marked.is_some(), None),
    };
    if !sequence {
        entry?;
        let element = dataset(Encoding::ImplicitLittle, tag, bytes, signed);
        let mut object = read(&element, Encoding::ImplicitLittle).ok()?;
        return object.take(tag);
    }
    // By the standard, else as the rest of the file.
    [Encoding::ImplicitLittle, encoding]
        .into_iter()
        .flat_map(|form| {
            marked
                .into_iter()
                .chain(whole)
                .map(move |items| (form, items))
        })
        .find_map(|(form, items)| {
            let (lengths, parts) = walk_items(items, form, depth + 1).ok()?;
            if !budget.take_beside(parts.parsed_bytes()) {
                return None;
            }
            // A private sequence is not in the dictionary, so all are read under another one's tag.
            let mut bytes = dataset(form, ANY_SEQUENCE, items, signed);
            let start = bytes.len() - items.len();
            let lengths = lengths.into_iter().map(|(at, length)| (start + at, length));
            close(&mut bytes, form, lengths);
            let sequence = read(&bytes, form).ok()?.take(ANY_SEQUENCE)?;
            drop(bytes);
            let items = sequence.into_value().into_items()?.into_iter();
            let items = items.map(|item| named(item, encoding, signed, depth + 1, budget));
            let items = DataSetSequence::new(items.collect::<Vec<_>>(), Length::UNDEFINED);
            Some(DataElement::new(tag, VR::SQ, items))
        })
}

/// A data set of one element. In explicit form it is a sequence; in implicit form the dictionary says what it is, and
/// Pixel Representation before it which of US and SS.
fn dataset(form: Encoding, tag: Tag, value: &[u8], signed: bool) -> Vec<u8> {
    let big = form == Encoding::ExplicitBig;
    let mut bytes = Vec::with_capacity(value.len() + 22);
    if signed && form == Encoding::ImplicitLittle {
        bytes.extend([0x28, 0, 0x03, 0x01, 2, 0, 0, 0, 1, 0]);
    }
    for half in [tag.group(), tag.element()] {
        bytes.extend(if big {
            half.to_be_bytes()
        } else {
            half.to_le_bytes()
        });
    }
    if form != Encoding::ImplicitLittle {
        bytes.extend(*b"SQ\0\0");
    }
    let length = value.len() as u32;
    bytes.extend(if big {
        length.to_be_bytes()
    } else {
        length.to_le_bytes()
    });
    bytes.extend_from_slice(value);
    bytes
}

/// Writes lengths over undefined ones.
pub(super) fn close(
    bytes: &mut [u8],
    form: Encoding,
    lengths: impl IntoIterator<Item = (usize, u32)>,
) {
    for (at, length) in lengths {
        let length = match form {
            Encoding::ExplicitBig => length.to_be_bytes(),
            _ => length.to_le_bytes(),
        };
        if let Some(field) = bytes.get_mut(at..at + 4) {
            field.copy_from_slice(&length);
        }
    }
}

#[cfg(test)]
mod tests;
