//! Rescale, modality tables, windows and VOI tables of a data set (DICOM PS3.3, C.11.1 and C.11.2).

use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{float, floats, int, ints, item, items, text, texts};
use super::color::words_of;
use crate::{Rescale, Table, Voi, VoiFunction, VoiWindow};

/// A lookup table item; `signed` when pixel values are.
fn table(item: &InMemDicomObject, signed: bool, name: Option<String>) -> Option<Table> {
    let &[entries, first, bits] = ints(item, Tag(0x0028, 0x3002)).as_slice() else {
        return None;
    };
    let entries = match entries & 0xffff {
        0 => 65_536,
        n => n as usize,
    };
    // In implicit form the parser cannot know that the value is signed.
    let first = if signed && first > 0x7fff {
        first - 0x1_0000
    } else {
        first
    };
    let mut values = words_of(item, Tag(0x0028, 0x3006))?;
    let packed = values.len() < entries && bits <= 8;
    if packed {
        values = values.iter().flat_map(|w| [w & 0xff, w >> 8]).collect();
    }
    values.truncate(entries);
    let bits = u8::try_from(bits).unwrap_or(16).clamp(8, 16);
    // The declared depth is sometimes too small for what the table holds.
    let highest = values.iter().copied().max()?;
    let bits = bits.max((16 - highest.leading_zeros()) as u8);
    Some(Table {
        name: name.unwrap_or_default(),
        first: first as i32,
        bits,
        values,
    })
}

/// From stored numbers to real values, and their unit.
pub(super) fn rescale(object: &InMemDicomObject, signed: bool) -> Option<(Rescale, String)> {
    if let Some(lut) = item(object, Tag(0x0028, 0x3000))
        && let Some(table) = table(lut, signed, text(lut, Tag(0x0028, 0x3003)))
    {
        let unit = text(lut, Tag(0x0028, 0x3004)).unwrap_or_default();
        return Some((Rescale::Table(table), unit));
    }
    if let (Some(intercept), Some(slope)) = (
        float(object, Tag(0x0028, 0x1052)),
        float(object, Tag(0x0028, 0x1053)),
    ) && slope != 0.0
    {
        let unit = text(object, Tag(0x0028, 0x1054)).unwrap_or_default();
        return Some((Rescale::Linear { slope, intercept }, unit));
    }
    // Radiotherapy doses have a factor of their own.
    let dose = float(object, Tag(0x3004, 0x000e)).filter(|slope| *slope > 0.0)?;
    let slope = Rescale::Linear {
        slope: dose,
        intercept: 0.0,
    };
    Some((slope, text(object, Tag(0x3004, 0x0002)).unwrap_or_default()))
}

/// The unit of a rescaled value where the rescale itself does not say it.
pub(super) fn unit(object: &InMemDicomObject, modality: &str, said: String) -> String {
    match said.as_str() {
        // "US" stands for unspecified (PS3.3, C.11.1.1.2).
        "" | "US" if modality == "CT" => "HU".to_owned(),
        "" | "US" => text(object, Tag(0x0054, 0x1001)).unwrap_or_default(),
        _ => said,
    }
}

/// Tables first, because whoever writes one means it, then windows.
pub(super) fn voi(object: &InMemDicomObject, signed: bool) -> Vec<Voi> {
    let luts = items(object, Tag(0x0028, 0x3010)).iter();
    let tables = luts.filter_map(|lut| table(lut, signed, text(lut, Tag(0x0028, 0x3003))));
    let function = match text(object, Tag(0x0028, 0x1056)).as_deref() {
        Some("SIGMOID") => VoiFunction::Sigmoid,
        Some("LINEAR_EXACT") => VoiFunction::LinearExact,
        _ => VoiFunction::Linear,
    };
    let names = texts(object, Tag(0x0028, 0x1055));
    let centers = floats(object, Tag(0x0028, 0x1050));
    let widths = floats(object, Tag(0x0028, 0x1051));
    let windows = centers
        .into_iter()
        .zip(widths)
        .enumerate()
        .map(|(i, (center, width))| {
            let name = names.get(i).cloned().unwrap_or_default();
            VoiWindow {
                name,
                center,
                width,
                function,
            }
        });
    let windows = windows.filter(|w| w.width > 0.0).map(Voi::Window);
    tables.map(Voi::Table).chain(windows).collect()
}

/// MONOCHROME1, or a presentation that asks for the inverse.
pub(super) fn is_inverted(object: &InMemDicomObject, monochrome1: bool) -> bool {
    match text(object, Tag(0x2050, 0x0020)).as_deref() {
        Some("INVERSE") => true,
        Some("IDENTITY") => false,
        _ => monochrome1,
    }
}

/// Whether the file carries graphics that are not shown: overlay planes (60xx) or high bits used as such.
pub(super) fn has_overlay(object: &InMemDicomObject) -> bool {
    (0x6000..=0x601e_u16)
        .step_by(2)
        .any(|group| int(object, Tag(group, 0x0010)).is_some())
}
