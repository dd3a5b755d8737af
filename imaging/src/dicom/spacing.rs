//! What a pixel measures (PS3.3 10.7.1 and C.8.5.5), and where that holds.

use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{float, floats, int, items, text, vector};
use super::functional_groups::FunctionalGroups;
use crate::region::{Region, RegionUnit};
use crate::{Spacing, SpacingKind};

/// Modalities whose images are projections onto a detector or film.
const PROJECTIONS: [&str; 9] = ["CR", "DX", "MG", "XA", "RF", "IO", "PX", "RG", "DR"];

/// Said where a projection has a pixel spacing and nothing tells where it holds.
pub(super) const UNSURE: &str = "The file does not say whether its pixel spacing holds in the patient or at the detector; it is taken as the detector's.";

/// The distance of pixels of a frame, and what is to be said about it. `regional` is what calibrated regions say
/// ([`of_regions`]), where there are any: no other scale holds then, not even where none of them is a length in both
/// directions.
pub(super) fn of(
    groups: &FunctionalGroups<'_>,
    frame: usize,
    regional: Option<Option<Spacing>>,
) -> (Option<Spacing>, Option<&'static str>) {
    let object = groups.object();
    if let Some(regional) = regional {
        return (regional, None);
    }
    // Pixel Measures Sequence; XA/XRF Frame Pixel Data Properties Sequence.
    let measures = groups.of(frame, tags::PIXEL_MEASURES_SEQUENCE);
    let measured = distance(measures, tags::PIXEL_SPACING);
    let properties = groups.of(frame, tags::FRAME_PIXEL_DATA_PROPERTIES_SEQUENCE);
    let detector = distance(properties, tags::IMAGER_PIXEL_SPACING)
        .or_else(|| distance(object, tags::IMAGER_PIXEL_SPACING))
        .or_else(|| distance(object, tags::IMAGE_PLANE_PIXEL_SPACING));
    let film = distance(object, tags::NOMINAL_SCANNED_PIXEL_SPACING);
    let spacing = |kind, [row_mm, column_mm]: [f64; 2]| {
        Some(Spacing {
            row_mm,
            column_mm,
            kind,
        })
    };
    let at_detector = |d: [f64; 2]| {
        let magnification =
            float(object, tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR).filter(|m| *m > 1.0);
        match magnification {
            Some(m) => spacing(SpacingKind::Magnified, d.map(|x| x / m)),
            None => spacing(SpacingKind::Detector, d),
        }
    };
    let Some(measured) = measured else {
        // Projection Pixel Calibration Sequence: Object Pixel Spacing in Center of Beam (PS3.3 C.8.19.6.9), which is what the
        // detector's spacing comes to where the patient is.
        let calibration = groups.of(frame, tags::PROJECTION_PIXEL_CALIBRATION_SEQUENCE);
        if let Some(d) = distance(calibration, tags::OBJECT_PIXEL_SPACING_IN_CENTER_OF_BEAM) {
            return (spacing(SpacingKind::Patient, d), None);
        }
        let known = match (detector, film) {
            (Some(d), _) => at_detector(d),
            (None, Some(d)) => spacing(SpacingKind::Film, d),
            (None, None) => None,
        };
        return (known, None);
    };
    let same = |other: [f64; 2]| {
        measured
            .iter()
            .zip(other)
            .all(|(a, b)| (a - b).abs() <= 1e-4 * b)
    };
    let modality = text(object, tags::MODALITY).unwrap_or_default();
    // Slices that were reconstructed from projections (tomosynthesis, rotational angiography) say where they lie.
    let projection = PROJECTIONS.contains(&modality.as_str())
        && std::ptr::eq(measures, object)
        && object.get(tags::IMAGE_ORIENTATION_PATIENT).is_none();
    // GEOMETRY or FIDUCIAL: somebody has corrected it for the magnification.
    if text(object, tags::PIXEL_SPACING_CALIBRATION_TYPE).is_some() {
        return (spacing(SpacingKind::Patient, measured), None);
    }
    match (detector, film) {
        (Some(d), _) if same(d) => (at_detector(measured), None),
        (None, Some(d)) if same(d) => (spacing(SpacingKind::Film, measured), None),
        (None, None) if projection => (at_detector(measured), Some(UNSURE)),
        _ => (spacing(SpacingKind::Patient, measured), None),
    }
}

/// The scale of an ultrasound picture as a whole, where regions are calibrated: that of its regions of two-dimensional images,
/// where they agree.
pub(super) fn of_regions(object: &InMemDicomObject, regions: &[Region]) -> Option<Option<Spacing>> {
    let calibrated = regions.iter().any(Region::is_calibrated);
    calibrated.then(|| of_flat_regions(object, regions))
}

fn of_flat_regions(object: &InMemDicomObject, regions: &[Region]) -> Option<Spacing> {
    let flat = items(object, tags::SEQUENCE_OF_ULTRASOUND_REGIONS)
        .iter()
        .filter(|item| int(item, tags::REGION_SPATIAL_FORMAT) == Some(1))
        .filter_map(region)
        .filter_map(|region| region.spacing_mm());
    let all: Vec<[f64; 2]> = flat.collect();
    let all = if all.is_empty() {
        regions.iter().filter_map(Region::spacing_mm).collect()
    } else {
        all
    };
    let [row_mm, column_mm] = *all.first()?;
    let agree = all.iter().all(|[r, c]| {
        (r - row_mm).abs() <= 1e-4 * row_mm && (c - column_mm).abs() <= 1e-4 * column_mm
    });
    agree.then_some(Spacing {
        row_mm,
        column_mm,
        kind: SpacingKind::Ultrasound,
    })
}

/// The calibrated regions of an ultrasound picture, in the order of the file.
pub(super) fn regions(object: &InMemDicomObject) -> Vec<Region> {
    let all = items(object, tags::SEQUENCE_OF_ULTRASOUND_REGIONS);
    all.iter().filter_map(region).collect()
}

fn region(item: &InMemDicomObject) -> Option<Region> {
    let number = |element| int(item, Tag(0x0018, element));
    let (x0, y0) = (number(0x6018)?, number(0x601a)?);
    let (x1, y1) = (number(0x601c)?, number(0x601e)?);
    let delta = |element| float(item, Tag(0x0018, element)).unwrap_or(0.0);
    // A step that is worth nothing is no calibration, whatever its unit is.
    let unit = |element, delta: f64| {
        number(element)
            .and_then(RegionUnit::from_code)
            .filter(|_| delta != 0.0)
            .unwrap_or(RegionUnit::None)
    };
    let (delta_x, delta_y) = (delta(0x602c), delta(0x602e));
    Some(Region {
        rect: [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)],
        unit_x: unit(0x6024, delta_x),
        unit_y: unit(0x6026, delta_y),
        delta_x,
        delta_y,
        low_priority: number(0x6016).unwrap_or(0) & 1 == 1,
    })
}

/// Vertical and horizontal size of a pixel in relation to each other (Pixel Aspect Ratio).
pub(super) fn aspect(object: &InMemDicomObject) -> Option<[f64; 2]> {
    vector(object, tags::PIXEL_ASPECT_RATIO).filter(|d: &[f64; 2]| d.iter().all(|x| *x > 0.0))
}

/// Row and column distance in mm, if the attribute holds two positive numbers.
fn distance(object: &InMemDicomObject, tag: Tag) -> Option<[f64; 2]> {
    vector(object, tag)
        .filter(|d: &[f64; 2]| d.iter().all(|x| *x > 0.0))
        .or_else(|| {
            // A single number is meant for both.
            match floats(object, tag).as_slice() {
                [one] if *one > 0.0 => Some([*one, *one]),
                _ => None,
            }
        })
}
