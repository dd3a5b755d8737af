//! A walk over a DICOM file's elements that touches no value: finds the pixel data in place, and any length that
//! points beyond the file, before a parser believes it and asks for gigabytes.

use std::ops::Range;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::StandardDataDictionary;

use crate::{Format, ImagingError};

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    ImplicitLittle,
    ExplicitLittle,
    ExplicitBig,
}

/// Where the pixels are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PixelBytes {
    /// One run of plain samples.
    Native {
        /// Position in the data set.
        range: Range<usize>,
        /// Written as 16-bit words (value representation OW).
        words: bool,
        /// In big endian order; a value of unknown representation (UN) never is (PS3.5, 6.2.2).
        big: bool,
    },
    /// Compressed: the offset table's range first, then one range a fragment.
    Fragments {
        /// The basic offset table.
        offsets: Range<usize>,
        /// The fragments.
        fragments: Vec<Range<usize>>,
    },
}

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where the top-level element of the pixels begins, else the end of the data.
    pub(super) header_end: usize,
    /// The pixels, if there are any.
    pub(super) pixels: Option<PixelBytes>,
    /// Where an element of unknown representation (UN) and undefined length has its length field, and the length that
    /// it really has, its end mark included. With these lengths a parser passes over the value without reading it.
    pub(super) unknown: Vec<(usize, u32)>,
    /// How many things a parser makes of the header.
    pub(super) parts: Parts,
}

/// What a parser makes of bytes that were walked over: a header of a few bytes an element becomes a tree that takes much
/// more memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Elements and items.
    nodes: u64,
    /// Texts beyond the first one of an element.
    values: u64,
}

impl Parts {
    /// Memory that the parsed tree takes at most beside the bytes of its values.
    pub(super) fn parsed_bytes(self) -> u64 {
        /// An element in a tree's node that is half empty, or an item.
        const NODE: u64 = 240;
        /// A text of its own, with what the allocator adds.
        const VALUE: u64 = 48;
        self.nodes * NODE + self.values * VALUE
    }

    /// The error for more of them than there is memory for.
    pub(super) fn too_many(self) -> ImagingError {
        let Self { nodes, values } = self;
        corrupt(&format!(
            "a header of {nodes} elements and {values} further values, more than files of its size have"
        ))
    }
}

/// What holds pixels (PS3.3, C.7.6.3, C.7.6.24 and C.7.6.25).
const PIXEL_TAGS: [Tag; 3] = [
    tags::PIXEL_DATA,
    tags::FLOAT_PIXEL_DATA,
    tags::DOUBLE_FLOAT_PIXEL_DATA,
];
// Items are no data elements, so the dictionary lacks them (PS3.5, 7.5).
const ITEM: Tag = Tag(0xfffe, 0xe000);
const ITEM_DELIMITATION_ITEM: Tag = Tag(0xfffe, 0xe00d);
const SEQUENCE_DELIMITATION_ITEM: Tag = Tag(0xfffe, 0xe0dd);
const UNDEFINED: u32 = u32::MAX;
/// Bytes of the shortest element or item.
const LEAST: usize = 8;
/// Deeper nesting than any real file has.
pub(super) const DEEPEST: usize = 40;

const TRUNCATED: ImagingError = ImagingError::Truncated {
    format: Format::Dicom,
};

fn corrupt(reason: &str) -> ImagingError {
    ImagingError::Corrupt {
        format: Format::Dicom,
        reason: reason.to_owned(),
    }
}

/// One element's header.
#[derive(Debug)]
struct Element {
    tag: Tag,
    /// As it is written; that of a sequence or UN where none is.
    vr: VR,
    length: u32,
    /// Where the value begins.
    value: usize,
}

#[derive(Debug)]
struct Walker<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

/// What is noted on the way.
#[derive(Debug, Default)]
struct Notes {
    unknown: Lengths,
    parts: Parts,
}

/// Lengths of values of undefined length, as in [`Found::unknown`].
type Lengths = Vec<(usize, u32)>;

/// Walks over a data set.
pub(super) fn walk(bytes: &[u8], encoding: Encoding) -> Result<Found, ImagingError> {
    let walker = Walker { bytes, encoding };
    let mut notes = Notes::default();
    let mut at = 0;
    while at < bytes.len() {
        // A few zeros at the end are padding, not an element.
        if bytes.len() - at < 8 {
            break;
        }
        let element = walker.element(at)?;
        if PIXEL_TAGS.contains(&element.tag) {
            return Ok(Found {
                header_end: at,
                pixels: Some(walker.pixels(&element)?),
                unknown: notes.unknown,
                parts: notes.parts,
            });
        }
        at = walker.skip(&element, 0, &mut notes)?;
    }
    Ok(Found {
        header_end: bytes.len(),
        pixels: None,
        unknown: notes.unknown,
        parts: notes.parts,
    })
}

/// Walks over the items of a sequence that lies `depth` sequences deep, in a value of its own. Gives what
/// [`Found::unknown`] and [`Found::parts`] are, and fails for anything but items.
pub(super) fn walk_items(
    bytes: &[u8],
    encoding: Encoding,
    depth: usize,
) -> Result<(Vec<(usize, u32)>, Parts), ImagingError> {
    let walker = Walker { bytes, encoding };
    let mut notes = Notes::default();
    if !bytes.is_empty() && walker.element(0)?.tag != ITEM {
        return Err(corrupt("a sequence without items"));
    }
    walker.items(0, Some(bytes.len()), depth, &mut notes)?;
    Ok((notes.unknown, notes.parts))
}

/// Whether the dictionary knows the tag as one of a sequence.
fn is_sequence(tag: Tag) -> bool {
    let entry = StandardDataDictionary.by_tag(tag);
    entry.is_some_and(|entry| entry.vr().relaxed() == VR::SQ)
}

impl Walker<'_> {
    fn u16(&self, at: usize) -> Result<u16, ImagingError> {
        let bytes = self.bytes.get(at..at + 2).ok_or(TRUNCATED)?;
        let pair = [bytes[0], bytes[1]];
        Ok(match self.encoding {
            Encoding::ExplicitBig => u16::from_be_bytes(pair),
            _ => u16::from_le_bytes(pair),
        })
    }

    fn u32(&self, at: usize) -> Result<u32, ImagingError> {
        let (a, b) = (u32::from(self.u16(at)?), u32::from(self.u16(at + 2)?));
        Ok(match self.encoding {
            Encoding::ExplicitBig => (a << 16) | b,
            _ => (b << 16) | a,
        })
    }

    fn element(&self, at: usize) -> Result<Element, ImagingError> {
        let tag = Tag(self.u16(at)?, self.u16(at + 2)?);
        if tag.group() == ITEM.group() || self.encoding == Encoding::ImplicitLittle {
            let vr = if is_sequence(tag) { VR::SQ } else { VR::OW };
            return Ok(Element {
                tag,
                vr,
                length: self.u32(at + 4)?,
                value: at + 8,
            });
        }
        let vr = self.bytes.get(at + 4..at + 6).ok_or(TRUNCATED)?;
        let vr = [vr[0], vr[1]];
        let vr = VR::from_binary(vr).unwrap_or(VR::UN);
        let short = matches!(
            vr,
            VR::AE
                | VR::AS
                | VR::AT
                | VR::CS
                | VR::DA
                | VR::DS
                | VR::DT
                | VR::FD
                | VR::FL
                | VR::IS
                | VR::LO
                | VR::LT
                | VR::PN
                | VR::SH
                | VR::SL
                | VR::SS
                | VR::ST
                | VR::TM
                | VR::UI
                | VR::UL
                | VR::US
        );
        let (length, value) = if short {
            (u32::from(self.u16(at + 6)?), at + 8)
        } else {
            (self.u32(at + 8)?, at + 12)
        };
        Ok(Element {
            tag,
            vr,
            length,
            value,
        })
    }

    /// The range of a value of known length.
    fn range(&self, element: &Element) -> Result<Range<usize>, ImagingError> {
        let end = element
            .value
            .checked_add(element.length as usize)
            .filter(|end| *end <= self.bytes.len())
            .ok_or(TRUNCATED)?;
        Ok(element.value..end)
    }

    /// The position behind an element, whatever it holds.
    fn skip(
        &self,
        element: &Element,
        depth: usize,
        notes: &mut Notes,
    ) -> Result<usize, ImagingError> {
        if depth > DEEPEST {
            return Err(corrupt("sequences nested too deeply"));
        }
        notes.parts.nodes += 1;
        if element.length != UNDEFINED {
            let range = self.range(element)?;
            if element.vr == VR::SQ {
                // The items' lengths must fit too.
                self.items(range.start, Some(range.end), depth, notes)?;
            } else if let Some(value) = self.bytes.get(range.clone()) {
                // A backslash ends a text (PS3.5, 6.4). Those in numbers are few.
                notes.parts.values += value.iter().filter(|b| **b == b'\\').count() as u64;
            }
            return Ok(range.end);
        }
        // Compressed pixels of an icon. A parser takes the like of any other element for items of elements.
        if element.tag == tags::PIXEL_DATA && element.vr != VR::UN {
            return self.fragments(element.value);
        }
        if element.vr != VR::UN {
            return self.items(element.value, None, depth, notes);
        }
        // An UN of undefined length holds items in implicit form (PS3.5, 6.2.2, note 2), though some write them as
        // they write everything else. What lies inside is walked over again when it is parsed.
        let inner = Walker {
            bytes: self.bytes,
            encoding: Encoding::ImplicitLittle,
        };
        let end = inner
            .items(element.value, None, depth, &mut Notes::default())
            .or_else(|error| {
                self.items(element.value, None, depth, &mut Notes::default())
                    .map_err(|_| error)
            })?;
        let length = u32::try_from(end - element.value)
            .ok()
            .filter(|length| *length != UNDEFINED);
        let length = length.ok_or_else(|| corrupt("a sequence of more than 4 GB"))?;
        notes.unknown.push((element.value - 4, length));
        Ok(end)
    }

    /// Walks over items until `end` or the sequence's end mark; gives the position behind. Whatever a parser could take for
    /// something else than this walk does is refused: it would go on where nothing has been checked.
    fn items(
        &self,
        mut at: usize,
        end: Option<usize>,
        depth: usize,
        notes: &mut Notes,
    ) -> Result<usize, ImagingError> {
        while end.is_none_or(|end| at < end) {
            if end.is_some_and(|end| end - at < LEAST) {
                return Err(corrupt("a sequence longer than its items"));
            }
            let item = self.element(at)?;
            if item.tag == SEQUENCE_DELIMITATION_ITEM && end.is_none_or(|end| item.value == end) {
                return Ok(item.value);
            }
            if item.tag != ITEM {
                return Err(corrupt("a sequence of something else than items"));
            }
            notes.parts.nodes += 1;
            let mut inside = item.value;
            at = if item.length == UNDEFINED {
                loop {
                    let element = self.element(inside)?;
                    if element.tag == ITEM_DELIMITATION_ITEM {
                        break element.value;
                    }
                    inside = self.skip_inside(&element, depth, notes)?;
                }
            } else {
                let end = self.range(&item)?.end;
                while inside < end {
                    if end - inside < LEAST {
                        return Err(corrupt("an item longer than what it holds"));
                    }
                    let element = self.element(inside)?;
                    inside = self.skip_inside(&element, depth, notes)?;
                }
                if inside > end {
                    return Err(corrupt("an item shorter than what it holds"));
                }
                end
            };
        }
        match end {
            Some(end) if at != end => Err(corrupt("a sequence shorter than its items")),
            _ => Ok(at),
        }
    }

    /// The position behind an element of an item, which no mark of items or sequences is.
    fn skip_inside(
        &self,
        element: &Element,
        depth: usize,
        notes: &mut Notes,
    ) -> Result<usize, ImagingError> {
        if element.tag.group() == ITEM.group() {
            return Err(corrupt("an item or its end mark where an element belongs"));
        }
        self.skip(element, depth + 1, notes)
    }

    /// The position behind compressed pixels of an image inside of the data set, such as an icon.
    fn fragments(&self, mut at: usize) -> Result<usize, ImagingError> {
        loop {
            let item = self.element(at)?;
            match item.tag {
                ITEM if item.length != UNDEFINED => at = self.range(&item)?.end,
                SEQUENCE_DELIMITATION_ITEM => return Ok(item.value),
                _ => return Err(corrupt("pixel data that is not divided into fragments")),
            }
        }
    }

    fn pixels(&self, element: &Element) -> Result<PixelBytes, ImagingError> {
        if element.length != UNDEFINED {
            return Ok(PixelBytes::Native {
                range: self.range(element)?,
                words: element.vr != VR::OB,
                big: self.encoding == Encoding::ExplicitBig && element.vr != VR::UN,
            });
        }
        let mut ranges = Vec::new();
        let mut at = element.value;
        loop {
            // Files whose last mark is missing are common and whole otherwise.
            if at == self.bytes.len() && ranges.len() > 1 {
                break;
            }
            let item = self.element(at)?;
            match item.tag {
                ITEM if item.length != UNDEFINED => {
                    let range = self.range(&item)?;
                    at = range.end;
                    ranges.push(range);
                }
                SEQUENCE_DELIMITATION_ITEM => break,
                _ => return Err(corrupt("pixel data that is not divided into fragments")),
            }
        }
        if ranges.is_empty() {
            return Err(corrupt("pixel data without fragments"));
        }
        let offsets = ranges.remove(0);
        Ok(PixelBytes::Fragments {
            offsets,
            fragments: ranges,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explicit(group: u16, element: u16, vr: &[u8; 2], length: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = group.to_le_bytes().to_vec();
        bytes.extend(element.to_le_bytes());
        bytes.extend(vr);
        bytes.extend(length.to_le_bytes());
        bytes.extend(value);
        bytes
    }

    #[test]
    fn lengths_beyond_the_file_are_found_before_anything_is_read() {
        let name = explicit(0x0010, 0x0010, b"PN", 400, b"Doe");
        assert_eq!(walk(&name, Encoding::ExplicitLittle), Err(TRUNCATED));
        let mut huge = explicit(0x0042, 0x0011, b"OB", 0, &0xffff_fff0_u32.to_le_bytes());
        huge.extend([0; 8]);
        assert_eq!(walk(&huge, Encoding::ExplicitLittle), Err(TRUNCATED));
    }

    #[test]
    fn pixels_are_found_where_they_lie() {
        let mut bytes = explicit(0x0010, 0x0010, b"PN", 4, b"Doe ");
        let pixels = explicit(0x7fe0, 0x0010, b"OW", 0, &[6, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
        bytes.extend(pixels);
        let found = walk(&bytes, Encoding::ExplicitLittle).unwrap();
        assert_eq!(found.header_end, 12);
        assert_eq!(
            found.pixels,
            Some(PixelBytes::Native {
                range: 24..30,
                words: true,
                big: false
            })
        );
    }

    #[test]
    fn endless_nesting_is_refused() {
        let mut bytes = Vec::new();
        for _ in 0..1000 {
            bytes.extend(explicit(0x0008, 0x1115, b"SQ", 0, &UNDEFINED.to_le_bytes()));
            bytes.extend([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]);
        }
        let error = walk(&bytes, Encoding::ExplicitLittle).unwrap_err();
        assert!(error.to_string().contains("nested too deeply"), "{error}");
    }

    /// An element in implicit form.
    fn implicit(group: u16, element: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(value);
        bytes
    }

    #[test]
    fn what_lies_in_items_of_defined_length_is_walked_over_too() {
        // In implicit form only the dictionary tells a sequence.
        let mut long = implicit(0x0008, 0x0060, b"CT");
        long[4] = 40;
        let sequence = implicit(0x0008, 0x1115, &implicit(0xfffe, 0xe000, &long));
        let file = [sequence, vec![0; 100]].concat();
        let error = walk(&file, Encoding::ImplicitLittle).unwrap_err();
        assert!(error.to_string().contains("an item shorter"), "{error}");
        let mut nested = Vec::new();
        for _ in 0..1000 {
            nested = implicit(0x0008, 0x1115, &implicit(0xfffe, 0xe000, &nested));
        }
        let error = walk(&nested, Encoding::ImplicitLittle).unwrap_err();
        assert!(error.to_string().contains("nested too deeply"), "{error}");
    }

    #[test]
    fn an_icon_of_fragments_and_an_unknown_representation_are_passed_over() {
        // Lengths of representations that are not known have 32 bits, as those of all new ones (PS3.5, 7.1.2).
        let mut file = explicit(0x0009, 0x0001, b"ZZ", 0, &[2, 0, 0, 0, 7, 7]);
        // Icon Image Sequence with compressed pixels, which are no elements.
        let mut icon = explicit(0x7fe0, 0x0010, b"OB", 0, &UNDEFINED.to_le_bytes());
        for fragment in [&[][..], &[1, 2, 3, 4]] {
            icon.extend(implicit(0xfffe, 0xe000, fragment));
        }
        icon.extend(implicit(0xfffe, 0xe0dd, &[]));
        let item = implicit(0xfffe, 0xe000, &icon);
        let length = (item.len() as u32).to_le_bytes();
        file.extend(explicit(
            0x0088,
            0x0200,
            b"SQ",
            0,
            &[&length[..], &item].concat(),
        ));
        let end = file.len();
        file.extend(explicit(0x7fe0, 0x0010, b"UN", 0, &[2, 0, 0, 0, 1, 0]));
        let found = walk(&file, Encoding::ExplicitLittle).unwrap();
        assert_eq!(found.header_end, end);
        assert!(matches!(
            found.pixels,
            Some(PixelBytes::Native {
                words: true,
                big: false,
                ..
            })
        ));
    }
}
