//! What a data set says, holds or asks for that a picture of its pixels does not show.

use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{int, items, text};
use super::functional_groups::FunctionalGroups;
use crate::IDENTIFYING_NOTES;

/// Sentences about it; `gray` where the pixels are shown in shades of grey.
pub(super) fn notes(object: &InMemDicomObject, gray: bool) -> impl Iterator<Item = &'static str> {
    let is = |tag, value: &str| text(object, tag).as_deref() == Some(value);
    let palette = object.get(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR);
    let shutter = FunctionalGroups::new(object).of(0, tags::FRAME_DISPLAY_SHUTTER_SEQUENCE);
    [
        (
            is(tags::SYNTHETIC_DATA, "YES"),
            "The file says that its content was made artificially (DICOM Synthetic Data).",
        ),
        (
            has_repeating(object, 0x6000, 0x0010),
            "This file has overlay graphics, which are not shown.",
        ),
        (
            has_repeating(object, 0x5000, 0x3000),
            "This file has curves, which are not shown.",
        ),
        (
            gray && palette.is_some(),
            "This file offers a colour table, which is not applied.",
        ),
        (
            subtracts_mask(object),
            "This file asks for a mask to be subtracted from its frames; they are shown without that.",
        ),
        (
            text(shutter, tags::SHUTTER_SHAPE).is_some(),
            "This file asks for a part of the picture to be covered by a shutter; all of it is shown.",
        ),
        (
            is(tags::BURNED_IN_ANNOTATION, "YES"),
            IDENTIFYING_NOTES[0],
        ),
        (
            is(tags::RECOGNIZABLE_VISUAL_FEATURES, "YES"),
            IDENTIFYING_NOTES[1],
        ),
        (
            is(tags::LOSSY_IMAGE_COMPRESSION, "01"),
            "The picture has been compressed with loss before.",
        ),
        (
            has_impossible_bits(object),
            "Bits Stored, High Bit or Pixel Representation of this file has an impossible value, which is not followed.",
        ),
    ]
    .into_iter()
    .filter_map(|(holds, note)| holds.then_some(note))
}

/// Whether one of the repeating groups from `group` on (PS3.5, 7.6) has an element: Overlay Rows, which planes of their own
/// and those in unused bits of the pixels have, or Curve Data.
fn has_repeating(object: &InMemDicomObject, group: u16, element: u16) -> bool {
    (group..=group + 0x1e)
        .step_by(2)
        .any(|group| object.get(Tag(group, element)).is_some())
}

/// Digital subtraction angiography (PS3.3, C.7.6.10).
fn subtracts_mask(object: &InMemDicomObject) -> bool {
    items(object, tags::MASK_SUBTRACTION_SEQUENCE)
        .iter()
        .any(|mask| text(mask, tags::MASK_OPERATION).is_some_and(|operation| operation != "NONE"))
}

/// Whether more bits are stored than there is room for, the highest lies where they do not fit, or the sign is neither (PS3.3,
/// C.7.6.3.1). `Layout` reads such samples as if nothing were said.
fn has_impossible_bits(object: &InMemDicomObject) -> bool {
    let allocated = int(object, tags::BITS_ALLOCATED);
    let stored = int(object, tags::BITS_STORED).or(allocated);
    let high = int(object, tags::HIGH_BIT);
    let (Some(allocated), Some(stored)) = (allocated, stored) else {
        return false;
    };
    let sign = int(object, tags::PIXEL_REPRESENTATION).unwrap_or(0);
    !(1..=allocated).contains(&stored)
        || high.is_some_and(|high| !(stored - 1..allocated).contains(&high))
        || !(0..=1).contains(&sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, PrimitiveValue, VR};

    #[test]
    fn what_a_file_states_of_its_pixels_is_told_where_it_says_yes() {
        for (tag, note) in [
            (tags::BURNED_IN_ANNOTATION, IDENTIFYING_NOTES[0]),
            (tags::RECOGNIZABLE_VISUAL_FEATURES, IDENTIFYING_NOTES[1]),
        ] {
            let told = |value: &str| {
                let element = DataElement::new(tag, VR::CS, value);
                let object = InMemDicomObject::from_element_iter([element]);
                notes(&object, true).collect::<Vec<_>>()
            };
            assert_eq!(told("YES"), [note]);
            assert_eq!(told("NO"), [""; 0]);
        }
    }

    #[test]
    fn bits_that_cannot_be_are_told_of() {
        let told = |stored: u16, high: u16, sign: u16| {
            let mut object = InMemDicomObject::new_empty();
            for (tag, value) in [
                (tags::BITS_ALLOCATED, 16),
                (tags::BITS_STORED, stored),
                (tags::HIGH_BIT, high),
                (tags::PIXEL_REPRESENTATION, sign),
            ] {
                object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
            }
            notes(&object, true).any(|note| note.starts_with("Bits Stored"))
        };
        assert!(!told(12, 11, 0) && !told(12, 15, 1) && !told(16, 15, 1));
        assert!(told(20, 19, 0) && told(12, 3, 0) && told(12, 11, 9) && told(0, 0, 0));
    }
}
