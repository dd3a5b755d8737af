//! From a slice's numbers to the pixels of a canvas.

use crate::model::viewport::{
    series::{Series, ViewPlane},
    window_level::WindowLevel,
};
use unimed_imaging::{ResampledView, Samples, ScreenMap, VoiLut};

/// A slice at its own size, then at a half, a quarter, ...
#[derive(Debug)]
struct MipLevel {
    samples: Samples,
    size: (usize, usize),
}

/// Keeps what the next animation frame needs again: the slice, its smaller copies, what the screen sees of it as long
/// as only the window changes, and the lookup table.
#[derive(Debug, Default)]
pub(crate) struct SliceRenderer {
    slice: Option<(ViewPlane, usize, usize)>,
    levels: Vec<MipLevel>,
    resampled: Option<(ScreenView, ResampledView)>,
    voi_lut: Option<VoiLut>,
}

/// What is drawn onto a screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScreenView {
    /// From the screen to the slice.
    pub(crate) map: ScreenMap,
    /// Screen pixels for one pixel of the slice.
    pub(crate) scale: f64,
    /// Columns and rows of the screen.
    pub(crate) screen: (usize, usize),
}

/// Screen pixels for one pixel of the slice from which on pixels are drawn as squares.
const SQUARES_FROM: f64 = 4.0;

impl SliceRenderer {
    /// Takes a slice, unless it has it already.
    pub(crate) fn take(&mut self, series: &Series, cut: ViewPlane, slice: usize, time: usize) {
        if self.slice != Some((cut, slice, time)) {
            self.slice = Some((cut, slice, time));
            self.resampled = None;
            self.levels = vec![MipLevel {
                samples: series.samples(cut, slice, time),
                size: series.size(cut),
            }];
        }
    }

    /// Draws the slice: red, green, blue, 255 of every screen pixel over the beginning of `out`.
    pub(crate) fn paint(
        &mut self,
        series: &Series,
        window_level: &WindowLevel,
        screen_view: &ScreenView,
        out: &mut Vec<u8>,
    ) {
        let (cut, slice, time) = self.slice.unwrap_or((ViewPlane::Stack, 0, 0));
        let frame = series.frame(cut, slice, time);
        let invert = window_level.invert != series.info.is_inverted(frame);
        let voi = window_level.voi(&series.info, frame);
        let voi_lut = self
            .voi_lut
            .get_or_insert_with(|| series.info.voi_lut(&voi, invert));
        voi_lut.set(&voi, invert);
        if self
            .resampled
            .as_ref()
            .is_none_or(|(of, _)| of != screen_view)
        {
            // The old one goes before the new one comes, so that both never need room at once.
            self.resampled = None;
            self.resampled =
                resample(&mut self.levels, screen_view).map(|resampled| (*screen_view, resampled));
        }
        if let Some((_, resampled)) = &self.resampled {
            voi_lut.draw(resampled, out);
        }
    }

    /// The stored number at a column and row; `None` for colour and outside.
    pub(crate) fn stored(&self, column: usize, row: usize) -> Option<f64> {
        let MipLevel { samples, size } = self.levels.first()?;
        if column >= size.0 || row >= size.1 {
            return None;
        }
        samples.value(row * size.0 + column)
    }
}

/// What the screen sees of the level that is drawn at its size or at most twice as small; makes the levels up to it.
fn resample(levels: &mut Vec<MipLevel>, screen_view: &ScreenView) -> Option<ResampledView> {
    let (mut level, mut map, mut scale) = (0, screen_view.map, screen_view.scale);
    while scale <= 0.5 && levels.get(level)?.size.0.min(levels[level].size.1) > 1 {
        if level + 1 == levels.len() {
            let MipLevel { samples, size } = &levels[level];
            let half = MipLevel {
                samples: samples.halved(size.0, size.1),
                size: (size.0.div_ceil(2), size.1.div_ceil(2)),
            };
            levels.push(half);
        }
        level += 1;
        map = map.halved();
        scale *= 2.0;
    }
    let MipLevel { samples, size } = levels.get(level)?;
    let smooth = scale < SQUARES_FROM;
    Some(ResampledView::new(
        samples,
        *size,
        &map,
        smooth,
        screen_view.screen,
    ))
}
