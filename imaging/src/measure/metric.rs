//! What a step from pixel to pixel is worth.

use crate::geometry::{Vec3, dot};
use crate::{Spacing, SpacingKind};

/// A point of a picture, `[x, y]` in pixels from its left top corner.
pub type Point = [f64; 2];

/// The unit that a length is in, and where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Scale {
    /// Millimetres, true for this.
    Millimetres(SpacingKind),
    /// Widths of a pixel: the file says how high a pixel is for its width, but not how large (Pixel Aspect Ratio,
    /// PS3.3 C.7.6.3.1.7). Angles and ratios are true.
    PixelWidths,
    /// Pixels, which are taken as square: the file says nothing of them.
    Pixels,
}

impl Scale {
    /// The unit of a length.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Millimetres(_) => "mm",
            Self::PixelWidths => "pixel widths",
            Self::Pixels => "px",
        }
    }

    /// The unit of an area.
    #[must_use]
    pub const fn area_unit(self) -> &'static str {
        match self {
            Self::Millimetres(_) => "mm²",
            Self::PixelWidths => "pixel widths²",
            Self::Pixels => "px²",
        }
    }
}

/// The metric of a pixel grid: dot products of its two steps, across (to the next column) and down (to the next row).
/// A grid whose steps are not perpendicular (a sheared NIfTI affine) measures right as well.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PixelMetric {
    /// The step across with itself: its squared length.
    pub xx: f64,
    /// The step across with the step down; 0 for a rectangular grid.
    pub xy: f64,
    /// The step down with itself.
    pub yy: f64,
    /// The unit, which the three numbers are the square of.
    pub scale: Scale,
}

impl PixelMetric {
    /// Rectangular pixels of this width and height.
    #[must_use]
    pub const fn rectangular(width: f64, height: f64, scale: Scale) -> Self {
        Self {
            xx: width * width,
            xy: 0.0,
            yy: height * height,
            scale,
        }
    }

    /// By a pixel spacing.
    #[must_use]
    pub const fn of_spacing(spacing: Spacing) -> Self {
        let scale = Scale::Millimetres(spacing.kind);
        Self::rectangular(spacing.column_mm, spacing.row_mm, scale)
    }

    /// By the two steps in the patient, mm.
    #[must_use]
    pub fn of_steps(across: Vec3, down: Vec3) -> Self {
        Self {
            xx: dot(across, across),
            xy: dot(across, down),
            yy: dot(down, down),
            scale: Scale::Millimetres(SpacingKind::Patient),
        }
    }

    /// Width and height of a pixel (the lengths of both steps), in the scale's unit.
    #[must_use]
    pub fn pixel(&self) -> [f64; 2] {
        [self.xx.sqrt(), self.yy.sqrt()]
    }

    /// The distance of two points.
    #[must_use]
    pub fn length(&self, a: Point, b: Point) -> f64 {
        let way = [b[0] - a[0], b[1] - a[1]];
        self.product(way, way).max(0.0).sqrt()
    }

    /// The angle at the middle point, in degrees, 0 to 180; `None` when an arm has no length.
    #[must_use]
    pub fn angle_deg(&self, [a, at, b]: [Point; 3]) -> Option<f64> {
        let arm = |p: Point| [p[0] - at[0], p[1] - at[1]];
        let (u, v) = (arm(a), arm(b));
        let long = |arm| self.product(arm, arm) > 0.0;
        if !long(u) || !long(v) {
            return None;
        }
        // The arc tangent keeps its digits for very flat and very acute angles, where the arc cosine loses them.
        let area = (u[0] * v[1] - u[1] * v[0]).abs() * self.pixel_area();
        Some(area.atan2(self.product(u, v)).to_degrees())
    }

    /// The area of the ellipse in the box between two corners.
    #[must_use]
    pub fn ellipse_area(&self, a: Point, b: Point) -> f64 {
        let sides = (b[0] - a[0]).abs() * (b[1] - a[1]).abs();
        std::f64::consts::FRAC_PI_4 * sides * self.pixel_area()
    }

    /// The area of a pixel.
    #[must_use]
    pub fn pixel_area(&self) -> f64 {
        (self.xx * self.yy - self.xy * self.xy).max(0.0).sqrt()
    }

    fn product(&self, u: Point, v: Point) -> f64 {
        self.xx * u[0] * v[0] + self.xy * (u[0] * v[1] + u[1] * v[0]) + self.yy * u[1] * v[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9, "{got} instead of {want}");
    }

    #[test]
    fn lengths_and_angles_follow_the_size_of_a_pixel() {
        let metric = PixelMetric::of_spacing(Spacing {
            row_mm: 2.0,
            column_mm: 0.5,
            kind: SpacingKind::Film,
        });
        // 30 columns of 0.5 mm and 10 rows of 2 mm: 15 and 20 mm.
        near(metric.length([10.0, 10.0], [40.0, 20.0]), 25.0);
        assert_eq!(metric.scale, Scale::Millimetres(SpacingKind::Film));
        // Arms of 5 mm across, and 5 mm across by 20 mm down: atan 4.
        let corner = [[10.0, 0.0], [0.0, 0.0], [10.0, 10.0]];
        near(metric.angle_deg(corner).unwrap(), 75.963_756_532_073_5);
        let straight = [[0.0, 0.0], [5.0, 0.0], [9.0, 0.0]];
        near(metric.angle_deg(straight).unwrap(), 180.0);
        assert_eq!(metric.angle_deg([[1.0, 1.0], [1.0, 1.0], [9.0, 0.0]]), None);
        // pi / 4 * 2 mm * 8 mm
        near(
            metric.ellipse_area([3.0, 7.0], [-1.0, 3.0]),
            12.566_370_614_359_172,
        );
    }

    #[test]
    fn sheared_pixels_measure_as_they_lie() {
        // Across 1 mm to the left; down 2 mm to the back and 1 mm to the left.
        let metric = PixelMetric::of_steps([1.0, 0.0, 0.0], [1.0, 2.0, 0.0]);
        // One down and one back across is straight to the back.
        near(metric.length([1.0, 0.0], [0.0, 1.0]), 2.0);
        near(metric.length([0.0, 0.0], [1.0, 1.0]), 8.0_f64.sqrt());
        // The grid's own corner: atan 2.
        let corner = [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]];
        near(metric.angle_deg(corner).unwrap(), 63.434_948_822_922_01);
        near(metric.pixel_area(), 2.0);
        near(
            metric.ellipse_area([0.0, 0.0], [2.0, 2.0]),
            2.0 * std::f64::consts::PI,
        );
    }
}
