//! Which scale holds for points of a picture.

use super::metric::{PixelMetric, Point, Scale};
use crate::geometry::dot;
use crate::{Format, FrameInfo, Plane, Region, RegionUnit, SeriesInfo};

/// What is measured on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Picture<'a> {
    /// A frame of the series, by its number.
    Frame(usize),
    /// Any slice of a plane of the series.
    Plane(&'a Plane),
}

/// Why there is no length, angle or area.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoMetric {
    /// There is no such frame.
    #[error("There is no frame {} here; the series has {frames}.", frame + 1)]
    NoSuchFrame {
        /// The frame that was asked for, from 0.
        frame: usize,
        /// How many frames the series has.
        frames: usize,
    },
    /// A point lies in none of the picture's calibrated regions.
    #[error(
        "There is no length here: a point lies outside of the calibrated regions. Measure inside of one of them."
    )]
    OutsideRegions,
    /// The points lie in different calibrated regions.
    #[error(
        "There is no length here: the points lie in different calibrated regions. Measure inside of one of them."
    )]
    DifferentRegions,
    /// Calibrated regions that contradict each other overlap at a point, and none takes precedence.
    #[error(
        "There is no length here: calibrated regions overlap and contradict each other. Measure where only one of them lies."
    )]
    OverlappingRegions,
    /// The axes of the region are not both lengths.
    #[error("There is no length here: the axes of this region are not both lengths ({} across, {} down).", symbol(region.unit_x), symbol(region.unit_y))]
    NotLengths {
        /// The region.
        region: Region,
    },
    /// An arm of an angle has no length.
    #[error("There is no angle here: one of its arms has no length. Move its points apart.")]
    NoArm,
}

/// The symbol of a unit, also where there is none.
const fn symbol(unit: RegionUnit) -> &'static str {
    match unit {
        RegionUnit::None => "–",
        unit => unit.symbol(),
    }
}

/// What a pixel is worth at points of a picture.
///
/// A slice of a plane, and a frame that says where it lies, are measured in the patient. A frame with calibrated
/// regions is measured in the region that all points lie in, and nowhere else: outside of its regions nothing is
/// known (PS3.3 C.8.5.5), whatever else the file says. Otherwise the frame's pixel spacing counts, then its pixel
/// aspect ratio; without any of them pixels are taken as square.
///
/// # Errors
/// [`NoMetric`] when no scale holds for all points.
pub fn metric(
    info: &SeriesInfo,
    picture: Picture<'_>,
    points: &[Point],
) -> Result<PixelMetric, NoMetric> {
    let number = match picture {
        Picture::Plane(plane) => return Ok(PixelMetric::of_steps(plane.across, plane.down)),
        Picture::Frame(number) => number,
    };
    let frame = info.frames.get(number).ok_or(NoMetric::NoSuchFrame {
        frame: number,
        frames: info.frames.len(),
    })?;
    if frame.regions.iter().any(Region::is_calibrated) {
        let region = region_of(&frame.regions, points)?;
        return region_metric(region).ok_or(NoMetric::NotLengths { region: *region });
    }
    if let Some(spacing) = frame.spacing {
        let mut metric = PixelMetric::of_spacing(spacing);
        metric.xy = metric.pixel().iter().product::<f64>() * shear(info.format, frame);
        return Ok(metric);
    }
    if let Some(volume) = info.volume {
        return Ok(PixelMetric::of_steps(volume.axes[0], volume.axes[1]));
    }
    let aspect = frame
        .pixel_aspect
        .map(|[vertical, horizontal]| vertical / horizontal)
        .filter(|ratio| ratio.is_finite() && *ratio > 0.0);
    Ok(match aspect {
        Some(height) => PixelMetric::rectangular(1.0, height, Scale::PixelWidths),
        None => PixelMetric::rectangular(1.0, 1.0, Scale::Pixels),
    })
}

/// The cosine of the angle between rows and columns. DICOM's are perpendicular by definition (PS3.3 C.7.6.2.1.1), so
/// what its direction cosines lack in that is rounding.
fn shear(format: Format, frame: &FrameInfo) -> f64 {
    match frame.place {
        Some(place) if format != Format::Dicom => dot(place.row, place.column),
        _ => 0.0,
    }
}

/// The metric of a region whose axes are both lengths.
fn region_metric(region: &Region) -> Option<PixelMetric> {
    let [row_mm, column_mm] = region.spacing_mm()?;
    let scale = Scale::Millimetres(crate::SpacingKind::Ultrasound);
    Some(PixelMetric::rectangular(column_mm, row_mm, scale))
}

/// The region that all points are measured in: it contains all of them, and at none of them a region of its own or
/// a higher priority says otherwise (PS3.3 C.8.5.5.1.3).
fn region_of<'a>(regions: &'a [Region], points: &[Point]) -> Result<&'a Region, NoMetric> {
    let calibrated = || regions.iter().filter(|region| region.is_calibrated());
    let known = |[x, y]: &Point| calibrated().any(|region| region.contains(*x, *y));
    if !points.iter().all(known) {
        return Err(NoMetric::OutsideRegions);
    }
    let holds_all = |region: &Region| points.iter().all(|[x, y]| region.contains(*x, *y));
    if !calibrated().any(holds_all) {
        return Err(NoMetric::DifferentRegions);
    }
    // A region that only touches a point with its edge has no say in it, unless it could be measured in itself.
    let at = |[x, y]: Point| {
        calibrated().filter(move |region| region.encloses(x, y) || holds_all(region))
    };
    let undisputed = |region: &&Region| {
        points.iter().all(|point| {
            let high = at(*point).any(|other| !other.low_priority);
            let mut counting = at(*point).filter(|other| !(high && other.low_priority));
            counting.all(|other| same_calibration(region, other))
        })
    };
    let mut candidates = calibrated().filter(|region| holds_all(region));
    candidates
        .find(undisputed)
        .ok_or(NoMetric::OverlappingRegions)
}

/// Whether two regions give steps the same worth, but for the rounding of two computations.
fn same_calibration(a: &Region, b: &Region) -> bool {
    let same = |a: f64, b: f64| (a.abs() - b.abs()).abs() <= 1e-6 * a.abs().max(b.abs());
    (a.unit_x, a.unit_y) == (b.unit_x, b.unit_y)
        && same(a.delta_x, b.delta_x)
        && same(a.delta_y, b.delta_y)
}
