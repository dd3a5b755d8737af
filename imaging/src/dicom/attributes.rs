//! Values of attributes, forgiving about how they are written.

use dicom_object::InMemDicomObject;
use dicom_object::Tag;

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
        .or_else(|| ints(object, tag).first().copied())
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

/// The first number.
pub(super) fn float(object: &InMemDicomObject, tag: Tag) -> Option<f64> {
    floats(object, tag).first().copied()
}

/// Exactly `N` numbers.
pub(super) fn vector<const N: usize>(object: &InMemDicomObject, tag: Tag) -> Option<[f64; N]> {
    floats(object, tag).try_into().ok()
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
