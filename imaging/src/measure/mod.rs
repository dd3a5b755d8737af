//! What is measured on a picture: lengths, angles, areas and the values in an ellipse.
//!
//! Points are `[x, y]` in the pixels of the picture as it is stored, from its left top corner: the centre of the first
//! pixel is `[0.5, 0.5]`. A picture is a frame of a series or a slice of a [`Plane`](crate::Plane). Everything follows from the
//! coordinates of the pixels ([`PixelMetric`]); where these do not give a length, the reason is told ([`NoMetric`])
//! and never a number.

mod calibration;
mod inside;
mod metric;

pub use calibration::{NoMetric, Picture, metric};
pub use inside::{Inside, inside, is_padding, real_value};
pub use metric::{PixelMetric, Point, Scale};

use crate::{RegionUnit, SeriesInfo};

/// What lies between two points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// A length.
    Length {
        /// How long, in the unit of the scale.
        value: f64,
        /// The unit, and where it holds.
        scale: Scale,
    },
    /// The axes are no two lengths (M-mode, spectral Doppler): how far the points are apart along each.
    Components {
        /// From left to right.
        across: Component,
        /// From top to bottom.
        down: Component,
    },
}

/// A distance along one axis of an ultrasound region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// How far, never negative: in the unit, or in pixels along an axis that has none.
    pub value: f64,
    /// The axis' unit.
    pub unit: RegionUnit,
}

impl Component {
    /// Number and symbol as readers are used to: times in ms, lengths in mm, everything else in the file's unit.
    #[must_use]
    pub const fn shown(self) -> (f64, &'static str) {
        match self.unit {
            RegionUnit::Second => (1000.0 * self.value, "ms"),
            RegionUnit::Centimetre => (10.0 * self.value, "mm"),
            RegionUnit::None => (self.value, "px"),
            unit => (self.value, unit.symbol()),
        }
    }
}

/// An area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// How large, in the square of the scale's unit.
    pub value: f64,
    /// The unit, and where it holds.
    pub scale: Scale,
}

/// The length between two points of a picture, or what there is instead of one.
///
/// # Errors
/// [`NoMetric`] when no scale holds for both points.
pub fn length(
    info: &SeriesInfo,
    picture: Picture<'_>,
    [a, b]: [Point; 2],
) -> Result<Measured, NoMetric> {
    match metric(info, picture, &[a, b]) {
        Ok(metric) => Ok(Measured::Length {
            value: metric.length(a, b),
            scale: metric.scale,
        }),
        Err(NoMetric::NotLengths { region }) => {
            let apart = |axis: usize, delta: f64, unit| {
                // A step along an axis that is not calibrated is worth a pixel.
                let step = if unit == RegionUnit::None { 1.0 } else { delta };
                let value = ((b[axis] - a[axis]) * step).abs();
                Component { value, unit }
            };
            Ok(Measured::Components {
                across: apart(0, region.delta_x, region.unit_x),
                down: apart(1, region.delta_y, region.unit_y),
            })
        }
        Err(reason) => Err(reason),
    }
}

/// The angle at `at` between `a` and `b`, in degrees, 0 to 180.
///
/// # Errors
/// [`NoMetric`] when no scale holds for all points, or when an arm has no length.
pub fn angle_deg(
    info: &SeriesInfo,
    picture: Picture<'_>,
    [a, at, b]: [Point; 3],
) -> Result<f64, NoMetric> {
    let metric = metric(info, picture, &[a, at, b])?;
    metric.angle_deg([a, at, b]).ok_or(NoMetric::NoArm)
}

/// The area of the ellipse in the box between two corners.
///
/// # Errors
/// [`NoMetric`] when no scale holds for both corners.
pub fn ellipse_area(
    info: &SeriesInfo,
    picture: Picture<'_>,
    [a, b]: [Point; 2],
) -> Result<Area, NoMetric> {
    let metric = metric(info, picture, &[a, b])?;
    Ok(Area {
        value: metric.ellipse_area(a, b),
        scale: metric.scale,
    })
}

#[cfg(test)]
mod tests;
