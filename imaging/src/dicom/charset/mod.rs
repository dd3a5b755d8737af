//! Text of a data set by its Specific Character Set (DICOM PS3.5, 6.1.2; PS3.3, C.12.1.1.2).
//!
//! dicom-rs knows one character set at a time: of several it takes the first, it leaves escape sequences in the text,
//! it splits values inside of multi-byte characters, and what an item declares stays in force behind the item. So the
//! parser is kept from decoding ([`Undecoded`]), and the text is decoded here once the tree stands.

mod iso2022;
mod sets;
mod undecoded;

use dicom_core::header::Header;
use dicom_core::value::PrimitiveValue;
use dicom_core::{DicomValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use encoding::all::{GB18030, GBK};
use encoding::{DecoderTrap, Encoding};

use iso2022::Text;
use sets::{Sets, Start};
pub(super) use undecoded::{NESTED, Undecoded};

/// What stands where a byte belongs to no character.
const NO_CHARACTER: char = char::REPLACEMENT_CHARACTER;

/// Unknown terms that are named; a file that has more is of no use to name them.
const NAMED: usize = 8;

/// What went wrong with the text of a file.
#[derive(Debug, Default)]
struct Faults {
    /// Terms that name no character set.
    unknown: Vec<String>,
    /// Bytes beyond ASCII where no character set is declared.
    undeclared: bool,
    /// Bytes that belong to no character.
    broken: bool,
}

/// Bytes as they stand in the tree until they are decoded: one character each.
pub(super) fn undecoded(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Decodes all text of a data set that was parsed by [`Undecoded`], and tells what could not be decoded.
pub(super) fn decode_all(object: &mut InMemDicomObject) -> Vec<String> {
    let mut faults = Faults::default();
    in_object(object, &Sets::default(), &mut faults);
    let mut notes = Vec::new();
    if !faults.unknown.is_empty() {
        notes.push(format!(
            "The file names a character set that is not known: {}. Its text is read as Latin-1 and may be wrong.",
            faults.unknown.join(", ")
        ));
    }
    if faults.undeclared {
        notes.push(
            "Some text has characters beyond ASCII, and the file names no character set for them. They are read as Latin-1 and may be wrong."
                .to_owned(),
        );
    }
    if faults.broken {
        notes.push(
            "Some text does not fit the character set that the file names; � stands for what is lost."
                .to_owned(),
        );
    }
    notes
}

/// Items take over the character sets of what they lie in unless they name their own (PS3.5, 7.5.3).
fn in_object(object: &mut InMemDicomObject, inherited: &Sets, faults: &mut Faults) {
    let own = object
        .get(tags::SPECIFIC_CHARACTER_SET)
        .and_then(|element| element.to_multi_str().ok())
        .filter(|terms| terms.iter().any(|term| !term.trim().is_empty()))
        .map(|terms| Sets::of(&terms));
    // Those that are inherited have been looked at where they stand.
    for term in own.iter().flat_map(|sets| &sets.unknown) {
        if faults.unknown.len() < NAMED && !faults.unknown.contains(term) {
            faults.unknown.push(term.clone());
        }
    }
    let sets = own.as_ref().unwrap_or(inherited);
    let concerned: Vec<(Tag, VR)> = object
        .iter()
        .filter(|element| element.vr() == VR::SQ || is_text(element.vr()))
        .map(|element| (element.tag(), element.vr()))
        .collect();
    for (tag, vr) in concerned {
        object.update_value(tag, |value| match value {
            DicomValue::Sequence(sequence) => {
                for item in sequence.items_mut() {
                    in_object(item, sets, faults);
                }
            }
            DicomValue::Primitive(value) => in_value(value, vr, sets, faults),
            DicomValue::PixelSequence(_) => {}
        });
    }
}

fn in_value(value: &mut PrimitiveValue, vr: VR, sets: &Sets, faults: &mut Faults) {
    let bytes: Option<Vec<u8>> = match &*value {
        PrimitiveValue::Str(_) | PrimitiveValue::Strs(_) => {
            let text = value.to_raw_str();
            text.chars().map(|c| u8::try_from(c).ok()).collect()
        }
        _ => None,
    };
    // What holds other characters has been decoded already.
    let Some(bytes) = bytes else {
        return;
    };
    if bytes.is_ascii() && !bytes.contains(&iso2022::ESCAPE) && sets.keeps_ascii() {
        return;
    }
    let Text { values, undeclared } = decode(&bytes, sets, vr);
    faults.undeclared |= undeclared && sets.unknown.is_empty();
    faults.broken |= values.iter().any(|text| text.contains(NO_CHARACTER));
    *value = if has_values(vr) {
        PrimitiveValue::Strs(values.into_iter().collect())
    } else {
        PrimitiveValue::Str(values.concat())
    };
}

/// The values of an element from its bytes: one for LT, ST and UT, whose backslashes are text. Spaces and zeros that
/// pad a value are gone, and the marks before component groups of a name that are empty (PS3.5, 6.2.1.1).
fn decode(bytes: &[u8], sets: &Sets, vr: VR) -> Text {
    let mut text = match sets.start {
        Start::Utf8 => split(&String::from_utf8_lossy(bytes), vr),
        Start::Gb18030 => split(&whole(GB18030, bytes), vr),
        Start::Gbk => split(&whole(GBK, bytes), vr),
        Start::Codes(left, right) => iso2022::decode(bytes, left, right, vr),
    };
    let padding = |c| matches!(c, ' ' | '\0') || c == '=' && vr == VR::PN;
    for value in &mut text.values {
        value.truncate(value.trim_end_matches(padding).len());
    }
    text
}

/// Splits after decoding, because a byte of a character may look like a backslash.
fn split(text: &str, vr: VR) -> Text {
    let values = if has_values(vr) {
        text.split('\\').map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    };
    Text {
        values,
        undeclared: false,
    }
}

fn whole(encoding: &dyn Encoding, bytes: &[u8]) -> String {
    encoding
        .decode(bytes, DecoderTrap::Replace)
        .unwrap_or_else(|_| NO_CHARACTER.to_string())
}

/// Whether the character set of the file counts for a value representation (PS3.5, 6.1.2.2).
fn is_text(vr: VR) -> bool {
    matches!(
        vr,
        VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT
    )
}

/// Whether a backslash ends a value (PS3.5, table 6.2-1).
fn has_values(vr: VR) -> bool {
    !matches!(vr, VR::LT | VR::ST | VR::UT)
}

#[cfg(test)]
mod tests;
