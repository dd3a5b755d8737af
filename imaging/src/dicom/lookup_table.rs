//! Lookup tables and their data (DICOM PS3.3, C.7.6.3.1.5, C.7.6.3.1.6, C.11.1 and C.11.2).

use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{ints, text};
use crate::Table;

/// Numbers from the lowest to the highest that can occur.
pub(super) type ValueRange = (f64, f64);

/// A lookup table item for numbers of this range.
pub(super) fn table(item: &InMemDicomObject, input: ValueRange) -> Option<Table> {
    let &[entries, first, bits, ..] = ints(item, tags::LUT_DESCRIPTOR).as_slice() else {
        return None;
    };
    let entries = match entries & 0xffff {
        0 => 65_536,
        n => n as usize,
    };
    let values = entries_of(item, tags::LUT_DATA, entries)?;
    // The declared depth is sometimes too small for what the table holds.
    let highest = values.iter().copied().max()?;
    let needed = (16 - highest.leading_zeros()) as u8;
    let declared = u8::try_from(bits)
        .ok()
        .filter(|bits| (8..=16).contains(bits));
    Some(Table {
        name: text(item, tags::LUT_EXPLANATION).unwrap_or_default(),
        first: first_mapped(first, values.len(), input),
        bits: declared.unwrap_or(8).max(needed),
        values,
    })
}

/// The input that a table's first entry stands for. It is signed where its inputs can be negative, which neither its
/// value representation (US for SS, and the other way round) nor implicit form tells.
pub(super) fn first_mapped(written: i64, entries: usize, (low, high): ValueRange) -> i32 {
    let unsigned = (written & 0xffff) as i32;
    if unsigned <= 0x7fff {
        return unsigned;
    }
    let signed = unsigned - 0x1_0000;
    let meets = |first: i32| f64::from(first) <= high && f64::from(first) + entries as f64 > low;
    if low < 0.0 && (meets(signed) || !meets(unsigned)) {
        signed
    } else {
        unsigned
    }
}

/// The data of a table with so many entries: one a word or one a byte, whatever the attributes say of it. Fewer than
/// `entries` where there are not more.
pub(super) fn entries_of(object: &InMemDicomObject, tag: Tag, entries: usize) -> Option<Vec<u16>> {
    let bytes = bytes_of(object, tag)?;
    if [entries, entries.next_multiple_of(2)].contains(&bytes.len()) {
        return Some(bytes[..entries].iter().map(|b| u16::from(*b)).collect());
    }
    let mut words = words(&bytes);
    words.truncate(entries);
    (!words.is_empty()).then_some(words)
}

/// A value as bytes, words in little endian.
pub(super) fn bytes_of(object: &InMemDicomObject, tag: Tag) -> Option<Vec<u8>> {
    let value = object.get(tag)?.value().primitive()?;
    Some(value.to_bytes().into_owned()).filter(|bytes| !bytes.is_empty())
}

/// Words in little endian.
pub(super) fn words(bytes: &[u8]) -> Vec<u16> {
    let pairs = bytes.chunks_exact(2);
    pairs.map(|b| u16::from_le_bytes([b[0], b[1]])).collect()
}
