//! A grid of numbers: the working picture of every simulator, with the few filters they share.

use crate::rng::Rng;

/// Side of the grid that scenes are drawn on, in pixels; twice the side of the final image.
pub(crate) const FINE: usize = 256;

/// How large a finished picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// Half of the drawing grid's side: what samples are.
    Half,
    /// The drawing grid itself. Light, dyes and blur are the same; noise has the same deviation per pixel, as of a
    /// detector with more elements.
    Full,
}

impl Resolution {
    /// Side of a picture in pixels.
    pub(crate) fn side(self) -> usize {
        match self {
            Self::Half => FINE / 2,
            Self::Full => FINE,
        }
    }

    /// A length in pixels of a half picture, in pixels of this one.
    pub(crate) fn pixels(self, half: f32) -> f32 {
        match self {
            Self::Half => half,
            Self::Full => 2.0 * half,
        }
    }
}

/// A square grid of `side` x `side` numbers, row-major.
#[derive(Clone, Debug)]
pub(crate) struct Plane {
    pub(crate) side: usize,
    pub(crate) data: Vec<f32>,
}

impl Plane {
    /// A grid of one value.
    pub(crate) fn filled(side: usize, value: f32) -> Self {
        Self {
            side,
            data: vec![value; side * side],
        }
    }

    /// A grid of zeros at the drawing resolution.
    pub(crate) fn fine() -> Self {
        Self::filled(FINE, 0.0)
    }

    /// Mean of each 2 x 2 block.
    pub(crate) fn halved(&self) -> Self {
        let side = self.side / 2;
        let mut data = Vec::with_capacity(side * side);
        for y in 0..side {
            let top = &self.data[2 * y * self.side..][..self.side];
            let low = &self.data[(2 * y + 1) * self.side..][..self.side];
            for (a, b) in top.chunks_exact(2).zip(low.chunks_exact(2)) {
                data.push(0.25 * (a[0] + a[1] + b[0] + b[1]));
            }
        }
        Self { side, data }
    }

    /// The drawing grid at the resolution of a finished picture.
    pub(crate) fn finished(&self, resolution: Resolution) -> Self {
        match resolution {
            Resolution::Half => self.halved(),
            Resolution::Full => self.clone(),
        }
    }

    /// Each value doubled in both directions, interpolated linearly.
    pub(crate) fn doubled(&self) -> Self {
        let n = self.side;
        let mut out = Self::filled(2 * n, 0.0);
        let mut row = vec![0.0f32; n];
        for y in 0..2 * n {
            let near = y / 2;
            let far = if y % 2 == 0 {
                near.saturating_sub(1)
            } else {
                (near + 1).min(n - 1)
            };
            for (x, value) in row.iter_mut().enumerate() {
                *value = 0.75 * self.data[near * n + x] + 0.25 * self.data[far * n + x];
            }
            let target = &mut out.data[y * 2 * n..][..2 * n];
            for x in 0..n {
                let before = row[x.saturating_sub(1)];
                let after = row[(x + 1).min(n - 1)];
                target[2 * x] = 0.75 * row[x] + 0.25 * before;
                target[2 * x + 1] = 0.75 * row[x] + 0.25 * after;
            }
        }
        out
    }

    /// Blur with the standard deviation `sigma` in pixels: a Gaussian kernel of radius 3 sigma, or
    /// three box filters where that is wide. The support is finite, so a local change stays local.
    pub(crate) fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.2 {
            return self.clone();
        }
        let radius = (3.0 * sigma).ceil() as usize;
        let mut kernel: Vec<f32> = (0..=radius)
            .map(|i| crate::math::exp(-0.5 * (i * i) as f32 / (sigma * sigma)))
            .collect();
        let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f32>();
        for weight in &mut kernel {
            *weight /= total;
        }
        let n = self.side;
        let mut across = Self::filled(n, 0.0);
        let mut padded = vec![0.0f32; n + 2 * radius];
        for y in 0..n {
            let row = &self.data[y * n..][..n];
            padded[..radius].fill(row[0]);
            padded[radius..radius + n].copy_from_slice(row);
            padded[radius + n..].fill(row[n - 1]);
            let target = &mut across.data[y * n..][..n];
            for (x, value) in target.iter_mut().enumerate() {
                *value = padded[x + radius] * kernel[0];
            }
            for (i, &weight) in kernel.iter().enumerate().skip(1) {
                let left = &padded[radius - i..][..n];
                let right = &padded[radius + i..][..n];
                for ((value, a), b) in target.iter_mut().zip(left).zip(right) {
                    *value += weight * (a + b);
                }
            }
        }
        let mut out = Self::filled(n, 0.0);
        for y in 0..n {
            let target = &mut out.data[y * n..][..n];
            for (value, a) in target.iter_mut().zip(&across.data[y * n..][..n]) {
                *value = a * kernel[0];
            }
            for (i, &weight) in kernel.iter().enumerate().skip(1) {
                let above = &across.data[y.saturating_sub(i) * n..][..n];
                let below = &across.data[(y + i).min(n - 1) * n..][..n];
                for ((value, a), b) in target.iter_mut().zip(above).zip(below) {
                    *value += weight * (a + b);
                }
            }
        }
        out
    }
}

/// Fractal value noise with values of about -1 to 1: `cells` lattice cells across in the first
/// octave, twice as many in each further one, weighted by powers of `gain`.
pub(crate) fn fractal(side: usize, word: u64, cells: f32, octaves: usize, gain: f32) -> Plane {
    let mut rng = Rng::from_word(word);
    let mut out = Plane::filled(side, 0.0);
    let mut weight = 1.0;
    let mut frequency = cells;
    let mut power = 0.0;
    for _ in 0..octaves {
        let lattice = frequency.ceil() as usize + 2;
        let values: Vec<f32> = (0..lattice * lattice)
            .map(|_| rng.range(-1.0, 1.0))
            .collect();
        let (shift_x, shift_y) = (rng.unit(), rng.unit());
        let place = |i: usize, shift: f32| {
            let position = (i as f32 + 0.5) / side as f32 * frequency + shift;
            let cell = crate::math::floor(position);
            let t = position - cell;
            (cell as usize, t * t * (3.0 - 2.0 * t))
        };
        let columns: Vec<(usize, f32)> = (0..side).map(|x| place(x, shift_x)).collect();
        let mut row = vec![0.0f32; lattice];
        for y in 0..side {
            let (cell, t) = place(y, shift_y);
            for (x, value) in row.iter_mut().enumerate() {
                let top = values[cell * lattice + x];
                let low = values[(cell + 1).min(lattice - 1) * lattice + x];
                *value = weight * (top + (low - top) * t);
            }
            let target = &mut out.data[y * side..][..side];
            for (value, &(cell, t)) in target.iter_mut().zip(&columns) {
                let left = row[cell];
                *value += left + (row[cell + 1] - left) * t;
            }
        }
        power += weight * weight;
        weight *= gain;
        frequency *= 2.0;
    }
    // A value-noise octave has a standard deviation of about 0.4; bring the sum to about 0.45.
    let scale = 1.1 / power.sqrt();
    for value in &mut out.data {
        *value *= scale;
    }
    out
}

/// How a scene lies in the frame: image pixels to scene units and back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Scene units per drawing pixel.
    pixel: f32,
    /// Sine and cosine of the rotation.
    turn: [f32; 2],
    /// Shift of the scene in scene units.
    shift: [f32; 2],
}

/// Centre of the drawing grid in pixels.
const MIDDLE: f32 = (FINE as f32 - 1.0) * 0.5;

impl View {
    /// `half` is half of the frame's side in scene units at zoom 1; a larger `zoom` shows more of
    /// the scene; `turn` in radians; `shift` in scene units.
    pub(crate) fn new(half: f32, zoom: f32, turn: f32, shift: [f32; 2]) -> Self {
        let turn = [crate::math::sin(turn), crate::math::cos(turn)];
        Self {
            pixel: 2.0 * half * zoom / FINE as f32,
            turn,
            shift,
        }
    }

    /// Scene units per drawing pixel.
    pub(crate) fn pixel(&self) -> f32 {
        self.pixel
    }

    /// Scene position of drawing pixel (0, 0), and the steps for one pixel right and one down.
    fn axes(&self) -> ([f32; 2], [f32; 2], [f32; 2]) {
        let [s, c] = self.turn;
        let right = [c * self.pixel, s * self.pixel];
        let down = [-s * self.pixel, c * self.pixel];
        let origin = [
            -MIDDLE * (right[0] + down[0]) - self.shift[0],
            -MIDDLE * (right[1] + down[1]) - self.shift[1],
        ];
        (origin, right, down)
    }

    /// Drawing pixel of a scene position.
    pub(crate) fn pixel_of(&self, at: [f32; 2]) -> [f32; 2] {
        let [s, c] = self.turn;
        let scale = 1.0 / self.pixel;
        let (x, y) = (
            (at[0] + self.shift[0]) * scale,
            (at[1] + self.shift[1]) * scale,
        );
        [c * x + s * y + MIDDLE, -s * x + c * y + MIDDLE]
    }

    /// Calls `paint` with the data index and scene position of every drawing pixel.
    pub(crate) fn each(&self, mut paint: impl FnMut(usize, f32, f32)) {
        let (origin, right, down) = self.axes();
        for j in 0..FINE {
            let row = [
                origin[0] + down[0] * j as f32,
                origin[1] + down[1] * j as f32,
            ];
            for i in 0..FINE {
                let (x, y) = (row[0] + right[0] * i as f32, row[1] + right[1] * i as f32);
                paint(j * FINE + i, x, y);
            }
        }
    }

    /// As [`Self::each`], only for pixels within `reach` scene units of `at`.
    pub(crate) fn near(&self, at: [f32; 2], reach: f32, mut paint: impl FnMut(usize, f32, f32)) {
        let (origin, right, down) = self.axes();
        let centre = self.pixel_of(at);
        let r = reach / self.pixel() + 1.0;
        let span = |c: f32| {
            let low = (c - r).floor().clamp(0.0, FINE as f32) as usize;
            let high = (c + r + 1.0).ceil().clamp(0.0, FINE as f32) as usize;
            low..high
        };
        for j in span(centre[1]) {
            for i in span(centre[0]) {
                let x = origin[0] + down[0] * j as f32 + right[0] * i as f32;
                let y = origin[1] + down[1] * j as f32 + right[1] * i as f32;
                paint(j * FINE + i, x, y);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_takes_the_mean_of_four() {
        let plane = Plane {
            side: 2,
            data: vec![1.0, 2.0, 3.0, 6.0],
        };
        assert_eq!(plane.halved().data, [3.0]);
    }

    #[test]
    fn blurring_keeps_the_sum_and_is_local() {
        let mut plane = Plane::filled(64, 0.0);
        plane.data[32 * 64 + 32] = 1.0;
        let blurred = plane.blurred(2.0);
        assert!((blurred.data.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert_eq!(blurred.data[32 * 64 + 39], 0.0);
        assert!((blurred.data[32 * 64 + 32] - 0.0398).abs() < 1e-3);
    }

    #[test]
    fn a_view_maps_pixels_there_and_back() {
        let view = View::new(18.0, 1.05, 0.1, [0.5, -0.3]);
        view.each(|index, x, y| {
            let pixel = view.pixel_of([x, y]);
            assert!((pixel[0] - (index % FINE) as f32).abs() < 1e-2);
            assert!((pixel[1] - (index / FINE) as f32).abs() < 1e-2);
        });
    }
}
