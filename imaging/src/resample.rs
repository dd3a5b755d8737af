//! Resampling that gives the same bytes as Pillow 11.2.1, because the model was trained on pictures made by it.

use crate::ImagingError;
use crate::RgbImage;

/// Fraction bits of the integer weights: 32 bits less 8 for the pixel and 2 for overshoot.
const PRECISION_BITS: u32 = 22;
/// Half-width of the bicubic kernel at scale 1.
const SUPPORT: f64 = 2.0;

/// The picture at `width` x `height` by Pillow's bicubic resampling (docs/reference/model.md 4.3).
///
/// Two passes, rows first, each rounded to 8 bit; the kernel widens when shrinking, so that nothing aliases. A pass
/// that would not change the size is skipped.
///
/// # Errors
/// [`ImagingError::Empty`] when a side is zero.
pub fn resize(image: &RgbImage, width: usize, height: usize) -> Result<RgbImage, ImagingError> {
    if width == 0 || height == 0 {
        return Err(ImagingError::Empty { width, height });
    }
    let wide = if width == image.width {
        image.clone()
    } else {
        horizontal(image, width)
    };
    Ok(if height == wide.height {
        wide
    } else {
        vertical(&wide, height)
    })
}

/// Mean over blocks of `factor` x `factor` pixels, rounded half up; what does not fill a block is cut off.
///
/// # Errors
/// [`ImagingError::TooSmall`] when no block fits (or `factor` is zero).
pub fn area_down(image: &RgbImage, factor: usize) -> Result<RgbImage, ImagingError> {
    let (width, height) = (
        image.width.checked_div(factor).unwrap_or(0),
        image.height.checked_div(factor).unwrap_or(0),
    );
    if width == 0 || height == 0 {
        let least = factor.max(1);
        return Err(ImagingError::TooSmall {
            least,
            width: image.width,
            height: image.height,
        });
    }
    let area = factor * factor;
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                let mut sum = 0;
                for row in y * factor..(y + 1) * factor {
                    for column in x * factor..(x + 1) * factor {
                        sum += usize::from(image.pixels[3 * (row * image.width + column) + c]);
                    }
                }
                pixels.push(((sum + area / 2) / area) as u8);
            }
        }
    }
    RgbImage::new(width, height, pixels)
}

/// Weights of one output position: source pixels `first..first + weights.len()`.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// Cubic convolution kernel with a = -0.5 (Keys 1981), evaluated in the order that Pillow uses: the weight of a value at a
/// distance of `x` samples.
#[must_use]
pub fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

/// Weights of every output position for a side that goes from `from` to `to` pixels.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let filter_scale = scale.max(1.0);
    let support = SUPPORT * filter_scale;
    let inverse = 1.0 / filter_scale;
    let one = f64::from(1u32 << PRECISION_BITS);
    (0..to)
        .map(|o| {
            let center = (o as f64 + 0.5) * scale;
            // Casts truncate, as in the reference; a negative start becomes 0.
            let first = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(from);
            let exact: Vec<f64> = (0..end - first)
                .map(|i| cubic(((i + first) as f64 - center + 0.5) * inverse))
                .collect();
            let sum: f64 = exact.iter().sum();
            let weights = exact
                .iter()
                .map(|&w| {
                    let w = if sum == 0.0 { w } else { w / sum };
                    (w * one + if w < 0.0 { -0.5 } else { 0.5 }) as i32
                })
                .collect();
            Taps { first, weights }
        })
        .collect()
}

/// Fixed point to a pixel value.
fn clip(sum: i32) -> u8 {
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}

const HALF: i32 = 1 << (PRECISION_BITS - 1);

fn horizontal(image: &RgbImage, width: usize) -> RgbImage {
    let taps = taps(image.width, width);
    let mut pixels = vec![0; 3 * width * image.height];
    for (row, out) in image
        .pixels
        .chunks_exact(3 * image.width)
        .zip(pixels.chunks_exact_mut(3 * width))
    {
        for (tap, out) in taps.iter().zip(out.chunks_exact_mut(3)) {
            let source = &row[3 * tap.first..3 * (tap.first + tap.weights.len())];
            let mut sum = [HALF; 3];
            for (p, &w) in source.chunks_exact(3).zip(&tap.weights) {
                sum[0] += i32::from(p[0]) * w;
                sum[1] += i32::from(p[1]) * w;
                sum[2] += i32::from(p[2]) * w;
            }
            out.copy_from_slice(&sum.map(clip));
        }
    }
    RgbImage {
        width,
        height: image.height,
        pixels,
    }
}

fn vertical(image: &RgbImage, height: usize) -> RgbImage {
    let stride = 3 * image.width;
    let mut sums = vec![0; stride];
    let mut pixels = vec![0; stride * height];
    for (tap, out) in taps(image.height, height)
        .iter()
        .zip(pixels.chunks_exact_mut(stride))
    {
        // Whole rows at a time, so that the inner loop runs over neighbours in memory.
        sums.fill(HALF);
        for (row, &w) in image.pixels[stride * tap.first..]
            .chunks_exact(stride)
            .zip(&tap.weights)
        {
            for (sum, &p) in sums.iter_mut().zip(row) {
                *sum += i32::from(p) * w;
            }
        }
        for (out, &sum) in out.iter_mut().zip(&sums) {
            *out = clip(sum);
        }
    }
    RgbImage {
        width: image.width,
        height,
        pixels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_has_the_values_of_keys() {
        assert_eq!(cubic(0.0), 1.0);
        assert_eq!(cubic(0.5), 0.5625);
        assert_eq!(cubic(-1.0), 0.0);
        assert_eq!(cubic(1.5), -0.0625);
        assert_eq!(cubic(2.0), 0.0);
    }

    #[test]
    fn weights_of_a_doubling_are_those_of_the_kernel() {
        // The second pixel of 4 -> 8 lies at 0.75: source centers 0.5, 1.5, 2.5 at distances 0.25, 0.75, 1.75, and
        // the pixel before the edge is left out, so the rest is normalised.
        let taps = taps(4, 8);
        let (first, weights) = (taps[1].first, &taps[1].weights);
        assert_eq!((first, weights.len()), (0, 3));
        let sum = cubic(0.25) + cubic(0.75) + cubic(1.75);
        assert_eq!(weights[0], (cubic(0.25) / sum * 4_194_304.0 + 0.5) as i32);
        assert!(weights[2] < 0);
    }

    #[test]
    fn same_size_is_untouched() {
        let image = RgbImage::new(2, 1, vec![0, 255, 3, 4, 5, 6]).unwrap();
        assert_eq!(resize(&image, 2, 1).unwrap(), image);
        let zero = resize(&image, 2, 0);
        assert_eq!(
            zero,
            Err(ImagingError::Empty {
                width: 2,
                height: 0
            })
        );
    }

    #[test]
    fn blocks_average_with_half_up() {
        let image = RgbImage::new(
            3,
            2,
            [[0; 3], [1; 3], [9; 3], [1; 3], [0; 3], [9; 3]].concat(),
        );
        let small = area_down(&image.unwrap(), 2).unwrap();
        assert_eq!(
            (small.width, small.height, small.pixels),
            (1, 1, vec![1, 1, 1])
        );
        let tiny = RgbImage::filled(1, 1, [0; 3]);
        assert!(matches!(
            area_down(&tiny, 2),
            Err(ImagingError::TooSmall { least: 2, .. })
        ));
        assert!(matches!(
            area_down(&tiny, 0),
            Err(ImagingError::TooSmall { least: 1, .. })
        ));
    }
}
