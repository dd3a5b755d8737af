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
        out.resize(screen.0 * screen.1 * 4, 0);
        let pixels = out.as_chunks_mut::<4>().0;
        if samples.check(size.0, size.1).is_err() {
            pixels.fill(BLACK);
            return;
        }
        let target = Target::new(size, map, smooth, screen);
        let table = self.table();
        let look = |pattern: u32| table.get(pattern as usize).copied().unwrap_or(0);
        let shade = |pattern: u32| gray(look(pattern));
        // As an array, 16 bits need no check.
        let wide = <&[u8; 1 << 16]>::try_from(table).unwrap_or(&[0; 1 << 16]);
        let wide_shade = |pattern: u32| gray(wide[pattern as usize & 0xFFFF]);
        match samples {
            Samples::U8(v) => target.walk(
                pixels,
                |i| shade(v[i].into()),
                |x, line| x.whole(v[x.first + line].into(), v[x.second + line].into()),
                |a, b, y| shade(y.rounded(a, b)),
            ),
            Samples::U16(v) => target.walk(
                pixels,
                |i| wide_shade(v[i].into()),
                |x, line| x.whole(v[x.first + line].into(), v[x.second + line].into()),
                |a, b, y| wide_shade(y.rounded(a, b)),
            ),
            Samples::I16(v) => {
                // Patterns in the order of their values, so that they can be mixed.
                const SIGN: u16 = 0x8000;
                let ordered = |i: usize| u32::from(v[i].cast_unsigned() ^ SIGN);
                target.walk(
                    pixels,
                    |i| wide_shade(v[i].cast_unsigned().into()),
                    |x, line| x.whole(ordered(x.first + line), ordered(x.second + line)),
                    |a, b, y| wide_shade(y.rounded(a, b) ^ u32::from(SIGN)),
                );
            }
            Samples::F32(v) => match self.float_steps() {
                Some(steps) => target.walk(
                    pixels,
                    |i| gray(steps.shade(v[i])),
                    |x, line| x.float(v[x.first + line], v[x.second + line]),
                    |a, b, y| gray(steps.shade(y.float(a, b))),
                ),
                None => target.walk(
                    pixels,
                    |i| gray(self.compute(f64::from(v[i]))),
                    |x, line| x.float(v[x.first + line], v[x.second + line]),
                    |a, b, y| gray(self.compute(f64::from(y.float(a, b)))),
                ),
            },
            Samples::Rgb8(v) => {
                let color = |i: usize| [0, 1, 2].map(|channel| u32::from(v[3 * i + channel]));
                let opaque = |[r, g, b]: [u32; 3]| [look(r), look(g), look(b), 255];
                target.walk(
                    pixels,
                    |i| opaque(color(i)),
                    |x, line| {
                        let (a, b) = (color(x.first + line), color(x.second + line));
                        [0, 1, 2].map(|channel| x.whole(a[channel], b[channel]))
                    },
                    |a: [u32; 3], b, y| {
                        opaque([0, 1, 2].map(|channel| y.rounded(a[channel], b[channel])))
                    },
                );
            }
        }
    }
}

/// What lies beside the frame.
const BLACK: [u8; 4] = [0, 0, 0, 255];

/// A grey pixel of a canvas.
const fn gray(shade: u8) -> [u8; 4] {
    [shade, shade, shade, 255]
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

// Four neighbours are mixed in two steps: first along the lines, then between them. The same line is seen by several rows
// of the screen, so its mixes are kept.
impl Tap {
    /// 256 times the mix of whole numbers of at most 16 bits.
    #[inline]
    fn whole(&self, first: u32, second: u32) -> u32 {
        first * (256 - self.share) + second * self.share
    }

    /// The mix of what [`Tap::whole`] gave for two lines, rounded.
    #[inline]
    fn rounded(&self, first: u32, second: u32) -> u32 {
        // 16 bits of value and 16 of shares: just fits.
        (self.whole(first, second) + (1 << 15)) >> 16
    }

    #[inline]
    fn float(&self, first: f32, second: f32) -> f32 {
        first + (second - first) * (self.share as f32 / 256.0)
    }
}

/// A line of the frame, already mixed along the columns of the screen.
#[derive(Debug)]
struct Line<T> {
    at: Option<usize>,
    mixes: Vec<T>,
}

impl<T> Line<T> {
    const fn new() -> Self {
        Self {
            at: None,
            mixes: Vec::new(),
        }
    }

    fn fill(&mut self, at: usize, taps: &[Tap], mix: impl Fn(&Tap, usize) -> T) {
        if self.at != Some(at) {
            self.at = Some(at);
            self.mixes.clear();
            self.mixes.extend(taps.iter().map(|tap| mix(tap, at)));
        }
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

    /// Gives every screen pixel its colour: `nearest` of the pixel that it falls into, or `down` of what `across` mixed
    /// along the two nearest lines.
    fn walk<T: Copy>(
        &self,
        out: &mut [[u8; 4]],
        nearest: impl Fn(usize) -> [u8; 4],
        across: impl Fn(&Tap, usize) -> T,
        down: impl Fn(T, T, &Tap) -> [u8; 4],
    ) {
        let (left, columns) = &self.across;
        let (top, rows) = &self.down;
        let right = left + columns.len();
        let mut lines = [Line::new(), Line::new()];
        for (number, line) in out.chunks_exact_mut(self.columns).enumerate() {
            let Some(row) = number.checked_sub(*top).and_then(|at| rows.get(at)) else {
                line.fill(BLACK);
                continue;
            };
            line[..*left].fill(BLACK);
            line[right..].fill(BLACK);
            let pixels = &mut line[*left..right];
            if self.smooth {
                if lines[1].at == Some(row.first) {
                    lines.swap(0, 1);
                }
                let [first, second] = &mut lines;
                first.fill(row.first, columns, &across);
                second.fill(row.second, columns, &across);
                let mixes = first.mixes.iter().zip(&second.mixes);
                for (pixel, (a, b)) in pixels.iter_mut().zip(mixes) {
                    *pixel = down(*a, *b, row);
                }
            } else {
                for (pixel, column) in pixels.iter_mut().zip(columns) {
                    *pixel = nearest(column.nearest + row.nearest);
                }
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
