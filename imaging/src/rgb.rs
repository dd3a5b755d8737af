//! The picture type that every part of the project passes around.

use crate::crop::Crop;
use crate::error::ImagingError;

/// An 8-bit RGB picture, row by row from the top left.
#[derive(Clone, PartialEq, Eq)]
pub struct RgbImage {
    /// Width in pixels, at least 1.
    pub width: usize,
    /// Height in pixels, at least 1.
    pub height: usize,
    /// Red, green, blue of each pixel: `3 * width * height` bytes.
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for RgbImage {
    /// The size only: pixels may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RgbImage({} x {})", self.width, self.height)
    }
}

impl RgbImage {
    /// A picture from its pixels.
    ///
    /// # Errors
    /// [`ImagingError::Empty`] when a side is zero, [`ImagingError::Length`] when `pixels` is not
    /// `3 * width * height` bytes long.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, ImagingError> {
        check_length(width, height, 3, pixels.len())?;
        Ok(Self {
            width,
            height,
            pixels,
        })
    }

    /// A picture of one colour; sides of zero become one.
    #[must_use]
    pub fn filled(width: usize, height: usize, color: [u8; 3]) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self {
            width,
            height,
            pixels: color.repeat(width * height),
        }
    }

    /// Red, green and blue at column `x` and row `y`.
    ///
    /// # Panics
    /// When the point lies outside of the picture.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        assert!(
            x < self.width && y < self.height,
            "({x}, {y}) is outside of {self:?}"
        );
        let at = 3 * (y * self.width + x);
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// Red, green, blue, 255 of each pixel, as a canvas wants it.
    #[must_use]
    pub fn to_rgba(&self) -> Vec<u8> {
        self.pixels
            .chunks_exact(3)
            .flat_map(|p| [p[0], p[1], p[2], 255])
            .collect()
    }

    /// The picture turned and mirrored as a camera's orientation mark asks for.
    #[must_use]
    pub fn oriented(&self, orientation: Orientation) -> Self {
        let (width, height) = orientation.size(self.width, self.height);
        let pixels = self.pixels.as_chunks::<3>().0;
        Self {
            width,
            height,
            pixels: orientation
                .turned(pixels, self.width, self.height)
                .into_flattened(),
        }
    }

    /// A rectangle of the picture.
    ///
    /// # Errors
    /// [`ImagingError::Empty`] for a rectangle without pixels, [`ImagingError::Outside`] when it passes an edge.
    pub fn cropped(&self, crop: Crop) -> Result<Self, ImagingError> {
        let Crop {
            left,
            top,
            width,
            height,
        } = crop;
        let inside = |first: usize, count: usize, all: usize| {
            first.checked_add(count).is_some_and(|end| end <= all)
        };
        if !inside(left, width, self.width) || !inside(top, height, self.height) {
            return Err(ImagingError::Outside {
                crop,
                width: self.width,
                height: self.height,
            });
        }
        let row = |y: usize| {
            let at = 3 * (y * self.width + left);
            &self.pixels[at..at + 3 * width]
        };
        let pixels = (top..top + height).flat_map(row).copied().collect();
        Self::new(width, height, pixels)
    }
}

/// Exif orientation mark (tag 0x0112), 1 to 8; 1 is upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation(u8);

impl Orientation {
    /// Nothing to turn.
    pub const UPRIGHT: Self = Self(1);

    /// The mark with this value; anything outside of 1 to 8 counts as upright.
    #[must_use]
    pub fn from_exif(value: u8) -> Self {
        if (1..=8).contains(&value) {
            Self(value)
        } else {
            Self::UPRIGHT
        }
    }

    /// Width and height of a turned picture.
    pub(crate) fn size(self, width: usize, height: usize) -> (usize, usize) {
        if matches!(self.0, 5..=8) {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// The pixels of a picture of this size, turned.
    pub(crate) fn turned<T: Copy>(self, pixels: &[T], w: usize, h: usize) -> Vec<T> {
        let (width, height) = self.size(w, h);
        let mut out = Vec::with_capacity(pixels.len());
        for y in 0..height {
            for x in 0..width {
                // Which source pixel lands on (x, y): Exif 2.32, tag 0x0112.
                let (sx, sy) = match self.0 {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (y, h - 1 - x),
                    7 => (w - 1 - y, h - 1 - x),
                    8 => (w - 1 - y, x),
                    _ => (x, y),
                };
                out.push(pixels[sy * w + sx]);
            }
        }
        out
    }

    /// The Exif value, 1 to 8.
    #[must_use]
    pub fn exif(self) -> u8 {
        self.0
    }
}

/// Checks that a buffer of `channels` values a pixel fits a size.
pub(crate) fn check_length(
    width: usize,
    height: usize,
    channels: usize,
    found: usize,
) -> Result<(), ImagingError> {
    if width == 0 || height == 0 {
        return Err(ImagingError::Empty { width, height });
    }
    let expected = width.saturating_mul(height).saturating_mul(channels);
    if found != expected {
        return Err(ImagingError::Length {
            width,
            height,
            expected,
            found,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_lengths_and_empty_sides_are_refused() {
        assert_eq!(
            RgbImage::new(0, 2, vec![]),
            Err(ImagingError::Empty {
                width: 0,
                height: 2
            })
        );
        let expected = ImagingError::Length {
            width: 2,
            height: 1,
            expected: 6,
            found: 5,
        };
        assert_eq!(RgbImage::new(2, 1, vec![0; 5]), Err(expected));
        assert_eq!(
            RgbImage::new(1, 1, vec![1, 2, 3]).unwrap().pixel(0, 0),
            [1, 2, 3]
        );
    }

    #[test]
    fn orientations_move_the_corners_as_exif_says() {
        // a b
        // c d
        // e f
        let letters: Vec<u8> = (b'a'..=b'f').flat_map(|c| [c; 3]).collect();
        let image = RgbImage::new(2, 3, letters).unwrap();
        let rows = |o: u8| {
            let turned = image.oriented(Orientation::from_exif(o));
            let text: Vec<u8> = turned.pixels.iter().step_by(3).copied().collect();
            text.chunks(turned.width)
                .map(|r| String::from_utf8(r.to_vec()).unwrap())
                .collect::<Vec<_>>()
                .join("/")
        };
        assert_eq!(rows(1), "ab/cd/ef");
        assert_eq!(rows(2), "ba/dc/fe");
        assert_eq!(rows(3), "fe/dc/ba");
        assert_eq!(rows(4), "ef/cd/ab");
        assert_eq!(rows(5), "ace/bdf");
        assert_eq!(rows(6), "eca/fdb");
        assert_eq!(rows(7), "fdb/eca");
        assert_eq!(rows(8), "bdf/ace");
        assert_eq!(rows(0), "ab/cd/ef");
    }

    #[test]
    fn debug_shows_no_pixels() {
        assert_eq!(
            format!("{:?}", RgbImage::filled(2, 3, [9, 9, 9])),
            "RgbImage(2 x 3)"
        );
    }

    #[test]
    fn a_part_is_cut_out_and_one_beyond_the_edge_is_refused() {
        let image = RgbImage::new(3, 2, (0..18).collect()).unwrap();
        let crop = |left, top, width, height| Crop {
            left,
            top,
            width,
            height,
        };
        let part = image.cropped(crop(1, 1, 2, 1)).unwrap();
        assert_eq!(
            (part.width, part.height, part.pixels),
            (2, 1, vec![12, 13, 14, 15, 16, 17])
        );
        assert_eq!(image.cropped(crop(0, 0, 3, 2)).unwrap(), image);
        for beyond in [
            crop(2, 0, 2, 1),
            crop(0, 2, 1, 1),
            crop(usize::MAX, 0, 2, 1),
        ] {
            let error = image.cropped(beyond).unwrap_err();
            assert!(matches!(error, ImagingError::Outside { .. }), "{error}");
        }
        let empty = image.cropped(crop(0, 0, 0, 1)).unwrap_err();
        assert!(matches!(empty, ImagingError::Empty { .. }), "{empty}");
    }
}
