//! Values of attributes, forgiving about how they are written.
//!
//! What is asked of every frame of a file looks at the beginning of a value only: an attribute of the whole data set may
//! have tens of thousands of values, and a file tens of thousands of frames.

use dicom_core::PrimitiveValue;
use dicom_object::InMemDicomObject;
use dicom_object::Tag;

/// The first value that is a number is looked for among so many.
const LOOKED_AT: usize = 16;
/// Characters of a short text: four times what a short string or code has (PS3.5, table 6.2-1).
const SHORT: usize = 64;

/// Whole numbers; empty when the attribute is absent or holds none.
pub(super) fn ints(object: &InMemDicomObject, tag: Tag) -> Vec<i64> {
    let Some(element) = object.get(tag) else {
        return Vec::new();
    };
    element.to_multi_int().unwrap_or_else(|_| {
        floats(object, tag)
            .iter()
            .map(|x| x.round() as i64)
            .collect()
    })
}

/// The first whole number.
pub(super) fn int(object: &InMemDicomObject, tag: Tag) -> Option<i64> {
    object
        .get(tag)?
        .to_int()
        .ok()
        .or_else(|| float(object, tag).map(|x| x.round() as i64))
}

/// Numbers, as far as they are finite.
pub(super) fn floats(object: &InMemDicomObject, tag: Tag) -> Vec<f64> {
    let Some(element) = object.get(tag) else {
        return Vec::new();
    };
    let values = element.to_multi_float64().or_else(|_| {
        let texts = element.to_multi_str();
        texts.map(|texts| {
            texts
                .iter()
                .filter_map(|t| t.trim_matches(blank).parse().ok())
                .collect()
        })
    });
    values
        .unwrap_or_default()
        .into_iter()
        .filter(|x: &f64| x.is_finite())
        .collect()
}

/// Numbers at their places; `None` for those that are empty or none.
pub(super) fn numbers(object: &InMemDicomObject, tag: Tag) -> Vec<Option<f64>> {
    let finite = |x: &f64| x.is_finite();
    texts(object, tag)
        .iter()
        .map(|text| text.parse().ok().filter(finite))
        .collect()
}

/// The first number that is finite.
pub(super) fn float(object: &InMemDicomObject, tag: Tag) -> Option<f64> {
    let value = object.get(tag)?.value().primitive()?;
    let finite = |x: &f64| x.is_finite();
    let parsed = |text: &str| text.trim_matches(blank_or_line).parse().ok().filter(finite);
    match value {
        PrimitiveValue::Str(text) => text.split('\\').take(LOOKED_AT).find_map(parsed),
        PrimitiveValue::Strs(texts) => texts.iter().take(LOOKED_AT).find_map(|t| parsed(t)),
        PrimitiveValue::F32(numbers) => {
            let mut numbers = numbers.iter().take(LOOKED_AT).map(|x| f64::from(*x));
            numbers.find(finite)
        }
        PrimitiveValue::F64(numbers) => numbers.iter().take(LOOKED_AT).copied().find(finite),
        whole => whole.to_float64().ok().filter(finite),
    }
}

/// Exactly `N` numbers.
pub(super) fn vector<const N: usize>(object: &InMemDicomObject, tag: Tag) -> Option<[f64; N]> {
    let values = object.get(tag)?.value().multiplicity() as usize;
    if values > N + LOOKED_AT {
        return None;
    }
    floats(object, tag).try_into().ok()
}

/// The beginning of the first value, without padding; `None` when it is absent or empty.
pub(super) fn short_text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let value = object.get(tag)?.value().primitive()?;
    let text = match value {
        PrimitiveValue::Str(text) => text.as_str(),
        PrimitiveValue::Strs(texts) => texts.first()?,
        _ => return text(object, tag),
    };
    let text = cut(text.trim_matches(blank));
    (!text.is_empty()).then(|| text.to_owned())
}

/// The beginnings of the first few texts of an attribute, which may be empty.
pub(super) fn short_texts(object: &InMemDicomObject, tag: Tag) -> Vec<String> {
    let Some(Ok(texts)) = object.get(tag).map(dicom_core::DataElement::to_multi_str) else {
        return Vec::new();
    };
    let texts = texts.iter().take(LOOKED_AT);
    texts
        .map(|t| cut(t.trim_matches(blank)).to_owned())
        .collect()
}

fn cut(text: &str) -> &str {
    text.char_indices()
        .nth(SHORT)
        .map_or(text, |(end, _)| &text[..end])
}

/// Text without padding; `None` when it is absent or empty.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let text = object.get(tag)?.to_str().ok()?;
    let text = text.trim_matches(blank);
    (!text.is_empty()).then(|| text.to_owned())
}

/// The texts of an attribute with several values, which may be empty.
pub(super) fn texts(object: &InMemDicomObject, tag: Tag) -> Vec<String> {
    let Some(Ok(texts)) = object.get(tag).map(dicom_core::DataElement::to_multi_str) else {
        return Vec::new();
    };
    texts
        .iter()
        .map(|t| t.trim_matches(blank).to_owned())
        .collect()
}

/// The items of a sequence.
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    object
        .get(tag)
        .and_then(|element| element.items())
        .unwrap_or_default()
}

/// The first item of a sequence.
pub(super) fn item(object: &InMemDicomObject, tag: Tag) -> Option<&InMemDicomObject> {
    items(object, tag).first()
}

/// What values are padded with.
fn blank(c: char) -> bool {
    c == ' ' || c == '\0'
}

/// What numbers in text may stand between.
fn blank_or_line(c: char) -> bool {
    blank(c) || c.is_whitespace()
}
