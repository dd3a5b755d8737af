//! Which values frames have, and which of them are shown where a file does not say it.

use crate::samples::Samples;
use crate::series::FrameInfo;
use crate::window::{Rescale, Voi, VoiWindow};

/// What is said where whole numbers have more digits than a 64-bit float.
pub(crate) const ROUNDED: &str = "Whole numbers of this file have more digits than a 64-bit float; they are rounded to the nearest one.";

/// Whether a stored number of a frame is a measurement. Frames that `infos` lacks have no padding.
pub(crate) fn counts(infos: &[FrameInfo], frame: usize) -> impl Fn(f64) -> bool + Copy + '_ {
    let info = infos.get(frame);
    move |stored| stored.is_finite() && !info.is_some_and(|info| info.is_padding(stored))
}

/// Smallest and largest real value of some frames, without their padding as far as there is anything else; 0 to 255 for
/// colour.
pub(crate) fn real_range(frames: &[Samples], infos: &[FrameInfo], rescale: &Rescale) -> (f64, f64) {
    let widest = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    let measured = || {
        let ranges = frames.iter().enumerate();
        let ranges = ranges.filter_map(|(at, f)| match rescale {
            Rescale::Linear { .. } if infos.get(at).is_none_or(|info| info.padding.is_none()) => {
                f.range()
            }
            Rescale::Linear { .. } => f.range_of(counts(infos, at)),
            // The least and the greatest number need not have the least and the greatest entry.
            Rescale::Table(_) => (0..f.pixels())
                .filter_map(|i| f.value(i))
                .filter(|v| counts(infos, at)(*v))
                .map(|v| (rescale.value(v), rescale.value(v)))
                .reduce(widest),
        });
        let (a, b) = ranges.reduce(widest)?;
        Some(match rescale {
            Rescale::Linear { .. } => (rescale.value(a), rescale.value(b)),
            Rescale::Table(_) => (a, b),
        })
    };
    let padded = || frames.iter().filter_map(Samples::range).reduce(widest);
    let padded = || padded().map(|(a, b)| (rescale.value(a), rescale.value(b)));
    let (a, b) = measured().or_else(padded).unwrap_or((0.0, 255.0));
    (a.min(b), a.max(b))
}

/// A window over all but the darkest and brightest half percent of the values, for files that bring no window: a few
/// hot pixels shall not turn the rest black, nor shall padding. `None` for 8 bit and colour, and where that leaves no
/// range.
pub(crate) fn middle_window(
    frames: &[Samples],
    infos: &[FrameInfo],
    rescale: &Rescale,
) -> Option<Voi> {
    const MOST: usize = 1 << 17;
    let wide = |f: &Samples| !matches!(f, Samples::U8(_) | Samples::Rgb8(_));
    let wide = || frames.iter().enumerate().filter(|(_, f)| wide(f));
    let total: usize = wide().map(|(_, f)| f.pixels()).sum();
    // An odd stride does not walk down a column of a picture whose width is a power of two.
    let stride = (total / MOST) | 1;
    let mut values: Vec<f64> = wide()
        .flat_map(|(at, f)| {
            let stored = (0..f.pixels()).step_by(stride).filter_map(|i| f.value(i));
            let counts = counts(infos, at);
            stored.filter(move |v| counts(*v))
        })
        .map(|v| rescale.value(v))
        .collect();
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    let (low, high) = (values[last / 200], values[last - last / 200]);
    (high > low).then(|| {
        Voi::Window(VoiWindow {
            name: "middle 99 %".to_owned(),
            ..VoiWindow::spanning(low, high)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    fn padded(low: f64, high: f64) -> FrameInfo {
        FrameInfo {
            padding: Some([low, high]),
            ..FrameInfo::default()
        }
    }

    #[test]
    fn padding_counts_for_no_automatic_window_and_no_range() {
        let rescale = Rescale::Linear {
            slope: -2.0,
            intercept: 10.0,
        };
        let mut values: Vec<i16> = (0..400).map(|i| i % 50).collect();
        values.extend([-2000; 1000]);
        values.extend([-1999; 1000]);
        let frames = [Samples::I16(values), Samples::I16(vec![-2000, 60])];
        let infos = [padded(-2000.0, -1999.0), FrameInfo::default()];
        // The second frame's -2000 is a measurement.
        assert_eq!(real_range(&frames, &infos, &rescale), (-110.0, 4010.0));
        let infos = [infos[0].clone(), infos[0].clone()];
        assert_eq!(real_range(&frames, &infos, &rescale), (-110.0, 10.0));
        let Some(Voi::Window(window)) = middle_window(&frames, &infos, &rescale) else {
            panic!("no window");
        };
        // 2 of 401 at either end are left out: 0, 0 and 60, 49.
        assert_eq!(
            window,
            VoiWindow {
                name: "middle 99 %".into(),
                ..VoiWindow::spanning(-88.0, 10.0)
            }
        );
        // Where everything is padding, it is shown.
        let all = [padded(-2000.0, 100.0), padded(-2000.0, 100.0)];
        assert_eq!(real_range(&frames, &all, &rescale), (-110.0, 4010.0));
        assert_eq!(middle_window(&frames, &all, &rescale), None);
    }

    #[test]
    fn the_range_through_a_table_is_that_of_the_values() {
        let table = Rescale::Table(Table {
            name: String::new(),
            first: 0,
            bits: 16,
            values: vec![9, 500, 3, 40_000],
        });
        let frames = [Samples::U8(vec![0, 1, 2])];
        assert_eq!(real_range(&frames, &[], &table), (3.0, 500.0));
        assert_eq!(real_range(&frames, &[padded(1.0, 1.0)], &table), (3.0, 9.0));
    }
}
