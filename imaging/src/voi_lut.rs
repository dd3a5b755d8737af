//! Stored numbers to 8-bit shades, fast enough to follow a finger.
//!
//! The viewer draws and the model is given what this file makes, so both see the same. A window change fills a table
//! of at most 65 536 shades; a frame is then one look-up a pixel.

use crate::{ImagingError, ResampledView, Rescale, RgbImage, SampleKind, Samples, Voi};

/// A look-up table from the stored numbers of a frame to shades of grey: rescale, window or VOI LUT, and inversion in one
/// (DICOM PS3.3, C.11.1 and C.11.2).
#[derive(Debug, Clone)]
pub struct VoiLut {
    kind: SampleKind,
    rescale: Rescale,
    voi: Voi,
    invert: bool,
    /// One shade for every bit pattern of an 8- or 16-bit sample; empty for floats.
    table: Vec<u8>,
}

impl VoiLut {
    /// The table for frames of one kind.
    ///
    /// `invert` swaps black and white; a MONOCHROME1 series is inverted to begin with. For colour the rescale should
    /// be the identity, and `voi` acts on each channel: [`VoiWindow::spanning`](crate::VoiWindow::spanning)`(0, 255)`
    /// changes nothing.
    #[must_use]
    pub fn new(kind: SampleKind, rescale: &Rescale, voi: &Voi, invert: bool) -> Self {
        let length = match kind {
            SampleKind::U8 | SampleKind::Rgb8 => 1 << 8,
            SampleKind::U16 | SampleKind::I16 => 1 << 16,
            SampleKind::F32 | SampleKind::F64 => 0,
        };
        let mut lut = Self {
            kind,
            rescale: rescale.clone(),
            voi: voi.clone(),
            invert,
            table: vec![0; length],
        };
        lut.fill();
        lut
    }

    /// Changes window and inversion in place, without allocating.
    // Not inlined for the same reason as `draw`.
    #[inline(never)]
    pub fn set(&mut self, voi: &Voi, invert: bool) {
        if self.voi != *voi || self.invert != invert {
            self.voi.clone_from(voi);
            self.invert = invert;
            self.fill();
        }
    }

    fn fill(&mut self) {
        let steps = self.float_steps();
        let (kind, rescale, voi) = (self.kind, &self.rescale, &self.voi);
        let flip = if self.invert { 255 } else { 0 };
        // Every pattern is a whole number of 16 bits, which a float holds exactly.
        let stored = |pattern: u16| match kind {
            SampleKind::I16 => f32::from(pattern.cast_signed()),
            _ => f32::from(pattern),
        };
        if let Some(steps) = steps {
            // Signed patterns of the same sign lie in the order of their values.
            let half = self.table.len().min(1 << 15);
            for (number, patterns) in self.table.chunks_mut(half.max(1)).enumerate() {
                let first = (number * half) as u16;
                ramp(patterns, |at| steps.shade(stored(first + at as u16).into()));
            }
        } else {
            for (pattern, shade) in (0..=u16::MAX).zip(&mut self.table) {
                *shade = voi.gray(rescale.value(f64::from(stored(pattern)))) ^ flip;
            }
        }
    }

    /// The shade of a float.
    fn compute(&self, stored: f64) -> u8 {
        let shade = self.voi.gray(self.rescale.value(stored));
        if self.invert { 255 - shade } else { shade }
    }

    /// Gives all grey pixels and their shades to `sink`.
    fn each(&self, samples: &Samples, sink: &mut impl Sink) {
        match samples {
            Samples::U8(v) => {
                if let Ok(table) = <&[u8; 1 << 8]>::try_from(self.table.as_slice()) {
                    sink.put(v, |x| table[usize::from(x)]);
                }
            }
            Samples::U16(v) => {
                if let Ok(table) = <&[u8; 1 << 16]>::try_from(self.table.as_slice()) {
                    sink.put(v, |x| table[usize::from(x)]);
                }
            }
            Samples::I16(v) => {
                if let Ok(table) = <&[u8; 1 << 16]>::try_from(self.table.as_slice()) {
                    sink.put(v, |x| table[usize::from(x.cast_unsigned())]);
                }
            }
            Samples::F32(v) => match self.float_steps() {
                Some(steps) => sink.put(v, |x| steps.shade(x.into())),
                None => sink.put(v, |x| self.compute(x.into())),
            },
            Samples::F64(v) => match self.float_steps() {
                Some(steps) => sink.put(v, |x| steps.shade(x)),
                None => sink.put(v, |x| self.compute(x)),
            },
            Samples::Rgb8(_) => {}
        }
    }

    /// How floats become shades where rescale and window are lines.
    fn float_steps(&self) -> Option<FloatSteps> {
        let (Rescale::Linear { slope, intercept }, Voi::Window(window)) =
            (&self.rescale, &self.voi)
        else {
            return None;
        };
        let (factor, offset) = window.line()?;
        Some(FloatSteps {
            slope: *slope,
            intercept: *intercept,
            factor,
            offset,
            flip: if self.invert { 255 } else { 0 },
        })
    }

    /// Draws what a screen sees of a frame: red, green, blue, 255 of every screen pixel, black where the frame is not.
    /// `out` gets the right length and is otherwise reused. Of a frame of another kind than this table is for
    /// nothing is drawn.
    // Not inlined for the same reason as `ResampledView::new`.
    #[inline(never)]
    pub fn draw(&self, view: &ResampledView, out: &mut Vec<u8>) {
        let ResampledView {
            samples,
            columns,
            rows,
            screen: (width, height),
        } = view;
        out.resize(width * height * 4, 0);
        let mut lines = out.as_chunks_mut::<4>().0.chunks_exact_mut((*width).max(1));
        for line in lines.by_ref().take(rows.start) {
            line.fill(BLACK);
        }
        let covered = lines.by_ref().take(rows.len()).map(|line| {
            let (left, rest) = line.split_at_mut(columns.start);
            let (covered, right) = rest.split_at_mut(columns.len());
            left.fill(BLACK);
            right.fill(BLACK);
            covered
        });
        if let Samples::Rgb8(colors) = samples {
            let shade = |c: u8| self.table.get(usize::from(c)).copied().unwrap_or(c);
            let colors = colors.as_chunks::<3>().0.chunks_exact(columns.len().max(1));
            for (line, colors) in covered.zip(colors) {
                for (to, from) in line.iter_mut().zip(colors) {
                    let [r, g, b] = from.map(shade);
                    *to = [r, g, b, 255];
                }
            }
        } else {
            self.each(samples, &mut Lines(covered));
        }
        lines.for_each(|line| line.fill(BLACK));
    }

    /// The frame as the picture that is shown and that the model is given.
    ///
    /// # Errors
    /// [`ImagingError::Length`] or [`ImagingError::Empty`] when the frame is not `width` x `height`.
    pub fn rgb(
        &self,
        width: usize,
        height: usize,
        samples: &Samples,
    ) -> Result<RgbImage, ImagingError> {
        samples.check(width, height)?;
        let pixels = if let Samples::Rgb8(colors) = samples {
            let shade = |c: &u8| self.table.get(usize::from(*c)).copied().unwrap_or(*c);
            colors.iter().map(shade).collect()
        } else {
            let mut pixels = Vec::with_capacity(3 * samples.pixels());
            self.each(samples, &mut Rgb(&mut pixels));
            pixels
        };
        RgbImage::new(width, height, pixels)
    }
}

/// Rescale, window and inversion of floats, in the same order as in [`VoiLut::compute`], so that no rounding differs.
#[derive(Clone, Copy)]
struct FloatSteps {
    slope: f64,
    intercept: f64,
    factor: f64,
    offset: f64,
    flip: u8,
}

impl FloatSteps {
    /// The shade of a stored number.
    #[inline]
    fn shade(&self, stored: f64) -> u8 {
        let real = stored * self.slope + self.intercept;
        ((real * self.factor + self.offset).clamp(0.0, 1.0) * 255.0 + 0.5) as u8 ^ self.flip
    }
}

/// Shades of numbers whose shades only rise or only fall. Most numbers lie beside a window and all look the same;
/// only those in it are computed.
fn ramp(shades: &mut [u8], shade: impl Fn(usize) -> u8) {
    let Some(last) = shades.len().checked_sub(1) else {
        return;
    };
    let (low, high) = (shade(0), shade(last));
    let from = first(shades.len(), |at| shade(at) != low);
    let to = first(shades.len(), |at| shade(at) == high);
    shades[..from].fill(low);
    shades[to.max(from)..].fill(high);
    for (at, to) in shades.iter_mut().enumerate().take(to).skip(from) {
        *to = shade(at);
    }
}

/// The first of `count` numbers that is so, where all after it are, too.
fn first(count: usize, so: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, count);
    while from < to {
        let middle = usize::midpoint(from, to);
        if so(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

/// What lies beside a frame.
const BLACK: [u8; 4] = [0, 0, 0, 255];

/// Where shades go: a trait, so that each pair of sample type and layout becomes one plain loop.
trait Sink {
    fn put<N: Copy>(&mut self, numbers: &[N], shade: impl Fn(N) -> u8);
}

/// Lines of a screen as red, green, blue, 255.
struct Lines<I>(I);

impl<'p, I: Iterator<Item = &'p mut [[u8; 4]]>> Sink for Lines<I> {
    fn put<N: Copy>(&mut self, numbers: &[N], shade: impl Fn(N) -> u8) {
        let mut rest = numbers;
        for line in &mut self.0 {
            let (numbers, behind) = rest.split_at(line.len());
            for (to, number) in line.iter_mut().zip(numbers) {
                let shade = shade(*number);
                *to = [shade, shade, shade, 255];
            }
            rest = behind;
        }
    }
}

/// Red, green, blue.
struct Rgb<'p>(&'p mut Vec<u8>);

impl Sink for Rgb<'_> {
    fn put<N: Copy>(&mut self, numbers: &[N], shade: impl Fn(N) -> u8) {
        for number in numbers {
            self.0.extend_from_slice(&[shade(*number); 3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ScreenMap, Table, VoiFunction, VoiWindow};

    fn grays(lut: &VoiLut, samples: &Samples) -> Vec<u8> {
        let image = lut.rgb(samples.pixels(), 1, samples).unwrap();
        let (size, mut rgba) = ((samples.pixels(), 1), Vec::new());
        let view = ResampledView::new(samples, size, &ScreenMap::IDENTITY, false, size);
        lut.draw(&view, &mut rgba);
        assert_eq!(rgba, image.to_rgba());
        image.pixels.iter().step_by(3).copied().collect()
    }

    #[test]
    fn hounsfield_units_go_through_the_window() {
        let ct = Rescale::Linear {
            slope: 1.0,
            intercept: -1024.0,
        };
        let brain = Voi::Window(VoiWindow::new(40.0, 80.0));
        let mut lut = VoiLut::new(SampleKind::I16, &ct, &brain, false);
        let slice = Samples::I16(vec![-2000, 1024, 1063, 1064, 1103, 3000]);
        // 0 HU is black, 39.5 is the middle, 79 is white.
        assert_eq!(grays(&lut, &slice), [0, 0, 126, 129, 255, 255]);
        lut.set(&brain, true);
        assert_eq!(grays(&lut, &slice), [255, 255, 129, 126, 0, 0]);
        lut.set(&Voi::Window(VoiWindow::new(1040.0, 4096.0)), false);
        assert_eq!(grays(&lut, &slice)[0], 0);
        // (1976 - 1039.5) / 4095 + 0.5 of 255 = 185.8
        assert_eq!(grays(&lut, &slice)[5], 186);
    }

    #[test]
    fn every_pattern_has_the_shade_of_the_exact_function() {
        let slopes = [1.0, -0.7, 0.0];
        let windows = [
            (40.0, 80.0),
            (-30_000.0, 400.0),
            (0.0, 200_000.0),
            (9.0, 1.0),
        ];
        for (slope, (center, width)) in slopes.into_iter().flat_map(|s| windows.map(|w| (s, w))) {
            let rescale = Rescale::Linear {
                slope,
                intercept: 3.0,
            };
            let voi = Voi::Window(VoiWindow::new(center, width));
            for (kind, invert) in [(SampleKind::I16, false), (SampleKind::U16, true)] {
                let lut = VoiLut::new(kind, &rescale, &voi, invert);
                for pattern in 0..=u16::MAX {
                    let stored = match kind {
                        SampleKind::I16 => f64::from(pattern.cast_signed()),
                        _ => f64::from(pattern),
                    };
                    let shade = lut.table[usize::from(pattern)];
                    assert_eq!(shade, lut.compute(stored), "{kind:?} {pattern} {voi:?}");
                }
            }
        }
    }

    #[test]
    fn floats_and_table_agree_with_the_exact_function() {
        let rescale = Rescale::Linear {
            slope: 0.5,
            intercept: -100.0,
        };
        let table = Table {
            name: String::new(),
            first: 0,
            bits: 8,
            values: (0..=255).rev().collect(),
        };
        let stored: Vec<u16> = (0..2000).collect();
        let floats = Samples::F32(stored.iter().map(|&v| f32::from(v)).collect());
        for voi in [
            Voi::Window(VoiWindow::new(300.0, 401.0)),
            Voi::Window(VoiWindow {
                function: VoiFunction::Sigmoid,
                ..VoiWindow::new(300.0, 400.0)
            }),
            Voi::Table(table),
        ] {
            let want: Vec<u8> = stored
                .iter()
                .map(|&v| voi.gray(rescale.value(f64::from(v))))
                .collect();
            let by_table = VoiLut::new(SampleKind::U16, &rescale, &voi, false);
            assert_eq!(grays(&by_table, &Samples::U16(stored.clone())), want);
            let by_float = VoiLut::new(SampleKind::F32, &rescale, &voi, false);
            assert_eq!(grays(&by_float, &floats), want);
            let by_double = VoiLut::new(SampleKind::F64, &rescale, &voi, false);
            let doubles = Samples::F64(stored.iter().map(|&v| f64::from(v)).collect());
            assert_eq!(grays(&by_double, &doubles), want);
        }
    }

    #[test]
    fn colour_is_shown_as_it_is_unless_it_is_windowed() {
        let colors = Samples::Rgb8(vec![0, 100, 255, 10, 20, 30]);
        let same = Voi::Window(VoiWindow::spanning(0.0, 255.0));
        let mut lut = VoiLut::new(SampleKind::Rgb8, &Rescale::IDENTITY, &same, false);
        assert_eq!(
            lut.rgb(2, 1, &colors).unwrap().pixels,
            [0, 100, 255, 10, 20, 30]
        );
        lut.set(&same, true);
        assert_eq!(
            lut.rgb(2, 1, &colors).unwrap().pixels,
            [255, 155, 0, 245, 235, 225]
        );
        assert!(lut.rgb(3, 1, &colors).is_err());
    }
}
