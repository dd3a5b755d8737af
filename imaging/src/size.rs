//! How large the model wants a picture: the resize rule shared by the vision tower and the autoencoder.

use crate::{ImagingError, RgbImage, resize};

/// Limits of one transform (docs/reference/model.md 4.2). All lengths in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResizeRule {
    /// The longer side is brought down to this.
    pub max: usize,
    /// The shorter side is brought up to this, even where the longer one then passes `max` for a moment.
    pub min: usize,
    /// Both sides become multiples of this.
    pub stride: usize,
    /// Area above which the picture shrinks further. The rule multiplies both sides by the ratio of the areas, not
    /// by its root, as the reference does.
    pub max_pixels: usize,
}

impl ResizeRule {
    /// `max_pixels` where a configuration names none: 14 * 14 * 9 * 1024.
    pub const DEFAULT_MAX_PIXELS: usize = 1_806_336;

    /// A rule with the usual area limit.
    #[must_use]
    pub const fn new(max: usize, min: usize, stride: usize) -> Self {
        Self {
            max,
            min,
            stride,
            max_pixels: Self::DEFAULT_MAX_PIXELS,
        }
    }

    /// Checks that the rule can be applied at all.
    ///
    /// # Errors
    /// [`ImagingError::BadRule`] when a number is zero, or when `max` is below `stride`.
    pub fn validate(&self) -> Result<(), ImagingError> {
        let bad = |reason: String| Err(ImagingError::BadRule { reason });
        if self.stride == 0 || self.min == 0 || self.max_pixels == 0 {
            return bad(format!(
                "stride, min and max_pixels must be above zero, got {self:?}"
            ));
        }
        if self.max < self.stride {
            return bad(format!(
                "max {} is below the stride {}",
                self.max, self.stride
            ));
        }
        Ok(())
    }

    /// The size, `(width, height)`, that a picture of this size is brought to.
    ///
    /// # Errors
    /// [`ImagingError::Empty`] for a side of zero, [`ImagingError::BadRule`] for an unusable rule.
    pub fn size(&self, width: usize, height: usize) -> Result<(usize, usize), ImagingError> {
        self.validate()?;
        if width == 0 || height == 0 {
            return Err(ImagingError::Empty { width, height });
        }
        let (max, min) = (self.max as f64, self.min as f64);
        let max_pixels = self.max_pixels as f64;
        let (mut w, mut h) = (width as f64, height as f64);

        let scale = (max / w.max(h)).min(1.0).max(min / w.min(h));
        (w, h) = self.scaled(w, h, scale);
        if w * h > max_pixels {
            (w, h) = self.scaled(w, h, max_pixels / (w * h));
        }
        if w.max(h) > max {
            (w, h) = self.scaled(w, h, max / w.max(h));
        }
        Ok((w as usize, h as usize))
    }

    /// Both sides times `scale`, each rounded by itself to a multiple of the stride.
    fn scaled(&self, w: f64, h: f64, scale: f64) -> (f64, f64) {
        let stride = self.stride as f64;
        let side = |v: f64| {
            let whole = (v * scale).round_ties_even();
            ((whole / stride).round_ties_even() * stride).max(stride)
        };
        (side(w), side(h))
    }

    /// The picture at the size that the rule asks for; unchanged where it already has it.
    ///
    /// # Errors
    /// As [`Self::size`].
    pub fn apply(&self, image: &RgbImage) -> Result<RgbImage, ImagingError> {
        let (width, height) = self.size(image.width, image.height)?;
        resize(image, width, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAE: ResizeRule = ResizeRule::new(1024, 32, 16);
    const VIT_387: ResizeRule = ResizeRule::new(980, 387, 14);
    const VIT_378: ResizeRule = ResizeRule {
        max: 980,
        min: 378,
        stride: 14,
        max_pixels: 2_007_040,
    };

    #[test]
    fn worked_examples_of_the_specification() {
        let table = [
            ((256, 256), (256, 256), (392, 392)),
            ((512, 512), (512, 512), (518, 518)),
            ((640, 480), (640, 480), (644, 476)),
            ((1024, 1024), (1024, 1024), (980, 980)),
            ((2000, 1500), (1024, 768), (980, 728)),
            ((100, 80), (96, 80), (490, 392)),
            ((24, 24), (32, 32), (392, 392)),
        ];
        for ((w, h), vae, vit) in table {
            assert_eq!(VAE.size(w, h), Ok(vae), "autoencoder, {w} x {h}");
            assert_eq!(VIT_387.size(w, h), Ok(vit), "vision, {w} x {h}");
        }
        assert_eq!(VIT_378.size(256, 256), Ok((378, 378)));
        assert_eq!(VIT_387.size(96, 80), Ok((462, 392)));
    }

    #[test]
    fn sides_round_half_to_even() {
        // 24 / 16 = 1.5 -> 2, 40 / 16 = 2.5 -> 2.
        let rule = ResizeRule::new(64, 8, 16);
        assert_eq!(rule.size(24, 40), Ok((32, 32)));
    }

    #[test]
    fn area_correction_is_linear_in_the_area() {
        let rule = ResizeRule {
            max: 512,
            min: 64,
            stride: 16,
            max_pixels: 40_000,
        };
        // 512 * 512 is 6.55 times too large, so 512 becomes 78.1, then 80.
        assert_eq!(rule.size(512, 512), Ok((80, 80)));
    }

    #[test]
    fn unusable_rules_are_refused_with_a_reason() {
        let zero = ResizeRule::new(64, 32, 0);
        assert!(matches!(zero.size(8, 8), Err(ImagingError::BadRule { .. })));
        let small = ResizeRule::new(8, 4, 16);
        assert!(
            small
                .size(8, 8)
                .unwrap_err()
                .to_string()
                .contains("max 8 is below the stride 16")
        );
        assert_eq!(
            VAE.size(0, 4),
            Err(ImagingError::Empty {
                width: 0,
                height: 4
            })
        );
    }

    #[test]
    fn extreme_shapes_end_within_the_limits() {
        for (w, h) in [(1, 20_000_000), (20_000_000, 1), (1, 1), (65_535, 305)] {
            let (w, h) = VAE.size(w, h).unwrap();
            assert!(
                w <= 1024 && h <= 1024 && w % 16 == 0 && h % 16 == 0,
                "{w} x {h}"
            );
        }
    }
}
