//! Iterative back-projection (Irani and Peleg 1991): an image of higher resolution is made to agree with its source.

use unimed_imaging::{RgbImage, cubic};

/// Channels of a pixel.
const CHANNELS: usize = 3;
/// Rounds of correction; a test holds what is left after them to two steps of 8 bits.
const ROUNDS: usize = 6;
/// How far around a coarse pixel errors and details are averaged, in coarse pixels.
const RADIUS: usize = 2;

/// What a model made of `source` at `factor` times its resolution, corrected by the source.
///
/// A pixel of the coarse image that `source` was enlarged from is the mean over `factor` x `factor` pixels. Where the means
/// of what was made differ from it, they are corrected; and how far they were off says how far the details are to be
/// believed: around each place these are weighted by `d / (d + e)`, `d` being their mean square and `e` that of the
/// error of the means (the Wiener filter of details whose error is as large as that of the means).
///
/// Returns `made` itself where the sizes differ or are no multiples of `factor`.
pub(crate) fn back_project(made: RgbImage, source: &RgbImage, factor: usize) -> RgbImage {
    let (width, height) = (made.width, made.height);
    let fits = |side: usize| factor > 1 && side >= factor && side.is_multiple_of(factor);
    if (source.width, source.height) != (width, height) || !fits(width) || !fits(height) {
        return made;
    }
    let grid = Grid {
        width: width / factor,
        height: height / factor,
        factor,
    };
    let floats = |image: &RgbImage| image.pixels.iter().map(|&value| f32::from(value)).collect();
    let (made, source): (Vec<f32>, Vec<f32>) = (floats(&made), floats(source));
    let coarse = grid.coarse(&source);
    let error = difference(&grid.means(&made), &coarse);
    let made = grid.corrected(made, &coarse);
    let smooth = grid.corrected(source, &coarse);
    let details = difference(&made, &smooth);
    let squares: Vec<f32> = details.iter().map(|value| value * value).collect();
    let weights = grid.weights(&grid.means(&squares), &error);
    let pixels = smooth
        .iter()
        .zip(&details)
        .zip(
            grid.enlarged(&weights, 1)
                .iter()
                .flat_map(|weight| [weight; CHANNELS]),
        )
        .map(|((smooth, detail), weight)| (smooth + weight.clamp(0.0, 1.0) * detail + 0.5) as u8)
        .collect();
    RgbImage {
        width,
        height,
        pixels,
    }
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// The coarse image's pixels.
struct Grid {
    width: usize,
    height: usize,
    factor: usize,
}

impl Grid {
    /// Means over blocks, `[height, width, 3]`, of a fine image.
    fn means(&self, fine: &[f32]) -> Vec<f32> {
        let (row, area) = (self.width * self.factor, self.factor * self.factor);
        let mut means = vec![0.0; CHANNELS * self.width * self.height];
        for (place, values) in fine.chunks_exact(CHANNELS).enumerate() {
            let (x, y) = (place % row / self.factor, place / row / self.factor);
            let block = &mut means[CHANNELS * (y * self.width + x)..][..CHANNELS];
            for (mean, value) in block.iter_mut().zip(values) {
                *mean += value / area as f32;
            }
        }
        means
    }

    /// The fine image by cubic convolution, as `source` was enlarged.
    fn enlarged(&self, coarse: &[f32], channels: usize) -> Vec<f32> {
        let wide = self.rows_enlarged(coarse, self.width, channels);
        let turned = transposed(&wide, self.width * self.factor, channels);
        let tall = self.rows_enlarged(&turned, self.height, channels);
        transposed(&tall, self.height * self.factor, channels)
    }

    /// Every row of `length` pixels `factor` times as long.
    fn rows_enlarged(&self, values: &[f32], length: usize, channels: usize) -> Vec<f32> {
        let taps: Vec<(isize, [f32; 4])> = (0..length * self.factor)
            .map(|x| {
                let at = (x as f64 + 0.5) / self.factor as f64 - 0.5;
                let first = at.floor() as isize - 1;
                let weight = |tap: usize| cubic(at - (first + tap as isize) as f64) as f32;
                (first, std::array::from_fn(weight))
            })
            .collect();
        let last = length as isize - 1;
        let mut out = Vec::with_capacity(values.len() * self.factor);
        for row in values.chunks_exact(length * channels) {
            for (first, weights) in &taps {
                for channel in 0..channels {
                    let value = |tap: usize| {
                        let pixel = (first + tap as isize).clamp(0, last) as usize;
                        row[pixel * channels + channel]
                    };
                    out.push((0..4).map(|tap| weights[tap] * value(tap)).sum());
                }
            }
        }
        out
    }

    /// The coarse image whose enlargement `source` is, or comes nearest to.
    fn coarse(&self, source: &[f32]) -> Vec<f32> {
        let mut coarse = self.means(source);
        for _ in 0..ROUNDS {
            let left = difference(source, &self.enlarged(&coarse, CHANNELS));
            add(&mut coarse, &self.means(&left));
        }
        coarse
    }

    /// A fine image with the means of the coarse one.
    fn corrected(&self, mut fine: Vec<f32>, coarse: &[f32]) -> Vec<f32> {
        for _ in 0..ROUNDS {
            let left = difference(coarse, &self.means(&fine));
            add(&mut fine, &self.enlarged(&left, CHANNELS));
        }
        for value in &mut fine {
            *value = value.clamp(0.0, 255.0);
        }
        fine
    }

    /// Weights of the details, `[height, width]`.
    fn weights(&self, details: &[f32], error: &[f32]) -> Vec<f32> {
        let sum = |values: &[f32]| -> Vec<f32> {
            values
                .chunks_exact(CHANNELS)
                .map(|pixel| pixel.iter().sum())
                .collect()
        };
        let squares: Vec<f32> = error.iter().map(|value| value * value).collect();
        let (details, error) = (self.around(&sum(details)), self.around(&sum(&squares)));
        details
            .iter()
            .zip(error)
            .map(|(details, error)| details / (details + error).max(f32::MIN_POSITIVE))
            .collect()
    }

    /// Sums over the neighbourhood of every coarse pixel, which is repeated beyond the border.
    fn around(&self, values: &[f32]) -> Vec<f32> {
        let reach = -(RADIUS as isize)..=RADIUS as isize;
        let near = |at: usize, by: isize, length: usize| {
            (at as isize + by).clamp(0, length as isize - 1) as usize
        };
        let mut out = Vec::with_capacity(values.len());
        for y in 0..self.height {
            for x in 0..self.width {
                let mut sum = 0.0;
                for dy in reach.clone() {
                    for dx in reach.clone() {
                        let row = near(y, dy, self.height);
                        sum += values[row * self.width + near(x, dx, self.width)];
                    }
                }
                out.push(sum);
            }
        }
        out
    }
}

fn add(to: &mut [f32], more: &[f32]) {
    for (value, more) in to.iter_mut().zip(more) {
        *value += more;
    }
}

/// Rows of `width` pixels become columns.
fn transposed(values: &[f32], width: usize, channels: usize) -> Vec<f32> {
    let height = values.len() / (width * channels);
    let mut out = Vec::with_capacity(values.len());
    for x in 0..width {
        for y in 0..height {
            out.extend_from_slice(&values[channels * (y * width + x)..][..channels]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use unimed_imaging::{area_down, psnr, resize};

    use super::*;

    const FACTOR: usize = 4;

    /// Waves of several lengths, the shortest of six pixels.
    fn fine(side: usize) -> RgbImage {
        let pixels = (0..side * side).flat_map(|place| {
            let (x, y) = ((place % side) as f32, (place / side) as f32);
            let value = 128.0 + 50.0 * (x / 9.0).sin() * (y / 7.0).cos() + 30.0 * (x + y).sin();
            [value as u8, (value / 2.0) as u8, 255 - value as u8]
        });
        RgbImage::new(side, side, pixels.collect()).expect("right length")
    }

    fn source(fine: &RgbImage) -> RgbImage {
        let small = area_down(fine, FACTOR).expect("large enough");
        resize(&small, fine.width, fine.height).expect("not empty")
    }

    #[test]
    fn a_brighter_copy_of_the_truth_becomes_the_truth() {
        let truth = fine(64);
        let mut made = truth.clone();
        for value in &mut made.pixels {
            *value = value.saturating_add(6);
        }
        let before = psnr(&made, &truth).expect("same size");
        let after = back_project(made, &source(&truth), FACTOR);
        let after = psnr(&after, &truth).expect("same size");
        assert!(after > before + 3.0, "{before} dB, then {after} dB");
    }

    #[test]
    fn means_are_those_of_the_coarse_image() {
        let truth = fine(64);
        let made = RgbImage::filled(64, 64, [10, 200, 30]);
        let after = back_project(made, &source(&truth), FACTOR);
        let [small, wanted] =
            [&after, &truth].map(|image| area_down(image, FACTOR).expect("large"));
        for (got, wanted) in small.pixels.iter().zip(&wanted.pixels) {
            assert!(got.abs_diff(*wanted) <= 2, "{got} instead of {wanted}");
        }
    }

    #[test]
    fn details_of_an_image_that_is_far_off_are_left_out() {
        let truth = fine(64);
        let from = source(&truth);
        // Upside down: neither its means nor its details are right.
        let mut made = truth.clone();
        made.pixels = truth.pixels.rchunks(3 * 64).flatten().copied().collect();
        let after = back_project(made, &from, FACTOR);
        let bicubic = psnr(&from, &truth).expect("same size");
        let after = psnr(&after, &truth).expect("same size");
        assert!(after > bicubic - 1.0, "{after} dB, bicubic {bicubic} dB");
    }

    #[test]
    fn other_sizes_are_left_as_they_are() {
        let made = fine(30);
        assert_eq!(back_project(made.clone(), &made, FACTOR), made);
        assert_eq!(back_project(made.clone(), &fine(64), 2), made);
        assert_eq!(back_project(made.clone(), &made, 1), made);
        let flat = RgbImage::filled(8, 8, [7, 7, 7]);
        assert_eq!(back_project(flat.clone(), &flat, FACTOR), flat);
    }
}
