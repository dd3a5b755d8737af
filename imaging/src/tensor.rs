//! Between 8-bit pixels and the model's numbers.

use crate::rgb::check_length;
use crate::{ImagingError, RgbImage};

/// Pixels as the model takes them: `u8 / 255`, then `(x - 0.5) / 0.5`, so -1 to 1.
///
/// # Shapes
/// `[3, height, width]`, red plane first (docs/reference/model.md 4.4).
#[must_use]
pub fn to_chw(image: &RgbImage) -> Vec<f32> {
    (0..3)
        .flat_map(|c| image.pixels[c..].iter().step_by(3))
        .map(|&v| (f32::from(v) / 255.0 - 0.5) / 0.5)
        .collect()
}

/// The model's numbers as pixels: `clamp(0.5 x + 0.5, 0, 1) * 255`, cut off (not rounded) to 8 bit, as the reference
/// does (docs/reference/model.md 7.6). NaN becomes 0.
///
/// # Shapes
/// `values`: `[3, height, width]`.
///
/// # Errors
/// [`ImagingError::Length`] when `values` does not have that many values, [`ImagingError::Empty`] for a side of zero.
pub fn from_chw(values: &[f32], width: usize, height: usize) -> Result<RgbImage, ImagingError> {
    check_length(width, height, 3, values.len())?;
    let plane = width * height;
    let mut pixels = vec![0; 3 * plane];
    for (i, pixel) in pixels.chunks_exact_mut(3).enumerate() {
        for (c, out) in pixel.iter_mut().enumerate() {
            let x = values[c * plane + i];
            *out = ((0.5 * x + 0.5).clamp(0.0, 1.0) * 255.0) as u8;
        }
    }
    RgbImage::new(width, height, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_come_one_after_the_other() {
        let image = RgbImage::new(2, 1, vec![0, 51, 255, 255, 0, 102]).unwrap();
        let got = to_chw(&image);
        let want = [-1.0, 1.0, -0.6, -1.0, 1.0, -0.2];
        assert!(
            got.iter()
                .zip(want)
                .all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6),
            "{got:?}"
        );
    }

    #[test]
    fn values_are_cut_off_not_rounded() {
        // 0.5 * 0.2 + 0.5 = 0.6 -> 153; 0.5 * 0.998 + 0.5 = 0.999 -> 254.745 -> 254.
        let image = from_chw(&[0.2, 0.998, f32::NAN], 1, 1).unwrap();
        assert_eq!(image.pixels, [153, 254, 0]);
        assert_eq!(
            from_chw(&[-9.0, 0.0, 9.0], 1, 1).unwrap().pixels,
            [0, 127, 255]
        );
        let short = ImagingError::Length {
            width: 1,
            height: 1,
            expected: 3,
            found: 2,
        };
        assert_eq!(from_chw(&[0.0; 2], 1, 1), Err(short));
    }
}
