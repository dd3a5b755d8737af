//! How sharp pictures are: the power of their finest details.

use unimed_imaging::{ImagingError, RgbImage, resize};

/// Least frequency that counts, in cycles a pixel: half of the highest that pixels can show along an axis.
const LEAST: f32 = 0.25;

/// Power of the brightness of a square picture at the upper half of the spatial frequencies, from 0.25 cycles a pixel on in any
/// direction, where white is one. Hann's window keeps the picture's edges out.
///
/// # Panics
///
/// Where the picture isn't square.
#[must_use]
pub fn fine_power(image: &RgbImage) -> f64 {
    assert_eq!(image.width, image.height, "invariant: squares are compared");
    let side = image.width;
    let turn = std::f32::consts::TAU / side as f32;
    let waves: Vec<(f32, f32)> = (0..side).map(|k| (turn * k as f32).sin_cos()).collect();
    let window: Vec<f32> = (0..side)
        .map(|x| 0.5 - 0.5 * (turn * (x as f32 + 0.5)).cos())
        .collect();
    let bright: Vec<f32> = image
        .pixels
        .chunks_exact(3)
        .map(|pixel| pixel.iter().map(|&value| f32::from(value)).sum::<f32>() / (3.0 * 255.0))
        .collect();
    let mean = bright.iter().sum::<f32>() / bright.len() as f32;
    // Rows first; negative frequencies mirror the positive ones.
    let half = side / 2 + 1;
    let mut rows = Vec::with_capacity(side * half);
    for (row, outer) in bright.chunks_exact(side).zip(&window) {
        let columns = row.iter().zip(&window);
        let seen: Vec<f32> = columns
            .map(|(value, inner)| (value - mean) * inner * outer)
            .collect();
        rows.extend((0..half).map(|k| wave(&seen, k, &waves)));
    }
    let mut power = 0.0;
    for kx in 0..half {
        let column = rows.iter().skip(kx).step_by(half);
        let (real, imaginary): (Vec<f32>, Vec<f32>) = column.copied().unzip();
        let mirrored = if kx == 0 || 2 * kx == side { 1.0 } else { 2.0 };
        for ky in 0..side {
            let frequency = (kx as f32).hypot(ky.min(side - ky) as f32);
            if frequency < LEAST * side as f32 {
                continue;
            }
            let (a, b) = wave(&real, ky, &waves);
            let (c, d) = wave(&imaginary, ky, &waves);
            // a - ib of the real parts, and i times c - id of the imaginary ones.
            power += mirrored * f64::from((a + d).powi(2) + (c - b).powi(2));
        }
    }
    let energy: f32 = window.iter().map(|value| value * value).sum();
    power / f64::from(energy * energy) / (side * side) as f64
}

/// Sums of the values times cosine and minus sine of `k` turns.
fn wave(values: &[f32], k: usize, waves: &[(f32, f32)]) -> (f32, f32) {
    let (mut real, mut imaginary, mut at) = (0.0, 0.0, 0);
    for value in values {
        let (sin, cos) = waves[at];
        real += value * cos;
        imaginary -= value * sin;
        at += k;
        if at >= waves.len() {
            at -= waves.len();
        }
    }
    (real, imaginary)
}

/// The fine power of some pictures over that of others, which are what they should look like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sharpness {
    made: f64,
    wanted: f64,
}

impl Sharpness {
    /// Takes a picture in, and one that shows how sharp such pictures are; both are compared at the latter's size.
    ///
    /// # Errors
    ///
    /// [`ImagingError`] of a picture without pixels.
    pub fn add(&mut self, made: &RgbImage, wanted: &RgbImage) -> Result<(), ImagingError> {
        self.made += fine_power(&resize(made, wanted.width, wanted.height)?);
        self.wanted += fine_power(wanted);
        Ok(())
    }

    /// The ratio; 0 where nothing was taken in.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        if self.wanted > 0.0 {
            self.made / self.wanted
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_imaging::area_down;

    const SIDE: usize = 64;

    fn picture(value: impl Fn(f32, f32) -> f32) -> RgbImage {
        let pixels = (0..SIDE * SIDE).flat_map(|at| {
            let value = value((at % SIDE) as f32, (at / SIDE) as f32);
            [(127.5 + 100.0 * value) as u8; 3]
        });
        RgbImage::new(SIDE, SIDE, pixels.collect()).expect("right length")
    }

    /// Edges, and texture of all lengths.
    fn scene() -> RgbImage {
        picture(|x, y| {
            let ring = if (x - 30.0).hypot(y - 34.0) < 20.0 {
                0.4
            } else {
                -0.4
            };
            ring + 0.2 * (x * y * 0.37).sin()
        })
    }

    #[test]
    fn a_copy_is_as_sharp_and_a_blurred_one_is_not() {
        let scene = scene();
        let mut same = Sharpness::default();
        same.add(&scene, &scene).expect("pixels");
        assert_eq!(same.ratio(), 1.0);
        let soft = resize(&area_down(&scene, 2).expect("large"), SIDE, SIDE).expect("pixels");
        let mut blurred = Sharpness::default();
        blurred.add(&soft, &scene).expect("pixels");
        assert!(blurred.ratio() < 0.7, "{}", blurred.ratio());
        assert_eq!(Sharpness::default().ratio(), 0.0);
    }

    #[test]
    fn only_the_upper_half_of_the_frequencies_counts() {
        let of = |cycles: f32| {
            let step = std::f32::consts::TAU * cycles;
            fine_power(&picture(|x, _| (step * x).sin()))
        };
        let (slow, fast) = (of(0.2), of(0.3));
        // A sine of amplitude 100 of 255 steps.
        let wanted = (100.0f64 / 255.0).powi(2) / 2.0;
        assert!((fast / wanted - 1.0).abs() < 0.03, "{fast}, not {wanted}");
        assert!(slow < 0.01 * fast, "{slow}, {fast}");
    }
}
