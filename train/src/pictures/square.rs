//! Squares of pictures: at random for the autoencoder to learn from, the middle one to compare.

use unimed_core::paint::Mt19937;
use unimed_imaging::{Crop, ImagingError, RgbImage, resize};

use super::Picture;
use crate::data::below;

/// How often the whole shorter side is taken: a picture to be made shows all of what it is of.
const WHOLE: f64 = 0.5;

/// The middle square of an image, brought to `side` pixels.
///
/// # Errors
///
/// [`ImagingError`] of an image without pixels.
pub(crate) fn middle_square(image: &RgbImage, side: usize) -> Result<RgbImage, ImagingError> {
    let length = image.width.min(image.height);
    let crop = Crop {
        left: (image.width - length) / 2,
        top: (image.height - length) / 2,
        width: length,
        height: length,
    };
    resize(&image.cropped(crop)?, side, side)
}

/// A square of a picture at a random place and of a random size, brought to `side` pixels; half of the time mirrored. What it
/// shows is not asked about, so left and right may change places in all kinds.
///
/// # Errors
///
/// [`ImagingError`] of a picture without pixels.
pub(crate) fn square(
    picture: &Picture,
    side: usize,
    rng: &mut Mt19937,
) -> Result<RgbImage, ImagingError> {
    let image = &picture.image;
    let shorter = image.width.min(image.height);
    let length = if shorter <= side || rng.uniform() < WHOLE {
        shorter
    } else {
        side + below(rng, shorter - side + 1)
    };
    let crop = Crop {
        left: below(rng, image.width - length + 1),
        top: below(rng, image.height - length + 1),
        width: length,
        height: length,
    };
    let mut square = resize(&image.cropped(crop)?, side, side)?;
    if below(rng, 2) == 0 {
        for row in square.pixels.chunks_exact_mut(3 * side) {
            for at in 0..side / 2 {
                let other = side - 1 - at;
                for channel in 0..3 {
                    row.swap(3 * at + channel, 3 * other + channel);
                }
            }
        }
    }
    Ok(square)
}
