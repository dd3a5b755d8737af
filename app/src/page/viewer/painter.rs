//! From a slice's numbers to the pixels of a canvas.

use super::{
    stack::{Cut, Stack},
    tone::Tone,
};
use unimed_imaging::{Samples, ScreenMap, Shades};

/// A slice at its own size, then at a half, a quarter, ...
#[derive(Debug)]
struct Level {
    samples: Samples,
    size: (usize, usize),
}

/// Keeps what the next animation frame needs again: the slice, its smaller copies, the table of shades.
#[derive(Debug, Default)]
pub(crate) struct Painter {
    slice: Option<(Cut, usize, usize)>,
    levels: Vec<Level>,
    shades: Option<Shades>,
}

/// What is drawn onto a screen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    /// From the screen to the slice.
    pub(crate) map: ScreenMap,
    /// Screen pixels for one pixel of the slice.
    pub(crate) scale: f64,
    /// Columns and rows of the screen.
    pub(crate) screen: (usize, usize),
}

/// Screen pixels for one pixel of the slice from which on pixels are drawn as squares.
const SQUARES_FROM: f64 = 4.0;

impl Painter {
    /// Takes a slice, unless it has it already.
    pub(crate) fn take(&mut self, stack: &Stack, cut: Cut, slice: usize, time: usize) {
        if self.slice != Some((cut, slice, time)) {
            self.slice = Some((cut, slice, time));
            self.levels = vec![Level {
                samples: stack.samples(cut, slice, time),
                size: stack.size(cut),
            }];
        }
    }

    /// Draws the slice: red, green, blue, 255 of every screen pixel over the beginning of `out`.
    pub(crate) fn paint(&mut self, stack: &Stack, tone: &Tone, sight: &Sight, out: &mut Vec<u8>) {
        let shades = self
            .shades
            .get_or_insert_with(|| stack.info.shades(&tone.voi, tone.invert));
        shades.set(&tone.voi, tone.invert);
        let (mut level, mut map, mut scale) = (0, sight.map, sight.scale);
        while scale <= 0.5
            && self
                .levels
                .get(level)
                .is_some_and(|l| l.size.0.min(l.size.1) > 1)
        {
            if level + 1 == self.levels.len() {
                let Level { samples, size } = &self.levels[level];
                let half = Level {
                    samples: samples.halved(size.0, size.1),
                    size: (size.0.div_ceil(2), size.1.div_ceil(2)),
                };
                self.levels.push(half);
            }
            level += 1;
            map = map.halved();
            scale *= 2.0;
        }
        if let Some(Level { samples, size }) = self.levels.get(level) {
            let smooth = scale < SQUARES_FROM;
            shades.draw(samples, *size, &map, smooth, sight.screen, out);
        }
    }

    /// The real value at a column and row; `None` for colour and outside.
    pub(crate) fn value(&self, stack: &Stack, column: usize, row: usize) -> Option<f64> {
        let Level { samples, size } = self.levels.first()?;
        if column >= size.0 || row >= size.1 {
            return None;
        }
        let stored = samples.value(row * size.0 + column)?;
        Some(stack.info.rescale.value(stored))
    }
}
