//! The values in an ellipse.

use super::calibration::Picture;
use super::metric::Point;
use crate::SeriesInfo;

/// The numbers in an ellipse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inside {
    /// Pixels whose centre lies in it and which have a value.
    pub pixels: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (of these pixels: divided by their number).
    pub deviation: f64,
}

/// Mean and deviation of the pixels whose centre lies in the ellipse in the box between two corners; `None` where
/// there is none with a value. `size` is the picture's, in columns and rows. `value` gives the real value at a column
/// and row, `None` for what is not to count (padding, outside of a volume); what is not finite does not count either.
#[must_use]
pub fn inside(
    [a, b]: [Point; 2],
    (width, height): (usize, usize),
    mut value: impl FnMut(usize, usize) -> Option<f64>,
) -> Option<Inside> {
    let middle = [0, 1].map(|axis| (a[axis] + b[axis]) / 2.0);
    let radius = [0, 1].map(|axis| (b[axis] - a[axis]).abs() / 2.0);
    // An ellipse without width or height has no inside, nor has one that lies nowhere.
    if !radius.iter().all(|radius| *radius > 0.0) {
        return None;
    }
    let span = |axis: usize, count: usize| {
        let last = count as f64;
        let first = (middle[axis] - radius[axis]).floor().clamp(0.0, last);
        let end = (middle[axis] + radius[axis]).ceil().clamp(0.0, last);
        first as usize..end as usize
    };
    let (mut pixels, mut mean, mut squares) = (0_usize, 0.0, 0.0);
    for y in span(1, height) {
        for x in span(0, width) {
            let dx = (x as f64 + 0.5 - middle[0]) / radius[0];
            let dy = (y as f64 + 0.5 - middle[1]) / radius[1];
            if dx * dx + dy * dy > 1.0 {
                continue;
            }
            let Some(value) = value(x, y).filter(|value| value.is_finite()) else {
                continue;
            };
            // Welford: no large sums that lose digits.
            pixels += 1;
            let away = value - mean;
            mean += away / pixels as f64;
            squares += away * (value - mean);
        }
    }
    (pixels > 0).then(|| Inside {
        pixels,
        mean,
        deviation: (squares / pixels as f64).max(0.0).sqrt(),
    })
}

/// Whether a stored number is padding: of a frame by that frame's own, of a plane, whose pixels come from several frames, by
/// that of any of them.
#[must_use]
pub fn is_padding(info: &SeriesInfo, picture: Picture<'_>, stored: f64) -> bool {
    match picture {
        Picture::Frame(frame) => info
            .frames
            .get(frame)
            .is_some_and(|frame| frame.is_padding(stored)),
        Picture::Plane(_) => info.frames.iter().any(|frame| frame.is_padding(stored)),
    }
}

/// The real value of a stored number; `None` where it stands for no measurement: padding, and what is not finite.
#[must_use]
pub fn real_value(info: &SeriesInfo, picture: Picture<'_>, stored: f64) -> Option<f64> {
    let counts = stored.is_finite() && !is_padding(info, picture, stored);
    counts.then(|| info.rescale.value(stored))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::tests::small;

    #[test]
    fn an_ellipse_counts_the_pixels_whose_centre_is_in_it() {
        // A circle of radius 1 around the corner of four pixels: their centres are 0.707 away.
        let values = |x: usize, y: usize| Some([[1.0, 3.0], [5.0, 7.0]][y - 1][x - 1]);
        let found = inside([[1.0, 1.0], [3.0, 3.0]], (9, 9), values).unwrap();
        assert_eq!((found.pixels, found.mean), (4, 4.0));
        // ((9 + 1 + 1 + 9) / 4)^0.5
        assert!((found.deviation - 5.0_f64.sqrt()).abs() < 1e-12);
        let no_width = [[1.0, 1.0], [1.0, 3.0]];
        assert_eq!(inside(no_width, (9, 9), |_, _| Some(1.0)), None);
        let nowhere = [[f64::NAN, 1.0], [3.0, 3.0]];
        assert_eq!(inside(nowhere, (9, 9), |_, _| Some(1.0)), None);
        let beside = [[-9.0, -9.0], [-2.0, -2.0]];
        assert_eq!(inside(beside, (9, 9), |_, _| Some(1.0)), None);
    }

    #[test]
    fn padding_and_what_is_no_number_do_not_count() {
        let series = small();
        let [_, coronal, _] = series.planes().expect("a volume");
        let mut info = series.info;
        info.frames[0].padding = Some([-2000.0, -1990.0]);
        // Stored 30 is 2 * 30 - 10.
        let [first, second] = [0, 1].map(Picture::Frame);
        assert_eq!(real_value(&info, first, 30.0), Some(50.0));
        assert_eq!(real_value(&info, first, -1990.0), None);
        assert_eq!(real_value(&info, second, -1990.0), Some(-3990.0));
        assert_eq!(real_value(&info, first, f64::NAN), None);
        // A plane has pixels of both.
        info.frames[1].padding = Some([30.0, 30.0]);
        for padding in [-1990.0, 30.0] {
            assert_eq!(real_value(&info, Picture::Plane(&coronal), padding), None);
        }
        assert_eq!(real_value(&info, first, 30.0), Some(50.0));
        let stored = [30.0, -2000.0, f64::NAN, 50.0];
        let value = |x: usize, _| real_value(&info, first, stored[x]);
        let found = inside([[-4.0, -4.0], [8.0, 5.0]], (4, 1), value).unwrap();
        assert_eq!((found.pixels, found.mean, found.deviation), (2, 70.0, 20.0));
    }
}
