//! A frame onto a screen: only the numbers that are seen, fast enough for every animation frame.
//!
//! Coordinates are continuous: pixel (i, j) of a frame or screen covers `[i, i + 1) x [j, j + 1)`.

use crate::Samples;
use std::ops::Range;

/// Room for numbers of a screen is taken in steps of so many.
const ROOM: usize = 1 << 18;

/// From a screen point to a frame point: `x = x[0] * sx + x[1] * sy + x[2]`, and so for y.
///
/// Frames lie straight or turned by quarters, so one of `x[0]` and `x[1]` is 0, and of `y[0]` and `y[1]` the other one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScreenMap {
    /// Factors and offset of the column.
    pub x: [f64; 3],
    /// Factors and offset of the row.
    pub y: [f64; 3],
}

impl ScreenMap {
    /// One screen pixel for one frame pixel, both from their top left corner.
    pub const IDENTITY: Self = Self {
        x: [1.0, 0.0, 0.0],
        y: [0.0, 1.0, 0.0],
    };

    /// The same screen over a frame of half the size.
    #[must_use]
    pub fn halved(self) -> Self {
        Self {
            x: self.x.map(|v| v / 2.0),
            y: self.y.map(|v| v / 2.0),
        }
    }
}

/// The part of a frame that a screen sees: one stored number for each pixel of the screen that the frame covers.
///
/// A window, which is applied by [`VoiLut::draw`](crate::VoiLut::draw), changes nothing of it, so it is kept while one drags.
#[derive(Debug, Clone)]
pub struct ResampledView {
    /// Of the covered rectangle, row by row.
    pub(crate) samples: Samples,
    /// Columns of the rectangle on the screen.
    pub(crate) columns: Range<usize>,
    /// Rows of the rectangle on the screen.
    pub(crate) rows: Range<usize>,
    /// Columns and rows of the screen.
    pub(crate) screen: (usize, usize),
}

impl ResampledView {
    /// What a screen of `screen` (columns, rows) pixels sees of a frame of `size` (columns, rows).
    ///
    /// `smooth` mixes the four nearest stored numbers; otherwise the nearest one is taken.
    /// Nothing is seen when `samples` are not of that size.
    // Callers may be compiled for size; a function of its own keeps this crate's compilation for speed.
    #[inline(never)]
    #[must_use]
    pub fn new(
        samples: &Samples,
        size: (usize, usize),
        map: &ScreenMap,
        smooth: bool,
        screen: (usize, usize),
    ) -> Self {
        if samples.check(size.0, size.1).is_err() {
            return Self {
                samples: Samples::U8(Vec::new()),
                columns: 0..0,
                rows: 0..0,
                screen,
            };
        }
        let target = Target::new(size, map, smooth, screen);
        let samples = match samples {
            Samples::U8(v) => Samples::U8(target.walk(
                v,
                |a, b, tap| tap.whole(a.into(), b.into()),
                |a, b, tap| tap.rounded(a, b) as u8,
            )),
            Samples::U16(v) => Samples::U16(target.walk(
                v,
                |a, b, tap| tap.whole(a.into(), b.into()),
                |a, b, tap| tap.rounded(a, b) as u16,
            )),
            Samples::I16(v) => {
                // Patterns in the order of their values, so that they can be mixed.
                const SIGN: u16 = 0x8000;
                let ordered = |v: i16| u32::from(v.cast_unsigned() ^ SIGN);
                Samples::I16(target.walk(
                    v,
                    |a, b, tap| tap.whole(ordered(a), ordered(b)),
                    |a, b, tap| (tap.rounded(a, b) as u16 ^ SIGN).cast_signed(),
                ))
            }
            Samples::F32(v) => Samples::F32(target.walk(
                v,
                |a, b, tap| tap.float(a, b),
                |a, b, tap| tap.float(a, b),
            )),
            Samples::F64(v) => Samples::F64(target.walk(
                v,
                |a, b, tap| tap.double(a, b),
                |a, b, tap| tap.double(a, b),
            )),
            Samples::Rgb8(v) => {
                let mixed = target.walk(
                    v.as_chunks::<3>().0,
                    |a, b, tap| [0, 1, 2].map(|at| tap.whole(a[at].into(), b[at].into())),
                    |a, b, tap| [0, 1, 2].map(|at| tap.rounded(a[at], b[at]) as u8),
                );
                Samples::Rgb8(mixed.into_flattened())
            }
        };
        Self {
            samples,
            columns: target.across.range(),
            rows: target.down.range(),
            screen,
        }
    }
}

/// Where a screen column or row falls in the frame. Places are steps from the frame's beginning, in pixels.
#[derive(Debug, Clone, Copy)]
struct Tap {
    /// The pixel that it falls into.
    nearest: usize,
    /// The pixel whose middle comes before.
    first: usize,
    /// The pixel whose middle comes after.
    second: usize,
    /// How much of the second one there is, of 256.
    share: u32,
}

/// The taps of all screen columns or rows that fall into the frame.
struct Taps {
    /// The first of these columns or rows.
    start: usize,
    list: Vec<Tap>,
}

impl Taps {
    fn new(factor: f64, offset: f64, screen: usize, (length, stride): (usize, usize)) -> Self {
        let last = length.saturating_sub(1);
        let tap = |screen: usize| {
            let at = factor * (screen as f64 + 0.5) + offset;
            let inside = at >= 0.0 && at < length as f64;
            inside.then(|| {
                // Values belong to the middles of pixels.
                let middle = (at - 0.5).clamp(0.0, last as f64);
                let first = middle as usize;
                Tap {
                    nearest: at as usize * stride,
                    first: first * stride,
                    second: (first + 1).min(last) * stride,
                    share: ((middle - first as f64) * 256.0 + 0.5) as u32,
                }
            })
        };
        let start = (0..screen).find(|at| tap(*at).is_some()).unwrap_or(screen);
        let list = (start..screen).map_while(tap).collect();
        Self { start, list }
    }

    fn range(&self) -> Range<usize> {
        self.start..self.start + self.list.len()
    }
}

// Four neighbours are mixed in two steps, between lines and along them, in the order that mixes less: along them first
// where a frame is enlarged, because several rows of the screen see the same lines.
impl Tap {
    /// 256 times the mix of whole numbers of at most 16 bits.
    #[inline]
    fn whole(&self, first: u32, second: u32) -> u32 {
        first * (256 - self.share) + second * self.share
    }

    /// The mix of what [`Tap::whole`] gave in the other direction, rounded.
    #[inline]
    fn rounded(&self, first: u32, second: u32) -> u32 {
        // 16 bits of value and 16 of shares: just fits.
        (self.whole(first, second) + (1 << 15)) >> 16
    }

    #[inline]
    fn float(&self, first: f32, second: f32) -> f32 {
        first + (second - first) * (self.share as f32 / 256.0)
    }

    #[inline]
    fn double(&self, first: f64, second: f64) -> f64 {
        first + (second - first) * (f64::from(self.share) / 256.0)
    }
}

/// Which pixels of a frame a screen sees.
struct Target {
    smooth: bool,
    /// Whether the frame lies straight and a row of the screen passes more than one of its lines.
    shrinks: bool,
    across: Taps,
    down: Taps,
}

impl Target {
    fn new(
        (width, height): (usize, usize),
        map: &ScreenMap,
        smooth: bool,
        screen: (usize, usize),
    ) -> Self {
        let (x, y) = ((width, 1), (height, width));
        // Turned by a quarter, the screen's columns go through the frame's rows.
        let turned = map.x[0] == 0.0 && map.y[0] != 0.0;
        let (across, down) = if turned {
            (
                Taps::new(map.y[0], map.y[2], screen.0, y),
                Taps::new(map.x[1], map.x[2], screen.1, x),
            )
        } else {
            (
                Taps::new(map.x[0], map.x[2], screen.0, x),
                Taps::new(map.y[1], map.y[2], screen.1, y),
            )
        };
        Self {
            smooth,
            shrinks: !turned && map.y[1].abs() > 1.0,
            across,
            down,
        }
    }

    /// A number for every screen pixel that the frame covers: of the nearest pixel, or `finish` of what `mix` made of
    /// the four nearest.
    fn walk<N: Copy, M: Copy>(
        &self,
        frame: &[N],
        mix: impl Fn(N, N, &Tap) -> M,
        finish: impl Fn(M, M, &Tap) -> N,
    ) -> Vec<N> {
        let (columns, rows) = (&self.across.list, &self.down.list);
        // Rounded up, so that a screen of nearly the same size takes the same room again: what a wasm program's memory has
        // grown by, it keeps.
        let capacity = (columns.len() * rows.len()).next_multiple_of(ROOM);
        let mut seen = Vec::with_capacity(capacity);
        let (Some(left), Some(right)) = (columns.first(), columns.last()) else {
            return seen;
        };
        if !self.smooth {
            for row in rows {
                let nearest = |column: &Tap| frame[column.nearest + row.nearest];
                seen.extend(columns.iter().map(nearest));
            }
        } else if self.shrinks {
            let (from, to) = (left.first.min(right.first), left.second.max(right.second));
            let mut line = Vec::with_capacity(to - from + 2);
            for row in rows {
                let [above, below] =
                    [row.first, row.second].map(|start| &frame[start + from..=start + to]);
                line.clear();
                line.extend(above.iter().zip(below).map(|(a, b)| mix(*a, *b, row)));
                // Behind the frame's last pixel it stands once more; it has no share.
                line.extend(line.last().copied());
                let along = |x: &Tap| {
                    let pair = &line[x.first - from..][..2];
                    finish(pair[0], pair[1], x)
                };
                seen.extend(columns.iter().map(along));
            }
        } else {
            let mut lines = [(None, Vec::new()), (None, Vec::new())];
            for row in rows {
                if lines[1].0 == Some(row.first) {
                    lines.swap(0, 1);
                }
                for (line, start) in lines.iter_mut().zip([row.first, row.second]) {
                    if line.0 != Some(start) {
                        let along =
                            |x: &Tap| mix(frame[x.first + start], frame[x.second + start], x);
                        line.0 = Some(start);
                        line.1.clear();
                        line.1.extend(columns.iter().map(along));
                    }
                }
                let [(_, above), (_, below)] = &lines;
                seen.extend(above.iter().zip(below).map(|(a, b)| finish(*a, *b, row)));
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rescale, SampleKind, Voi, VoiLut, VoiWindow};

    fn window(kind: SampleKind, low: f64, high: f64) -> VoiLut {
        VoiLut::new(
            kind,
            &Rescale::IDENTITY,
            &Voi::Window(VoiWindow::spanning(low, high)),
            false,
        )
    }

    fn draw(
        lut: &VoiLut,
        samples: &Samples,
        size: (usize, usize),
        map: &ScreenMap,
        smooth: bool,
        screen: (usize, usize),
        out: &mut Vec<u8>,
    ) {
        lut.draw(&ResampledView::new(samples, size, map, smooth, screen), out);
    }

    fn reds(out: &[u8]) -> Vec<u8> {
        out.iter().step_by(4).copied().collect()
    }

    #[test]
    fn one_to_one_gives_the_same_shades_as_the_model_gets() {
        let samples = Samples::I16((0..12).map(|v| v * 100 - 500).collect());
        let lut = window(SampleKind::I16, -500.0, 600.0);
        let expected = lut.rgb(4, 3, &samples).unwrap();
        let mut out = Vec::new();
        for smooth in [false, true] {
            draw(
                &lut,
                &samples,
                (4, 3),
                &ScreenMap::IDENTITY,
                smooth,
                (4, 3),
                &mut out,
            );
            let red: Vec<u8> = expected.pixels.iter().step_by(3).copied().collect();
            assert_eq!(reds(&out), red);
            assert!(out.iter().skip(3).step_by(4).all(|a| *a == 255));
        }
    }

    #[test]
    fn outside_is_black_and_an_enlargement_repeats_or_mixes() {
        let samples = Samples::U16(vec![100, 200]);
        let lut = window(SampleKind::U16, 0.0, 255.0);
        // Two screen pixels for a frame pixel, one pixel of margin on the left.
        let map = ScreenMap {
            x: [0.5, 0.0, -0.5],
            y: [0.0, 1.0, 0.0],
        };
        let mut out = Vec::new();
        draw(&lut, &samples, (2, 1), &map, false, (6, 1), &mut out);
        assert_eq!(reds(&out), [0, 100, 100, 200, 200, 0]);
        draw(&lut, &samples, (2, 1), &map, true, (6, 1), &mut out);
        assert_eq!(reds(&out), [0, 100, 125, 175, 200, 0]);
    }

    #[test]
    fn every_way_to_lie_mixes_the_four_nearest() {
        let (width, height) = (23, 17);
        let value = |x: usize, y: usize| ((x * 7919 + y * 104_729) % 50_000) as u16;
        let stored = (0..width * height).map(|at| value(at % width, at / width));
        let samples = Samples::U16(stored.collect());
        let last = [width, height].map(|length| (length - 1) as f64);
        let screen = (31, 29);
        // Shrunk, enlarged, mirrored, turned; half a pixel off, so that margins and edges are seen.
        let (a, b) = ([1.7, 0.0, -3.2], [0.0, 1.3, -2.1]);
        for (x, y) in [
            (a, b),
            (a.map(|v| v / 3.0), b.map(|v| v / 3.0)),
            ([-1.7, 0.0, 24.3], b),
            (a, [0.0, -1.3, 18.0]),
            (b, a),
            ([0.0, -1.3, 25.0], a),
        ] {
            let map = ScreenMap { x, y };
            let view = ResampledView::new(&samples, (width, height), &map, true, screen);
            let Samples::U16(numbers) = &view.samples else {
                panic!("a frame's numbers keep their type");
            };
            assert_eq!(numbers.len(), view.rows.len() * view.columns.len());
            let mut numbers = numbers.iter();
            let mut inside = 0;
            for (row, column) in (0..screen.1).flat_map(|r| (0..screen.0).map(move |c| (r, c))) {
                let at =
                    |m: [f64; 3]| m[0] * (column as f64 + 0.5) + m[1] * (row as f64 + 0.5) + m[2];
                let (x, y) = (at(map.x), at(map.y));
                let covered = x >= 0.0 && x < width as f64 && y >= 0.0 && y < height as f64;
                let held = view.rows.contains(&row) && view.columns.contains(&column);
                assert_eq!(covered, held, "{map:?} {column} {row}");
                if !covered {
                    continue;
                }
                inside += 1;
                let [x, y] = [x, y].map(|v| v - 0.5);
                let (x, y) = (x.clamp(0.0, last[0]), y.clamp(0.0, last[1]));
                let share = |v: f64| ((v - v.floor()) * 256.0 + 0.5).floor() / 256.0;
                let pixel = |dx: usize, dy: usize| {
                    let (x, y) = (x as usize + dx, y as usize + dy);
                    f64::from(value(x.min(width - 1), y.min(height - 1)))
                };
                let line = |dy: usize| pixel(0, dy) + (pixel(1, dy) - pixel(0, dy)) * share(x);
                let mixed = line(0) + (line(1) - line(0)) * share(y);
                let number = f64::from(*numbers.next().expect("one for each covered pixel"));
                assert!(
                    (number - mixed).abs() <= 0.5 + 1e-6,
                    "{number} {mixed} {map:?}"
                );
            }
            assert!(inside > 100, "{inside}");
        }
    }

    #[test]
    fn a_turned_map_walks_down_the_columns() {
        let samples = Samples::U8(vec![1, 2, 3, 4, 5, 6]);
        let lut = window(SampleKind::U8, 0.0, 255.0);
        // A quarter turn clockwise of a frame of 3 x 2: the screen is 2 x 3; x = sy, y = 2 - sx.
        let map = ScreenMap {
            x: [0.0, 1.0, 0.0],
            y: [-1.0, 0.0, 2.0],
        };
        let mut out = Vec::new();
        draw(&lut, &samples, (3, 2), &map, false, (2, 3), &mut out);
        assert_eq!(reds(&out), [4, 1, 5, 2, 6, 3]);
    }

    #[test]
    fn colour_and_floats_are_drawn_too() {
        let mut out = Vec::new();
        let color = Samples::Rgb8(vec![1, 2, 3, 40, 50, 60]);
        draw(
            &window(SampleKind::Rgb8, 0.0, 255.0),
            &color,
            (2, 1),
            &ScreenMap::IDENTITY,
            false,
            (2, 1),
            &mut out,
        );
        assert_eq!(out, [1, 2, 3, 255, 40, 50, 60, 255]);
        let float = Samples::F32(vec![0.0, 0.5]);
        draw(
            &window(SampleKind::F32, 0.0, 1.0),
            &float,
            (2, 1),
            &ScreenMap::IDENTITY,
            true,
            (2, 1),
            &mut out,
        );
        assert_eq!(reds(&out), [0, 128]);
        // Numbers that 32 bits do not tell apart.
        let double = Samples::F64(vec![4e9, 4e9 + 1.0, 4e9 + 2.0]);
        draw(
            &window(SampleKind::F64, 4e9, 4e9 + 2.0),
            &double,
            (3, 1),
            &ScreenMap::IDENTITY,
            true,
            (3, 1),
            &mut out,
        );
        assert_eq!(reds(&out), [0, 128, 255]);
    }
}
