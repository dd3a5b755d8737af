//! Changes of how a picture looks that change nothing of what it shows: brightness, contrast, colour, noise, blur.

use unimed_core::paint::Mt19937;

use super::{
    canvas::{Canvas, between},
    marks, stains,
};
use crate::data::normals;

/// How much of a change is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Strength {
    /// 1 for real pictures, less where the look itself is asked about.
    pub(super) look: f32,
    /// Logarithm of the largest change of gamma, for a `look` of 1.
    pub(super) gamma: f32,
    /// Whether colours change: of grey pictures they would not be grey any more.
    pub(super) colour: bool,
    /// Whether the stains of a section become stronger and weaker.
    pub(super) stains: bool,
    /// How often calipers are drawn.
    pub(super) calipers: f64,
}

impl Canvas {
    /// Changes the look at random.
    pub(super) fn change(&mut self, strength: Strength, rng: &mut Mt19937) {
        let look = strength.look;
        if rng.uniform() < 0.2 {
            self.blur();
        }
        if rng.uniform() < 0.15 * f64::from(look) {
            self.coarsen(between(rng, 1.3, 3.0));
        }
        if strength.stains {
            stains::vary(&mut self.values, rng);
        }
        self.tones(look, strength.gamma, rng);
        if strength.colour {
            self.colours(look, rng);
        }
        if rng.uniform() < 0.3 {
            self.calmed_noise(between(rng, 0.0, 0.05) * look, rng);
        }
        marks::letters(self, rng);
        if rng.uniform() < strength.calipers {
            marks::calipers(self, rng);
        }
        if rng.uniform() < 0.25 {
            marks::erase(self, rng);
        }
        for value in &mut self.values {
            *value = value.clamp(0.0, 1.0);
        }
    }

    /// Gamma, contrast and brightness.
    fn tones(&mut self, look: f32, gamma: f32, rng: &mut Mt19937) {
        let gamma = (between(rng, -gamma, gamma) * look).exp();
        let contrast = (between(rng, -0.3, 0.3) * look).exp();
        let brightness = between(rng, -0.08, 0.08) * look;
        // A table, because powers of every value would cost more than the rest together.
        let table: Vec<f32> = (0..=255)
            .map(|level| {
                let value = (level as f32 / 255.0).powf(gamma);
                (value - 0.5) * contrast + 0.5 + brightness
            })
            .collect();
        for value in &mut self.values {
            *value = table[(value.clamp(0.0, 1.0) * 255.0 + 0.5) as usize];
        }
    }

    /// Gains of the channels, and how strong colours are.
    fn colours(&mut self, look: f32, rng: &mut Mt19937) {
        let gains: [f32; 3] = [0, 1, 2].map(|_| (between(rng, -0.2, 0.2) * look).exp());
        let saturation = (between(rng, -0.4, 0.4) * look).exp();
        for pixel in self.values.chunks_exact_mut(3) {
            let grey = (pixel[0] + pixel[1] + pixel[2]) / 3.0;
            for (value, gain) in pixel.iter_mut().zip(gains) {
                *value = (grey + (*value - grey) * saturation) * gain;
            }
        }
    }

    /// The same noise in all channels, as a grey picture has it.
    fn calmed_noise(&mut self, sigma: f32, rng: &mut Mt19937) {
        // One row of numbers, read at a random place for each row: a whole picture of them would take longer than a
        // step of training.
        let row = normals(rng, 4096);
        for line in self.values.chunks_exact_mut(3 * self.width) {
            let start = (rng.uniform() * (row.len() - self.width) as f64) as usize;
            for (pixel, noise) in line.chunks_exact_mut(3).zip(&row[start..]) {
                for value in pixel {
                    *value += noise * sigma;
                }
            }
        }
    }

    /// The picture as it would be after it had been stored with `factor` times larger pixels.
    fn coarsen(&mut self, factor: f32) {
        let small = |side: usize| ((side as f32 / factor) as usize).max(1);
        let (w, h) = (small(self.width), small(self.height));
        // Means of what falls into each large pixel, then values between the four nearest of them.
        let mut sums = vec![[0.0_f32; 4]; w * h];
        for (at, pixel) in self.values.chunks_exact(3).enumerate() {
            let (x, y) = (
                at % self.width * w / self.width,
                at / self.width * h / self.height,
            );
            let sum = &mut sums[y * w + x];
            for (total, value) in sum.iter_mut().zip(pixel.iter().chain(&[1.0])) {
                *total += value;
            }
        }
        let nearest = |at: usize, from: usize, to: usize| {
            let place =
                ((at as f32 + 0.5) * to as f32 / from as f32 - 0.5).clamp(0.0, to as f32 - 1.0);
            let low = place as usize;
            (low, (low + 1).min(to - 1), place - low as f32)
        };
        let width = self.width;
        for (at, pixel) in self.values.chunks_exact_mut(3).enumerate() {
            let (left, right, a) = nearest(at % width, width, w);
            let (up, down, b) = nearest(at / width, self.height, h);
            for (channel, value) in pixel.iter_mut().enumerate() {
                let mean = |x: usize, y: usize| sums[y * w + x][channel] / sums[y * w + x][3];
                *value = (1.0 - b) * ((1.0 - a) * mean(left, up) + a * mean(right, up))
                    + b * ((1.0 - a) * mean(left, down) + a * mean(right, down));
            }
        }
    }

    /// A small blur: one, two, one.
    fn blur(&mut self) {
        let (w, h) = (self.width, self.height);
        let old = self.values.clone();
        let at = |x: usize, y: usize, c: usize| old[3 * (y * w + x) + c];
        let mut across = old.clone();
        for y in 0..h {
            for x in 0..w {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(w - 1));
                for c in 0..3 {
                    across[3 * (y * w + x) + c] =
                        (at(left, y, c) + 2.0 * at(x, y, c) + at(right, y, c)) / 4.0;
                }
            }
        }
        let at = |x: usize, y: usize, c: usize| across[3 * (y * w + x) + c];
        for y in 0..h {
            let (up, down) = (y.saturating_sub(1), (y + 1).min(h - 1));
            for x in 0..w {
                for c in 0..3 {
                    self.values[3 * (y * w + x) + c] =
                        (at(x, up, c) + 2.0 * at(x, y, c) + at(x, down, c)) / 4.0;
                }
            }
        }
    }

    /// Values of -1 to 1, channel by channel.
    pub(super) fn planes(&self) -> Vec<f32> {
        (0..3)
            .flat_map(|channel| {
                self.values
                    .iter()
                    .skip(channel)
                    .step_by(3)
                    .map(|value| value * 2.0 - 1.0)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_pixels_keep_the_mean_and_lose_what_is_fine() {
        // Columns of black and white: at twice the size of a pixel they are grey.
        let values = (0..8 * 8).flat_map(|at| [(at % 2) as f32; 3]).collect();
        let mut canvas = Canvas {
            width: 8,
            height: 8,
            values,
        };
        canvas.coarsen(2.0);
        assert!(canvas.values.iter().all(|value| (value - 0.5).abs() < 1e-6));
        // A slope stays one.
        let values = (0..8 * 8).flat_map(|at| [(at % 8) as f32; 3]).collect();
        let mut canvas = Canvas {
            width: 8,
            height: 8,
            values,
        };
        canvas.coarsen(2.0);
        for x in 1..7 {
            let value = canvas.values[3 * (8 * 4 + x)];
            assert!((value - x as f32).abs() < 1e-5, "{x}: {value}");
        }
    }
}
