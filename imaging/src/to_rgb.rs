//! Other pixel layouts to 8-bit RGB, as the model's training pictures were converted (docs/reference/model.md 4.1).

use crate::rgb::check_length;
use crate::{ImagingError, RgbImage};

/// Red, green, blue, alpha over white, in Pillow's integers:
/// `t = c*a + 255*(255 - a) + 128; out = (t + (t >> 8)) >> 8`.
///
/// # Errors
/// [`ImagingError::Length`] when `rgba` is not `4 * width * height` bytes long, [`ImagingError::Empty`] for a side of
/// zero.
pub fn over_white(width: usize, height: usize, rgba: &[u8]) -> Result<RgbImage, ImagingError> {
    check_length(width, height, 4, rgba.len())?;
    let mut pixels = Vec::with_capacity(3 * width * height);
    for p in rgba.chunks_exact(4) {
        let alpha = u32::from(p[3]);
        for &c in &p[..3] {
            let t = u32::from(c) * alpha + 255 * (255 - alpha) + 128;
            pixels.push(((t + (t >> 8)) >> 8) as u8);
        }
    }
    RgbImage::new(width, height, pixels)
}

/// Grey as three equal channels.
///
/// # Errors
/// [`ImagingError::Length`] when `gray` is not `width * height` bytes long, [`ImagingError::Empty`] for a side of zero.
pub fn gray_to_rgb(width: usize, height: usize, gray: &[u8]) -> Result<RgbImage, ImagingError> {
    check_length(width, height, 1, gray.len())?;
    RgbImage::new(width, height, gray.iter().flat_map(|&v| [v; 3]).collect())
}

/// Cyan, magenta, yellow, black (255 = full ink) without any colour profile:
/// `(255 - k) - c * (255 - k) / 255`, rounded as Pillow rounds it.
#[cfg(feature = "codecs")]
pub(crate) fn cmyk_to_rgb(cmyk: [u8; 4]) -> [u8; 3] {
    let light = 255 - u32::from(cmyk[3]);
    [cmyk[0], cmyk[1], cmyk[2]].map(|ink| {
        let t = u32::from(ink) * light + 128;
        (light - ((t + (t >> 8)) >> 8)) as u8
    })
}

/// Darkest and brightest value among `values`, `(0, 0)` when there are none.
#[cfg(feature = "codecs")]
pub(crate) fn range_of(values: impl Iterator<Item = u16>) -> (u16, u16) {
    values
        .fold(None, |range, v| match range {
            None => Some((v, v)),
            Some((low, high)) => Some((v.min(low), v.max(high))),
        })
        .unwrap_or((0, 0))
}

/// 16-bit grey to 8 bit: `low` becomes 0, `high` 255, rounded to the nearest in between. A flat picture keeps its
/// high byte.
#[cfg(feature = "codecs")]
pub(crate) fn window_16(value: u16, low: u16, high: u16) -> u8 {
    if high <= low {
        return (value >> 8) as u8;
    }
    let range = u32::from(high - low);
    let above = u32::from(value.clamp(low, high) - low);
    ((above * 255 + range / 2) / range) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_lies_over_white() {
        let rgba = [10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128, 0, 0, 0, 1];
        let image = over_white(2, 2, &rgba).unwrap();
        assert_eq!(
            image.pixels,
            [10, 20, 30, 255, 255, 255, 127, 177, 227, 254, 254, 254]
        );
        assert!(over_white(2, 2, &rgba[1..]).is_err());
    }

    #[cfg(feature = "codecs")]
    #[test]
    fn inks_darken_without_a_profile() {
        assert_eq!(cmyk_to_rgb([0, 0, 0, 0]), [255, 255, 255]);
        assert_eq!(cmyk_to_rgb([255, 0, 0, 0]), [0, 255, 255]);
        assert_eq!(cmyk_to_rgb([10, 20, 30, 255]), [0, 0, 0]);
        assert_eq!(cmyk_to_rgb([100, 50, 200, 60]), [119, 157, 42]);
    }

    #[cfg(feature = "codecs")]
    #[test]
    fn sixteen_bits_use_the_whole_range() {
        assert_eq!(range_of([300, 1000, 500].into_iter()), (300, 1000));
        assert_eq!(range_of([].into_iter()), (0, 0));
        assert_eq!(
            [300, 650, 1000].map(|v| window_16(v, 300, 1000)),
            [0, 128, 255]
        );
        assert_eq!(window_16(0x1234, 0x1234, 0x1234), 0x12);
    }
}
