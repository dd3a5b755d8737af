//! Which frames lie at one position, and whether positions are equally spaced. No tolerance is a fixed length: slices
//! may be 10 mm or 10 µm apart.

use crate::Place;
use crate::geometry::{dot, length};

/// Part of a pixel or slice by which the positions of one slice may differ, because they were rounded.
const ROUNDED: f64 = 0.05;

/// What is known of the frames' scale, for tolerances that follow it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scale {
    /// The smaller side of a pixel, mm.
    pub(super) pixel_mm: Option<f64>,
    /// Spacing Between Slices or Slice Thickness, mm.
    pub(super) slice_mm: Option<f64>,
    /// Columns and rows, whichever are more.
    pub(super) pixels: usize,
}

/// How many of the sorted depths (mm) belong to each position.
pub(super) fn sizes(depths: &[f64], scale: Scale) -> Vec<usize> {
    let highest = depths.iter().fold(0.0, |high: f64, d| high.max(d.abs()));
    // What arithmetic leaves of two equal positions.
    let exact = split(depths, 1e-12 * highest + 1e-9);
    if exact.len() < 2 {
        return exact;
    }
    let mut gaps: Vec<f64> = bounds(&exact)
        .map(|at| depths[at] - depths[at - 1])
        .collect();
    gaps.sort_unstable_by(f64::total_cmp);
    let even = |gaps: &[f64]| gaps.len() > 2 && gaps[gaps.len() - 1] <= 1.2 * gaps[0];
    let alike = |sizes: &[usize]| sizes.iter().all(|size| *size == sizes[0]);
    if even(&gaps) && alike(&exact) {
        return exact;
    }
    let nominal = scale.slice_mm.or(scale.pixel_mm);
    let limit = ROUNDED * nominal.unwrap_or(0.2);
    let extent = depths[depths.len() - 1] - depths[0];
    if extent <= 0.1 * limit {
        return vec![depths.len()];
    }
    // From the largest threshold down: small gaps are rounding where steps are ten times as large.
    for at in (1..gaps.len()).rev() {
        let (low, high) = (gaps[at - 1], gaps[at]);
        if low > limit || low > 0.1 * high {
            continue;
        }
        let merged = split(depths, (low + high) / 2.0);
        if alike(&merged) || !even(&gaps[..at]) {
            return merged;
        }
    }
    exact
}

/// Sizes of the runs whose neighbours are at most so far apart.
fn split(depths: &[f64], tolerance: f64) -> Vec<usize> {
    let runs = depths.chunk_by(|a, b| b - a <= tolerance);
    runs.map(<[f64]>::len).collect()
}

/// Where each run but the first begins.
fn bounds(sizes: &[usize]) -> impl Iterator<Item = usize> {
    let mut at = 0;
    sizes[..sizes.len() - 1].iter().map(move |size| {
        at += size;
        at
    })
}

/// The step from a slice to the next one, mm, where they are equally spaced, else what is wrong with them.
pub(super) fn step(places: &[Place], scale: Scale) -> Result<[f64; 3], String> {
    let (first, count) = (places[0], places.len());
    let origins = || places.iter().map(|p| p.origin);
    let last = places[count - 1].origin;
    let step = [0, 1, 2].map(|r| (last[r] - first.origin[r]) / (count - 1) as f64);
    let size = length(step);
    let rounding = 0.6 * written_to(&origins().flatten());
    let tolerance = (0.02 * size).max(rounding.min(0.1 * size));
    let worst = origins()
        .enumerate()
        .map(|(k, origin)| {
            length([0, 1, 2].map(|r| origin[r] - first.origin[r] - step[r] * k as f64))
        })
        .fold(0.0, f64::max);
    if worst <= tolerance {
        return turned(places, scale, size).map(|()| step);
    }
    let normal = first.normal();
    let depths: Vec<f64> = origins().map(|o| dot(o, normal)).collect();
    let gaps: Vec<f64> = depths.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut sorted = gaps.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let usual = sorted[(sorted.len() - 1) / 2];
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let (usual_text, high_text) = (mm(usual), mm(high));
    if high - low <= 2.0 * tolerance {
        let worst = mm(worst);
        return Err(format!(
            "The slices of this series are shifted against each other by up to {worst} mm. The other planes are not offered."
        ));
    }
    // Whole multiples of the usual gap are slices that are not there.
    let unsure = 0.05_f64.max(2.0 * rounding / usual);
    let whole = |gap: &f64| {
        let steps = gap / usual;
        (steps - steps.round()).abs() <= unsure && steps.round() >= 1.0
    };
    let wide = gaps.iter().filter(|gap| **gap > 1.5 * usual).count();
    let missing: f64 = gaps.iter().map(|gap| (gap / usual).round() - 1.0).sum();
    // Where more would be missing than are here, nothing is known of what the spacing was.
    if wide == 0 || missing > count as f64 || !gaps.iter().all(whole) {
        return Err(format!(
            "The slices of this series are not equally spaced: they are {} to {high_text} mm apart, and some may be missing. The other planes are not offered.",
            mm(low)
        ));
    }
    let at = gaps.iter().position(|gap| *gap == high).unwrap_or(0) + 1;
    let after = at + 1;
    Err(match (missing as u64, wide) {
        (1, _) => format!(
            "1 slice is missing: the gap between slices {at} and {after} is {high_text} mm instead of {usual_text} mm. The other planes are not offered."
        ),
        (missing, 1) => format!(
            "{missing} slices are missing: the gap between slices {at} and {after} is {high_text} mm instead of {usual_text} mm. The other planes are not offered."
        ),
        (missing, _) => format!(
            "{missing} slices are missing in {wide} places; the largest gap, between slices {at} and {after}, is {high_text} mm instead of {usual_text} mm. The other planes are not offered."
        ),
    })
}

/// Directions that differ by more than half a pixel or half a slice at the far corner make no volume.
fn turned(places: &[Place], scale: Scale, step_mm: f64) -> Result<(), String> {
    let Some(pixel) = scale.pixel_mm else {
        return Ok(());
    };
    let first = places[0];
    let side = pixel * scale.pixels as f64;
    let fits = |p: &Place| {
        [(p.row, first.row), (p.column, first.column)]
            .iter()
            .all(|(a, b)| {
                let off = [0, 1, 2].map(|r| a[r] - b[r]);
                side * length(off) <= 0.5 * pixel.max(step_mm)
            })
    };
    if places.iter().all(fits) {
        Ok(())
    } else {
        Err("The frames of this series are turned against each other, so the other planes are not offered.".to_owned())
    }
}

/// The unit of the last decimal in which numbers were written, 0.1 to 0.0001; 0 where they have more.
fn written_to(numbers: &(impl Iterator<Item = f64> + Clone)) -> f64 {
    let whole = |unit: f64| {
        numbers.clone().all(|x| {
            let n = x / unit;
            (n - n.round()).abs() <= 1e-6 * n.abs().max(1.0)
        })
    };
    [0.1, 0.01, 0.001, 0.0001]
        .into_iter()
        .find(|unit| whole(*unit))
        .unwrap_or(0.0)
}

/// Millimetres as they are read: as many decimals as four digits need, without zeros at the end.
fn mm(x: f64) -> String {
    let digits = if x.abs() >= 1.0 { 2 } else { 5 };
    let text = format!("{x:.digits$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(pixel_mm: f64, slice_mm: Option<f64>) -> Scale {
        Scale {
            pixel_mm: Some(pixel_mm),
            slice_mm,
            pixels: 256,
        }
    }

    fn evenly(count: usize, step: f64) -> Vec<f64> {
        (0..count).map(|k| k as f64 * step).collect()
    }

    #[test]
    fn tolerances_follow_the_spacing() {
        // 10 µm slices, with pixels of 10 µm and of 1 mm; slices of 10 mm.
        for (pixel, step) in [(0.01, 0.01), (1.0, 0.01), (0.5, 10.0), (0.0039, 0.0117)] {
            let found = sizes(&evenly(12, step), scale(pixel, None));
            assert_eq!(found, [1; 12], "{pixel} {step}");
        }
        // Rounded to a thousandth, three times at each of four positions.
        let mut rounded = Vec::new();
        for z in [0.0, 3.0, 6.0, 9.0] {
            rounded.extend([z - 0.001, z, z + 0.0004]);
        }
        assert_eq!(sizes(&rounded, scale(1.0, Some(3.0))), [3; 4]);
        assert_eq!(sizes(&rounded, scale(1.0, None)), [3; 4]);
        // One position, rounded.
        assert_eq!(sizes(&[10.0, 10.0, 10.001], scale(1.0, Some(5.0))), [3]);
        // A distant slice does not make the others one.
        let far = [-99.0, 103.0, 104.0, 106.0];
        assert_eq!(sizes(&far, scale(0.5, None)), [1; 4]);
        let mut micro = evenly(8, 0.01);
        micro.push(200.0);
        assert_eq!(sizes(&micro, scale(1.0, None)), [1; 9]);
    }

    fn at(depths: &[f64]) -> Vec<Place> {
        let place = |z: &f64| Place {
            origin: [0.0, 0.0, *z],
            row: [1.0, 0.0, 0.0],
            column: [0.0, 1.0, 0.0],
        };
        depths.iter().map(place).collect()
    }

    #[test]
    fn gaps_are_counted_and_rounding_is_forgiven() {
        let said = |depths: &[f64]| step(&at(depths), scale(0.01, None)).unwrap_err();
        assert_eq!(
            said(&[0.0, 0.01, 0.02, 0.04]),
            "1 slice is missing: the gap between slices 3 and 4 is 0.02 mm instead of 0.01 mm. The other planes are not offered."
        );
        assert_eq!(
            said(&[0.0, 3.0, 9.0, 12.0, 24.0, 27.0, 30.0]),
            "4 slices are missing in 2 places; the largest gap, between slices 4 and 5, is 12 mm instead of 3 mm. The other planes are not offered."
        );
        assert_eq!(
            said(&[0.0, 3.0, 7.0, 10.0]),
            "The slices of this series are not equally spaced: they are 3 to 4 mm apart, and some may be missing. The other planes are not offered."
        );
        // 0.625 mm, written with one decimal.
        let written = [0.0, 0.6, 1.3, 1.9, 2.5];
        assert_eq!(step(&at(&written), scale(0.5, None)), Ok([0.0, 0.0, 0.625]));
        let jitter = [0.001, 2.5, 4.999, 7.5, 10.001];
        assert_eq!(step(&at(&jitter), scale(0.5, None)), Ok([0.0, 0.0, 2.5]));
        let mut shifted = at(&[0.0, 2.5, 5.0, 7.5]);
        shifted[2].origin[0] = 4.0;
        assert!(
            step(&shifted, scale(0.5, None))
                .unwrap_err()
                .contains("shifted against each other by up to 4 mm")
        );
        let mut turned = at(&[0.0, 2.5, 5.0]);
        turned[1].row = [0.9999, 0.014_142, 0.0];
        assert!(
            step(&turned, scale(0.5, None))
                .unwrap_err()
                .contains("turned against each other")
        );
    }
}
