//! Rescale, modality tables, windows and VOI tables of a data set (DICOM PS3.3, C.11.1 and C.11.2).

use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use super::attributes::{float, int, item, items, numbers, text, texts};
use super::layout::Layout;
use super::lookup_table::{ValueRange, table};
use crate::{Rescale, Voi, VoiFunction, VoiWindow};

/// Whether the modality transform of these images leads back to the X-ray intensity and takes no part in showing them:
/// XA, XRF and the retired XA of two planes (PS3.3, C.8.7.1.1.2). What windows act on are then the stored numbers.
#[expect(
    deprecated,
    reason = "archives hold images of the retired class, and they are shown as well"
)]
pub(super) fn is_shown_as_stored(object: &InMemDicomObject) -> bool {
    matches!(
        text(object, tags::SOP_CLASS_UID).as_deref(),
        Some(
            uids::X_RAY_ANGIOGRAPHIC_IMAGE_STORAGE
                | uids::X_RAY_RADIOFLUOROSCOPIC_IMAGE_STORAGE
                | uids::X_RAY_ANGIOGRAPHIC_BI_PLANE_IMAGE_STORAGE
        )
    )
}

/// From stored numbers to real values, and their unit.
pub(super) fn rescale(object: &InMemDicomObject, layout: &Layout) -> Option<(Rescale, String)> {
    if let Some(lut) = item(object, tags::MODALITY_LUT_SEQUENCE)
        && let Some(table) = table(lut, layout.stored_range())
    {
        let unit = text(lut, tags::MODALITY_LUT_TYPE).unwrap_or_default();
        return Some((Rescale::Table(table), unit));
    }
    if let Ok(Some((slope, intercept))) = linear(object) {
        let unit = text(object, tags::RESCALE_TYPE).unwrap_or_default();
        return Some((Rescale::Linear { slope, intercept }, unit));
    }
    // Radiotherapy doses have a factor of their own.
    let dose = float(object, tags::DOSE_GRID_SCALING).filter(|slope| *slope > 0.0)?;
    let slope = Rescale::Linear {
        slope: dose,
        intercept: 0.0,
    };
    Some((slope, text(object, tags::DOSE_UNITS).unwrap_or_default()))
}

/// Rescale Slope and Intercept, which hold together only, or why they are not applied: one without the other, or a slope
/// of zero, which would make all numbers one. DCMTK leaves these out, too.
pub(super) fn linear(object: &InMemDicomObject) -> Result<Option<(f64, f64)>, &'static str> {
    let slope = float(object, tags::RESCALE_SLOPE);
    let intercept = float(object, tags::RESCALE_INTERCEPT);
    match (slope, intercept) {
        (None, None) => Ok(None),
        (Some(0.0), _) => Err(
            "The Rescale Slope of this file is 0, so it is not applied; values are the stored numbers.",
        ),
        (Some(slope), Some(intercept)) => Ok(Some((slope, intercept))),
        _ => Err(
            "This file has a Rescale Slope without an Intercept, or the other way round, so it is not applied; values are the stored numbers.",
        ),
    }
}

/// The real values that stored numbers of a range can become.
pub(super) fn rescaled(rescale: &Rescale, (low, high): ValueRange) -> ValueRange {
    match rescale {
        Rescale::Linear { .. } => rescaled_ends(rescale, [low, high]).into(),
        // Entries of a table have no sign.
        Rescale::Table(_) => (0.0, 65_535.0),
    }
}

/// First and last of the real values of two stored numbers and what is between.
pub(super) fn rescaled_ends(rescale: &Rescale, [first, last]: [f64; 2]) -> [f64; 2] {
    let (a, b) = (rescale.value(first), rescale.value(last));
    [a.min(b), a.max(b)]
}

/// Stored numbers, first and last, that stand for no measurement: Pixel Padding Value and its Range Limit (PS3.3,
/// C.7.5.1.1.2), with the sign of the pixels, whatever their value representations are.
pub(super) fn padding(object: &InMemDicomObject, layout: &Layout) -> Option<[f64; 2]> {
    if layout.float {
        let [value, limit] = if layout.allocated == 32 {
            [
                tags::FLOAT_PIXEL_PADDING_VALUE,
                tags::FLOAT_PIXEL_PADDING_RANGE_LIMIT,
            ]
        } else {
            [
                tags::DOUBLE_FLOAT_PIXEL_PADDING_VALUE,
                tags::DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT,
            ]
        };
        let value = float(object, value)?;
        let limit = float(object, limit).unwrap_or(value);
        return Some([value.min(limit), value.max(limit)]);
    }
    // Written for the bits that are allocated, of which some may not be used.
    let stored = |tag| int(object, tag).map(|written| layout.stored_number(written));
    let value = stored(tags::PIXEL_PADDING_VALUE)?;
    let limit = stored(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(value);
    Some([value.min(limit), value.max(limit)])
}

/// The unit of a rescaled value where the rescale itself does not say it.
pub(super) fn unit(object: &InMemDicomObject, modality: &str, said: String) -> String {
    match said.as_str() {
        // "US" stands for unspecified (PS3.3, C.11.1.1.2).
        "" | "US" if modality == "CT" => "HU".to_owned(),
        "" | "US" => text(object, tags::UNITS).unwrap_or_default(),
        _ => said,
    }
}

/// Tables first, because whoever writes one means it, then windows; `input` is the range of the rescaled values.
pub(super) fn voi(object: &InMemDicomObject, input: ValueRange) -> Vec<Voi> {
    let luts = items(object, tags::VOILUT_SEQUENCE).iter();
    let tables = luts.filter_map(|lut| table(lut, input));
    let function = match text(object, tags::VOILUT_FUNCTION).as_deref() {
        Some("SIGMOID") => VoiFunction::Sigmoid,
        Some("LINEAR_EXACT") => VoiFunction::LinearExact,
        _ => VoiFunction::Linear,
    };
    let names = texts(object, tags::WINDOW_CENTER_WIDTH_EXPLANATION);
    let centers = numbers(object, tags::WINDOW_CENTER);
    let widths = numbers(object, tags::WINDOW_WIDTH);
    // A center without a width, or the other way round, is no window; those beside it keep their partners.
    let windows = centers.into_iter().zip(widths).enumerate();
    let windows = windows.filter_map(|(i, (center, width))| {
        Some(VoiWindow {
            name: names.get(i).cloned().unwrap_or_default(),
            center: center?,
            width: width.filter(|width| *width > 0.0)?,
            function,
        })
    });
    tables
        .map(Voi::Table)
        .chain(windows.map(Voi::Window))
        .collect()
}

/// MONOCHROME1, or a presentation that asks for the inverse.
pub(super) fn is_inverted(object: &InMemDicomObject, monochrome1: bool) -> bool {
    match text(object, tags::PRESENTATION_LUT_SHAPE).as_deref() {
        Some("INVERSE") => true,
        Some("IDENTITY") => false,
        _ => monochrome1,
    }
}
