//! Parts of pictures.

use crate::{ImagingError, RgbImage};

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Crop {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl RgbImage {
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

#[cfg(test)]
mod tests {
    use super::*;

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
