//! A picture of three channels, and how it is made from planes.

use crate::plane::Plane;

/// An RGB image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue; row-major; `3 * width * height` bytes.
    pub pixels: Vec<u8>,
}

/// Rounds a value of 0 to 1 to a byte.
fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// A grey plane as an image.
pub(crate) fn grey(plane: &Plane) -> Image {
    rgb(plane, plane, plane)
}

pub(crate) fn rgb(red: &Plane, green: &Plane, blue: &Plane) -> Image {
    let mut pixels = Vec::with_capacity(3 * red.data.len());
    for ((r, g), b) in red.data.iter().zip(&green.data).zip(&blue.data) {
        pixels.extend([byte(*r), byte(*g), byte(*b)]);
    }
    Image {
        width: red.side,
        height: red.side,
        pixels,
    }
}
