//! Palettes (DICOM PS3.3, C.7.6.3.1.5, C.7.6.3.1.6 and C.7.9).

use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::attributes::ints;
use super::lookup_table::{ValueRange, bytes_of, entries_of, first_mapped, words};
use crate::ImagingError;
use crate::budget::Budget;

/// A palette: one colour for each index from `first` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Palette {
    first: i64,
    colors: Vec<[u8; 3]>,
}

/// The attributes of one colour: descriptor, data, segmented data.
type ChannelTags = [Tag; 3];

const RED: ChannelTags = [
    tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
    tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
];
const GREEN: ChannelTags = [
    tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
    tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
];
const BLUE: ChannelTags = [
    tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
    tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
];

/// One colour of a palette.
struct Channel {
    first: i64,
    bits: i64,
    values: Vec<u16>,
}

impl Channel {
    /// One colour, for indices of this range; `None` when it is missing or unreadable.
    fn read(
        object: &InMemDicomObject,
        [descriptor, data, segments]: ChannelTags,
        input: ValueRange,
        budget: &mut Budget,
    ) -> Result<Option<Self>, ImagingError> {
        let &[entries, first, bits, ..] = ints(object, descriptor).as_slice() else {
            return Ok(None);
        };
        let entries = match entries & 0xffff {
            0 => 65_536,
            n => n as usize,
        };
        let values = match entries_of(object, data, entries) {
            Some(values) => Some(values),
            None => segmented(object, segments, entries, bits, budget)?,
        };
        let values = values.filter(|values| values.len() >= entries);
        Ok(values.map(|values| Self {
            first: first_mapped(first, entries, input).into(),
            bits,
            values,
        }))
    }

    /// The entry for an index; the ends stand for everything beyond them.
    fn at(&self, index: i64) -> u16 {
        let last = self.values.len() as i64 - 1;
        self.values[(index - self.first).clamp(0, last) as usize]
    }
}

impl Palette {
    /// From a data set, for indices of this range; `None` when a channel is missing or unreadable.
    ///
    /// # Errors
    /// [`ImagingError::TooMuchWork`] when the segments of a drop repeat each other without end.
    pub(super) fn read(
        object: &InMemDicomObject,
        input: ValueRange,
        budget: &mut Budget,
    ) -> Result<Option<Self>, ImagingError> {
        let mut channel = |tags| Channel::read(object, tags, input, budget);
        Ok(match (channel(RED)?, channel(GREEN)?, channel(BLUE)?) {
            (Some(red), Some(green), Some(blue)) => Self::of(&[red, green, blue]),
            _ => None,
        })
    }

    fn of(channels: &[Channel; 3]) -> Option<Self> {
        let highest = channels.iter().flat_map(|c| &c.values).max()?;
        // Some files say 16 bit and use eight, and the other way round. A dark channel of 16 bit looks like one of
        // eight, so that all three have to be.
        let declared = channels.iter().map(|c| c.bits).max()?;
        let shift = match declared {
            _ if *highest <= 0xff => 0,
            9..=15 if highest >> declared == 0 => declared - 8,
            _ => 8,
        };
        let first = channels.iter().map(|c| c.first).min()?;
        let end = channels
            .iter()
            .map(|c| c.first + c.values.len() as i64)
            .max()?;
        let colors = (first..end)
            .map(|index| [0, 1, 2].map(|c| (channels[c].at(index) >> shift) as u8))
            .collect();
        Some(Self { first, colors })
    }

    /// The colour of an index; the ends stand for everything beyond them.
    pub(super) fn color(&self, index: i64) -> [u8; 3] {
        let last = self.colors.len().saturating_sub(1) as i64;
        let at = (index - self.first).clamp(0, last) as usize;
        self.colors.get(at).copied().unwrap_or_default()
    }
}

/// The entries of segmented data, which is written in units of 8 or 16 bits like its entries.
fn segmented(
    object: &InMemDicomObject,
    tag: Tag,
    entries: usize,
    bits: i64,
    budget: &mut Budget,
) -> Result<Option<Vec<u16>>, ImagingError> {
    let Some(bytes) = bytes_of(object, tag) else {
        return Ok(None);
    };
    let said = if bits <= 8 {
        [Unit::Byte, Unit::Word]
    } else {
        [Unit::Word, Unit::Byte]
    };
    for unit in said {
        let units = match unit {
            Unit::Byte => bytes.iter().map(|b| u16::from(*b)).collect(),
            Unit::Word => words(&bytes),
        };
        let mut steps = 0;
        let values = unpack_segments(&units, entries, unit, &mut steps);
        budget.work(units.len() as u64 + STEPS_FOR_SEGMENT * steps)?;
        if values.is_some() {
            return Ok(values);
        }
    }
    Ok(None)
}

/// What a segment costs, in steps of the budget.
const STEPS_FOR_SEGMENT: u64 = 4;

/// What segmented data is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Byte,
    Word,
}

/// Segmented palette data (PS3.3, C.7.9.2): runs, ramps and repetitions. Counts the segments that it reads.
fn unpack_segments(units: &[u16], entries: usize, unit: Unit, steps: &mut u64) -> Option<Vec<u16>> {
    let mut out: Vec<u16> = Vec::new();
    // A segment has an entry, or repeats segments that do. Repetitions of segments without any would not end within a
    // lifetime.
    let most = 2 * entries as u64;
    // Each entry is (first unit, how many segments may still be read from there).
    let mut todo = vec![(0, usize::MAX)];
    while let Some((mut at, mut left)) = todo.pop() {
        while left > 0 && out.len() < entries && at + 1 < units.len() {
            left -= 1;
            *steps += 1;
            if *steps > most {
                return None;
            }
            let length = usize::from(units[at + 1]);
            match units[at] {
                0 => {
                    out.extend_from_slice(units.get(at + 2..at + 2 + length)?);
                    at += 2 + length;
                }
                1 => {
                    let (start, end) = (f64::from(*out.last()?), f64::from(*units.get(at + 2)?));
                    let step = (end - start) / length.max(1) as f64;
                    // What goes beyond the last entry is cut off.
                    let whole = length.min(entries - out.len());
                    let ramp = (1..=whole).map(|i| (start + step * i as f64).round() as u16);
                    out.extend(ramp);
                    at += 3;
                }
                2 => {
                    // Repeats segments from a byte offset of 32 bits on; a chain of repeats would not end.
                    let (digits, bits) = match unit {
                        Unit::Byte => (4, 8),
                        Unit::Word => (2, 16),
                    };
                    let digits = units.get(at + 2..at + 2 + digits)?;
                    let offset = digits
                        .iter()
                        .rev()
                        .fold(0_u64, |n, d| (n << bits) | u64::from(*d));
                    let offset = (offset * 8 / bits) as usize;
                    if offset >= at || todo.len() > 8 {
                        return None;
                    }
                    todo.push((at + 2 + digits.len(), left));
                    (at, left) = (offset, length);
                }
                _ => return None,
            }
        }
    }
    out.truncate(entries);
    (out.len() == entries).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, PrimitiveValue, VR};

    fn unpack_segments(units: &[u16], entries: usize, unit: Unit) -> Option<Vec<u16>> {
        super::unpack_segments(units, entries, unit, &mut 0)
    }

    fn palette_of(object: &InMemDicomObject, input: ValueRange) -> Palette {
        let palette = Palette::read(object, input, &mut Budget::of_picture(0));
        palette.unwrap().expect("a palette")
    }

    #[test]
    fn segments_are_unpacked() {
        // 0, 100; a ramp of 4 up to 500; the first segment again.
        let words = [0, 2, 0, 100, 1, 4, 500, 2, 1, 0, 0];
        assert_eq!(
            unpack_segments(&words, 8, Unit::Word).unwrap(),
            [0, 100, 200, 300, 400, 500, 0, 100]
        );
        assert_eq!(unpack_segments(&words, 9, Unit::Word), None);
        assert_eq!(unpack_segments(&[2, 1, 0, 0], 2, Unit::Word), None);
        // The same in bytes: 7, 9; 5, 5 by a ramp; the second segment again, which begins at byte 4.
        let bytes = [0, 2, 7, 9, 1, 2, 5, 2, 1, 4, 0, 0, 0];
        assert_eq!(
            unpack_segments(&bytes, 6, Unit::Byte).unwrap(),
            [7, 9, 7, 5, 5, 5]
        );
    }

    /// A palette of segments whose repetitions nest: 100 empty ones, repeated by each of 9 levels of 100 repetitions.
    fn repeats_of_nothing() -> Vec<u16> {
        let mut words = vec![0, 1, 0];
        words.extend([0; 200]);
        for level in 0..9_usize {
            let start = if level == 0 {
                6
            } else {
                2 * (203 + 400 * (level - 1))
            };
            for _ in 0..100 {
                words.extend([2, 100, start as u16, 0]);
            }
        }
        words
    }

    #[test]
    fn repetitions_of_nothing_end() {
        let mut steps = 0;
        let words = repeats_of_nothing();
        let found = super::unpack_segments(&words, 100, Unit::Word, &mut steps);
        assert_eq!((found, steps), (None, 201));
        // Many such files cost the drop its work before they cost the person a minute.
        let mut object = InMemDicomObject::new_empty();
        for [descriptor, _, segments] in [RED, GREEN, BLUE] {
            let descriptor_of = PrimitiveValue::U16([0, 0, 16].into_iter().collect());
            object.put(DataElement::new(descriptor, VR::US, descriptor_of));
            let words = PrimitiveValue::U16(words.iter().copied().collect());
            object.put(DataElement::new(segments, VR::OW, words));
        }
        let mut budget = Budget::of_picture(2 * words.len());
        let palettes = (0..10_000).map(|_| Palette::read(&object, (0.0, 255.0), &mut budget));
        let ended = palettes.take_while(Result::is_ok).count();
        assert!((1..1000).contains(&ended), "{ended} of them were read");
    }

    fn palette(bits: u16, channels: [(u16, &[u16]); 3]) -> InMemDicomObject {
        let mut object = InMemDicomObject::new_empty();
        for ([color, data, _], (first, values)) in [RED, GREEN, BLUE].into_iter().zip(channels) {
            let descriptor = [values.len() as u16, first, bits];
            let put = |tag, vr, values: &[u16]| {
                DataElement::new(
                    tag,
                    vr,
                    PrimitiveValue::U16(values.iter().copied().collect()),
                )
            };
            object.put(put(color, VR::US, &descriptor));
            object.put(put(data, VR::OW, values));
        }
        object
    }

    #[test]
    fn the_depth_is_that_of_all_three_channels() {
        let dark = palette(
            16,
            [(0, &[0, 0xff00]), (0, &[0x00ff, 0x0080]), (0, &[0, 0x1234])],
        );
        let read = palette_of(&dark, (0.0, 255.0));
        assert_eq!([0, 1].map(|i| read.color(i)), [[0, 0, 0], [255, 0, 0x12]]);
        // 16 bit declared, eight used; eight declared, 16 used; twelve.
        let eight = palette(16, [(0, &[1, 255]), (0, &[2, 3]), (0, &[4, 5])]);
        let read = palette_of(&eight, (0.0, 255.0));
        assert_eq!([0, 1].map(|i| read.color(i)), [[1, 2, 4], [255, 3, 5]]);
        let sixteen = palette(8, [(0, &[0x0100, 0xff00]), (0, &[0x0200, 0]), (0, &[0, 0])]);
        let read = palette_of(&sixteen, (0.0, 255.0));
        assert_eq!([0, 1].map(|i| read.color(i)), [[1, 2, 0], [255, 0, 0]]);
        let twelve = palette(12, [(0, &[0, 0xfff]), (0, &[0x10, 0x20]), (0, &[0, 0])]);
        let read = palette_of(&twelve, (0.0, 255.0));
        assert_eq!([0, 1].map(|i| read.color(i)), [[0, 1, 0], [255, 2, 0]]);
    }

    #[test]
    fn each_channel_begins_where_it_says() {
        let shifted = palette(8, [(10, &[1, 2, 3]), (11, &[4, 5]), (0xffff, &[6, 7])]);
        // Unsigned indices never reach 65 535 in eight bits; signed ones begin at -1.
        let read = palette_of(&shifted, (-128.0, 127.0));
        let colors = [-1, 0, 10, 11, 12, 99].map(|i| read.color(i));
        let want = [
            [1, 4, 6],
            [1, 4, 7],
            [1, 4, 7],
            [2, 4, 7],
            [3, 5, 7],
            [3, 5, 7],
        ];
        assert_eq!(colors, want);
    }

    #[test]
    fn entries_are_taken_by_their_number() {
        let tag = tags::LUT_DATA;
        let mut object = InMemDicomObject::new_empty();
        let words = PrimitiveValue::U16([0x0201, 0x0403].into_iter().collect());
        object.put(DataElement::new(tag, VR::OW, words));
        assert_eq!(entries_of(&object, tag, 2).unwrap(), [0x0201, 0x0403]);
        assert_eq!(entries_of(&object, tag, 3).unwrap(), [1, 2, 3]);
        assert_eq!(entries_of(&object, tag, 4).unwrap(), [1, 2, 3, 4]);
        assert_eq!(entries_of(&object, tag, 9).unwrap(), [0x0201, 0x0403]);
        let signed = PrimitiveValue::I16([-1, 5].into_iter().collect());
        object.put(DataElement::new(tag, VR::SS, signed));
        assert_eq!(entries_of(&object, tag, 2).unwrap(), [0xffff, 5]);
        let odd = PrimitiveValue::U8([7, 8, 9].into_iter().collect());
        object.put(DataElement::new(tag, VR::OB, odd));
        assert_eq!(entries_of(&object, tag, 3).unwrap(), [7, 8, 9]);
    }
}
