//! Pixels on their way from file to file.

use dicom_core::header::Header;
use dicom_core::value::{PixelFragmentSequence, PrimitiveValue};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

use super::source::Source;
use crate::Samples;
use crate::dicom::attributes::int;
use crate::dicom::layout::Layout;
use crate::dicom::walk::{Encoding, PixelBytes};

/// Groups of overlays.
const OVERLAYS: std::ops::RangeInclusive<u16> = 0x6000..=0x601e;

/// The pixels of a file as they are, in little endian.
pub(super) fn as_they_are(source: &Source) -> Option<InMemElement> {
    let (tag, pixels) = source.pixels.as_ref()?;
    match pixels {
        PixelBytes::Native { range, words, big } => {
            let mut bytes = source.data[range.clone()].to_vec();
            let allocated = int(&source.object, tags::BITS_ALLOCATED).unwrap_or(8);
            let width = match allocated {
                32 => 4,
                64 => 8,
                16 => 2,
                _ if *words => 2,
                _ => 1,
            };
            if *big {
                bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
            }
            let bits = overlay_bits(&source.object);
            match allocated {
                16 => {
                    let [low, high] = (!bits).to_le_bytes();
                    for word in bytes.as_chunks_mut::<2>().0 {
                        word[0] &= low;
                        word[1] &= high;
                    }
                }
                8 => bytes.iter_mut().for_each(|byte| *byte &= !bits as u8),
                _ => {}
            }
            bytes.resize(bytes.len().next_multiple_of(2), 0);
            let vr = match *tag {
                tags::FLOAT_PIXEL_DATA => VR::OF,
                tags::DOUBLE_FLOAT_PIXEL_DATA => VR::OD,
                _ if *words || source.encoding == Encoding::ImplicitLittle => VR::OW,
                _ => VR::OB,
            };
            Some(element(*tag, vr, bytes))
        }
        PixelBytes::Fragments { offsets, fragments } => {
            let offsets = source.data[offsets.clone()].as_chunks::<4>().0;
            let offsets: Vec<u32> = offsets.iter().map(|b| u32::from_le_bytes(*b)).collect();
            let fragments = fragments
                .iter()
                .map(|range| source.data[range.clone()].to_vec());
            let fragments: Vec<Vec<u8>> = fragments.collect();
            Some(DataElement::new(
                *tag,
                VR::OB,
                PixelFragmentSequence::new(offsets, fragments),
            ))
        }
    }
}

fn element(tag: Tag, vr: VR, bytes: Vec<u8>) -> InMemElement {
    DataElement::new(tag, vr, PrimitiveValue::U8(bytes.into()))
}

/// Bits of a sample that old files use for overlays, outside of those that are the pixel's (PS3.3, C.9.2 of 2004).
pub(super) fn overlay_bits(object: &InMemDicomObject) -> u16 {
    let number = |tag| int(object, tag).and_then(|n| u32::try_from(n).ok());
    let Some(allocated @ (8 | 16)) = number(tags::BITS_ALLOCATED) else {
        return 0;
    };
    let stored = number(tags::BITS_STORED).unwrap_or(allocated);
    let high = number(tags::HIGH_BIT).unwrap_or(stored.saturating_sub(1));
    let own = |bit: u32| bit <= high && bit + stored > high;
    OVERLAYS
        .step_by(2)
        // Data of its own lies outside of the pixels.
        .filter(|group| object.get(Tag(*group, 0x3000)).is_none())
        .filter_map(|group| number(Tag(group, 0x0102)))
        .filter(|bit| *bit < allocated && !own(*bit))
        .fold(0, |bits, bit| bits | (1 << bit))
}

/// Frames in place of the file's, uncompressed, with everything that says how they are laid out (PS3.3, C.7.6.3).
///
/// # Errors
/// Why these frames have no form that DICOM keeps all of them in.
pub(super) fn repainted(
    object: &mut InMemDicomObject,
    layout: &Layout,
    frames: &[Samples],
) -> Result<InMemElement, &'static str> {
    if layout.samples == 3 && layout.allocated > 8 {
        return Err("colour of more than 8 bits would lose its fine shades");
    }
    let (mut color, mut bytes, mut widest) = (false, Vec::new(), 0);
    for frame in frames {
        let fits = |low: f64, high: f64| {
            let stored = layout.stored_range();
            low >= stored.0 && high <= stored.1
        };
        let whole = frame.range().is_none_or(|(low, high)| fits(low, high));
        let allocated = match frame {
            Samples::U8(_) if !layout.signed => 8,
            Samples::Rgb8(_) => 8,
            Samples::U16(_) if !layout.signed => 16,
            Samples::I16(_) if layout.signed => 16,
            _ => return Err("its numbers are neither of 8 nor of 16 bits"),
        };
        if !whole {
            return Err("its numbers are larger than the file says");
        }
        widest = widest.max(allocated);
        color |= matches!(frame, Samples::Rgb8(_));
        bytes.extend_from_slice(&frame.to_le_bytes());
    }
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    let mut number = |tag, value: u16| {
        object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    };
    let stored = if color { 8 } else { layout.stored as u16 };
    number(tags::SAMPLES_PER_PIXEL, if color { 3 } else { 1 });
    number(tags::BITS_ALLOCATED, widest);
    number(tags::BITS_STORED, stored);
    number(tags::HIGH_BIT, stored - 1);
    if color {
        number(tags::PLANAR_CONFIGURATION, 0);
        number(tags::PIXEL_REPRESENTATION, 0);
        object.put(DataElement::new(
            tags::PHOTOMETRIC_INTERPRETATION,
            VR::CS,
            "RGB",
        ));
        // A palette has been applied.
        object.retain(|one| !matches!(one.tag(), Tag(0x0028, 0x1101..=0x1103 | 0x1199..=0x1223)));
    }
    object.retain(|one| {
        !matches!(
            one.tag(),
            // Smallest and largest values, and offsets of fragments, are not what they were.
            Tag(0x0028, 0x0106..=0x0111)
                | tags::EXTENDED_OFFSET_TABLE
                | tags::EXTENDED_OFFSET_TABLE_LENGTHS
        )
    });
    let vr = if widest == 8 { VR::OB } else { VR::OW };
    Ok(element(tags::PIXEL_DATA, vr, bytes))
}
