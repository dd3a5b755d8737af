//! Changes of how a picture looks that change nothing of what it shows: brightness, contrast, colour, noise, blur.

use unimed_core::paint::Mt19937;

use super::marks;
use crate::data::normals;

/// A picture as red, green, blue of 0 to 1, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

/// How much of a change is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Strength {
    /// 1 for real pictures, less where the look itself is asked about.
    pub(super) look: f32,
    /// Whether colours change: of grey pictures they would not be grey any more.
    pub(super) colour: bool,
    /// How often calipers are drawn.
    pub(super) calipers: f64,
}

/// A number between two.
pub(super) fn between(rng: &mut Mt19937, low: f32, high: f32) -> f32 {
    low + (high - low) * rng.uniform() as f32
}

impl Canvas {
    /// Changes the look at random.
    pub(super) fn change(&mut self, strength: Strength, rng: &mut Mt19937) {
        let look = strength.look;
        if rng.uniform() < 0.2 {
            self.blur();
        }
        self.tones(look, rng);
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
    fn tones(&mut self, look: f32, rng: &mut Mt19937) {
        let gamma = (between(rng, -0.45, 0.45) * look).exp();
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
