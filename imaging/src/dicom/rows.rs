//! A data set as rows of the metadata table.

use dicom_core::DicomValue;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Header;
use dicom_object::{InMemDicomObject, StandardDataDictionary, Tag};

use super::deidentify::is_identifying;
use crate::metadata::Row;

/// Longest value that is shown, in characters.
const LONGEST: usize = 200;
/// Most rows: enhanced objects repeat themselves for every frame.
const MOST: usize = 4000;

/// All elements, items of sequences indented below theirs.
pub(super) fn rows(object: &InMemDicomObject) -> Vec<Row> {
    let mut rows = Vec::new();
    add(object, 0, false, &mut rows);
    rows
}

/// `inside` is set within a sequence that is itself identifying.
fn add(object: &InMemDicomObject, depth: usize, inside: bool, rows: &mut Vec<Row>) {
    for element in object.iter() {
        if rows.len() >= MOST {
            return;
        }
        let tag = element.tag();
        let identifying = inside || is_identifying(tag);
        let value = match element.value() {
            DicomValue::Sequence(sequence) => match sequence.items().len() {
                1 => "1 item".to_owned(),
                n => format!("{n} items"),
            },
            DicomValue::PixelSequence(_) => "compressed pixels".to_owned(),
            DicomValue::Primitive(value) => shown(element.vr().to_string(), value),
        };
        rows.push(Row {
            tag: format!("({:04X},{:04X})", tag.group(), tag.element()),
            name: name(tag),
            value,
            depth,
            identifying,
        });
        for item in element.items().unwrap_or_default() {
            add(item, depth + 1, identifying, rows);
        }
    }
}

fn name(tag: Tag) -> String {
    if tag.group() % 2 == 1 {
        return "Private".to_owned();
    }
    let entry = StandardDataDictionary.by_tag(tag);
    entry.map_or_else(|| "Unknown".to_owned(), |entry| entry.alias().to_owned())
}

/// A value as text: bytes by their number, long texts cut.
fn shown(vr: &str, value: &dicom_core::PrimitiveValue) -> String {
    let binary = matches!(vr, "OB" | "OW" | "OF" | "OD" | "OL" | "OV" | "UN");
    if binary && value.calculate_byte_len() > 16 {
        return format!("{} bytes", value.calculate_byte_len());
    }
    let text = value.to_str();
    let text = text.trim_matches([' ', '\0']);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
