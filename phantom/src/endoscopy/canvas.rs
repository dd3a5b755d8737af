//! The picture in the making.

use super::mucosa::Mucosa;
use crate::math::lerp;
use crate::plane::Plane;

/// The picture in the making.
#[derive(Debug)]
pub(super) struct Canvas {
    /// Light for red, green and blue; 1 is white paper close to the lamp.
    pub(super) colour: [Plane; 3],
    /// Light that falls on the wall and comes back, without its colour.
    pub(super) light: Plane,
    pub(super) mucosa: Mucosa,
}

impl Canvas {
    /// Mixes a colour into one pixel.
    pub(super) fn mix(&mut self, i: usize, target: [f32; 3], weight: f32) {
        for (plane, goal) in self.colour.iter_mut().zip(target) {
            plane.data[i] = lerp(plane.data[i], goal, weight);
        }
    }

    /// Multiplies one pixel.
    pub(super) fn dim(&mut self, i: usize, factor: f32) {
        for plane in &mut self.colour {
            plane.data[i] *= factor;
        }
    }
}
