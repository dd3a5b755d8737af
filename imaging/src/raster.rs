//! A frame onto a screen: only the pixels that are seen, each looked up once, fast enough for every animation frame.
//!
//! Coordinates are continuous: pixel (i, j) of a frame or screen covers `[i, i + 1) x [j, j + 1)`.

use crate::{Samples, Shades};

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

impl Shades {
    /// Draws a frame of `size` (columns, rows) onto a screen of `screen` (columns, rows) pixels: red, green, blue, 255
    /// of every screen pixel over the beginning of `out`, black where the frame is not.
    ///
    /// `smooth` mixes the four nearest stored numbers before the look-up; otherwise the nearest one is taken.
    /// Nothing is drawn when `samples` are not of that size.
    // The page is compiled for size; a function of its own keeps this crate's compilation for speed.
    #[inline(never)]
    pub fn draw(
        &self,
        samples: &Samples,
        size: (usize, usize),
        map: &ScreenMap,
        smooth: bool,
        screen: (usize, usize),
        out: &mut Vec<u8>,
    ) {
        out.clear();
        out.resize(screen.0 * screen.1 * 4, 0);
        for pixel in out.chunks_exact_mut(4) {
            pixel[3] = 255;
        }
        if samples.check(size.0, size.1).is_err() {
            return;
        }
        let target = Target::new(size, map, smooth, screen);
        let table = self.table();
        let look = |pattern: u32| table.get(pattern as usize).copied().unwrap_or(0);
        let gray = |out: &mut [u8], shade: u8| out[..3].fill(shade);
        match samples {
            Samples::U8(v) => target.walk(
                out,
                |out, i| gray(out, look(v[i].into())),
                |out, mix| gray(out, look(mix.whole(|i| v[i].into()))),
            ),
            Samples::U16(v) => target.walk(
                out,
                |out, i| gray(out, look(v[i].into())),
                |out, mix| gray(out, look(mix.whole(|i| v[i].into()))),
            ),
            Samples::I16(v) => {
                // Patterns in the order of their values, so that they can be mixed.
                const SIGN: u16 = 0x8000;
                let ordered = |i: usize| u32::from(v[i].cast_unsigned() ^ SIGN);
                target.walk(
                    out,
                    |out, i| gray(out, look(v[i].cast_unsigned().into())),
                    |out, mix| gray(out, look(mix.whole(ordered) ^ u32::from(SIGN))),
                );
            }
            Samples::F32(v) => match self.float_steps() {
                Some(steps) => target.walk(
                    out,
                    |out, i| gray(out, steps.shade(v[i])),
                    |out, mix| gray(out, steps.shade(mix.float(|i| v[i]))),
                ),
                None => target.walk(
                    out,
                    |out, i| gray(out, self.compute(f64::from(v[i]))),
                    |out, mix| gray(out, self.compute(f64::from(mix.float(|i| v[i])))),
                ),
            },
            Samples::Rgb8(v) => target.walk(
                out,
                |out, i| {
                    for (to, from) in out.iter_mut().zip(&v[3 * i..3 * i + 3]) {
                        *to = look(u32::from(*from));
                    }
                },
                |out, mix| {
                    for (channel, to) in out[..3].iter_mut().enumerate() {
                        *to = look(mix.whole(|i| v[3 * i + channel].into()));
                    }
                },
            ),
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

/// The taps of all screen columns or rows that fall into the frame, and the first of them.
fn taps(
    factor: f64,
    offset: f64,
    screen: usize,
    (length, stride): (usize, usize),
) -> (usize, Vec<Tap>) {
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
    (start, (start..screen).map_while(tap).collect())
}

/// Four neighbours and how much of each there is.
struct Mix<'a> {
    across: &'a Tap,
    down: &'a Tap,
}

impl Mix<'_> {
    /// The mix of whole numbers of at most 16 bits, rounded.
    #[inline]
    fn whole(&self, value: impl Fn(usize) -> u32) -> u32 {
        let (x, y) = (self.across, self.down);
        let row = |line: usize| {
            value(x.first + line) * (256 - x.share) + value(x.second + line) * x.share
        };
        // 16 bits of value and 16 of shares: just fits.
        (row(y.first) * (256 - y.share) + row(y.second) * y.share + (1 << 15)) >> 16
    }

    #[inline]
    fn float(&self, value: impl Fn(usize) -> f32) -> f32 {
        let (x, y) = (self.across, self.down);
        let between = |a: f32, b: f32, share: u32| a + (b - a) * (share as f32 / 256.0);
        let row = |line: usize| between(value(x.first + line), value(x.second + line), x.share);
        between(row(y.first), row(y.second), y.share)
    }
}

/// Where a frame is drawn.
struct Target {
    smooth: bool,
    columns: usize,
    across: (usize, Vec<Tap>),
    down: (usize, Vec<Tap>),
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
                taps(map.y[0], map.y[2], screen.0, y),
                taps(map.x[1], map.x[2], screen.1, x),
            )
        } else {
            (
                taps(map.x[0], map.x[2], screen.0, x),
                taps(map.y[1], map.y[2], screen.1, y),
            )
        };
        Self {
            smooth,
            columns: screen.0.max(1),
            across,
            down,
        }
    }

    /// Calls one of the two for every screen pixel that lies in the frame.
    fn walk(
        &self,
        out: &mut [u8],
        nearest: impl Fn(&mut [u8], usize),
        mixed: impl Fn(&mut [u8], &Mix<'_>),
    ) {
        let (left, across) = &self.across;
        let (top, rows) = &self.down;
        let lines = out.chunks_exact_mut(4 * self.columns).skip(*top);
        for (line, down) in lines.zip(rows) {
            let pixels = line.chunks_exact_mut(4).skip(*left).zip(across);
            if self.smooth {
                pixels.for_each(|(pixel, across)| mixed(pixel, &Mix { across, down }));
            } else {
                pixels.for_each(|(pixel, across)| nearest(pixel, across.nearest + down.nearest));
            }
        }
    }
}

impl Samples {
    /// The frame at half the size, rounded up: each number is the mean of up to four. For drawing a frame that is
    /// larger than the screen without dropping pixels.
    #[must_use]
    pub fn halved(&self, width: usize, height: usize) -> Self {
        let size = (width, height);
        // Half of the sum's last two bits rounds up.
        let bytes = |v: [u8; 4]| ((v.iter().map(|x| u32::from(*x)).sum::<u32>() + 2) >> 2) as u8;
        match self {
            Self::U8(v) => Self::U8(halved::<1, _>(v, size, bytes)),
            Self::U16(v) => Self::U16(halved::<1, _>(v, size, |v| {
                ((v.iter().map(|x| u32::from(*x)).sum::<u32>() + 2) >> 2) as u16
            })),
            Self::I16(v) => Self::I16(halved::<1, _>(v, size, |v| {
                ((v.iter().map(|x| i32::from(*x)).sum::<i32>() + 2) >> 2) as i16
            })),
            Self::F32(v) => Self::F32(halved::<1, _>(v, size, |v| v.iter().sum::<f32>() / 4.0)),
            Self::Rgb8(v) => Self::Rgb8(halved::<3, _>(v, size, bytes)),
        }
    }
}

/// Means of two by two pixels of so many channels; at an odd edge the last pixel counts twice.
fn halved<const CHANNELS: usize, T: Copy>(
    values: &[T],
    (width, height): (usize, usize),
    mean: impl Fn([T; 4]) -> T,
) -> Vec<T> {
    let row = width * CHANNELS;
    let mut out = Vec::with_capacity(width.div_ceil(2) * height.div_ceil(2) * CHANNELS);
    for rows in values.chunks(2 * row) {
        let (upper, lower) = rows.split_at(row.min(rows.len()));
        let lower = if lower.is_empty() { upper } else { lower };
        let pairs = upper.chunks(2 * CHANNELS).zip(lower.chunks(2 * CHANNELS));
        for (above, below) in pairs {
            for channel in 0..CHANNELS {
                let right = if above.len() > CHANNELS {
                    channel + CHANNELS
                } else {
                    channel
                };
                out.push(mean([
                    above[channel],
                    above[right],
                    below[channel],
                    below[right],
                ]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rescale, SampleKind, Voi, VoiWindow};

    fn shades(kind: SampleKind, low: f64, high: f64) -> Shades {
        Shades::new(
            kind,
            &Rescale::IDENTITY,
            &Voi::Window(VoiWindow::spanning(low, high)),
            false,
        )
    }

    fn reds(out: &[u8]) -> Vec<u8> {
        out.iter().step_by(4).copied().collect()
    }

    #[test]
    fn one_to_one_gives_the_same_shades_as_the_model_gets() {
        let samples = Samples::I16((0..12).map(|v| v * 100 - 500).collect());
        let shades = shades(SampleKind::I16, -500.0, 600.0);
        let expected = shades.rgb(4, 3, &samples).unwrap();
        let mut out = Vec::new();
        for smooth in [false, true] {
            shades.draw(
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
        let shades = shades(SampleKind::U16, 0.0, 255.0);
        // Two screen pixels for a frame pixel, one pixel of margin on the left.
        let map = ScreenMap {
            x: [0.5, 0.0, -0.5],
            y: [0.0, 1.0, 0.0],
        };
        let mut out = Vec::new();
        shades.draw(&samples, (2, 1), &map, false, (6, 1), &mut out);
        assert_eq!(reds(&out), [0, 100, 100, 200, 200, 0]);
        shades.draw(&samples, (2, 1), &map, true, (6, 1), &mut out);
        assert_eq!(reds(&out), [0, 100, 125, 175, 200, 0]);
    }

    #[test]
    fn a_turned_map_walks_down_the_columns() {
        let samples = Samples::U8(vec![1, 2, 3, 4, 5, 6]);
        let shades = shades(SampleKind::U8, 0.0, 255.0);
        // A quarter turn clockwise of a frame of 3 x 2: the screen is 2 x 3; x = sy, y = 2 - sx.
        let map = ScreenMap {
            x: [0.0, 1.0, 0.0],
            y: [-1.0, 0.0, 2.0],
        };
        let mut out = Vec::new();
        shades.draw(&samples, (3, 2), &map, false, (2, 3), &mut out);
        assert_eq!(reds(&out), [4, 1, 5, 2, 6, 3]);
    }

    #[test]
    fn colour_and_floats_are_drawn_too() {
        let mut out = Vec::new();
        let color = Samples::Rgb8(vec![1, 2, 3, 40, 50, 60]);
        shades(SampleKind::Rgb8, 0.0, 255.0).draw(
            &color,
            (2, 1),
            &ScreenMap::IDENTITY,
            false,
            (2, 1),
            &mut out,
        );
        assert_eq!(out, [1, 2, 3, 255, 40, 50, 60, 255]);
        let float = Samples::F32(vec![0.0, 0.5]);
        shades(SampleKind::F32, 0.0, 1.0).draw(
            &float,
            (2, 1),
            &ScreenMap::IDENTITY,
            true,
            (2, 1),
            &mut out,
        );
        assert_eq!(reds(&out), [0, 128]);
    }

    #[test]
    fn half_the_size_is_the_mean_of_four() {
        let samples = Samples::I16(vec![-4, 0, 10, -8, 4, 20]);
        assert_eq!(samples.halved(3, 2), Samples::I16(vec![-2, 15]));
        let color = Samples::Rgb8(vec![0, 10, 20, 100, 110, 120]);
        assert_eq!(color.halved(2, 1), Samples::Rgb8(vec![50, 60, 70]));
    }
}
