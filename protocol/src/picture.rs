//! How a picture travels: its size in the text, its pixels in a buffer beside it.

use serde::{Deserialize, Serialize};

/// A picture whose pixels travel beside the message.
///
/// Pixels are RGBA, 8 bits a channel, rows from the top, `width * height * 4` bytes: the layout of a canvas, so that
/// the page shows them without touching them. Alpha is 255 everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Place of the pixels in the list of buffers.
    pub buffer: usize,
}

impl Picture {
    /// Length in bytes that the buffer must have.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.width as usize * self.height as usize * 4
    }
}

/// Adds an opaque alpha channel: `[.., 3]` to `[.., 4]`.
#[must_use]
pub fn rgb_to_rgba(rgb: &[u8]) -> Vec<u8> {
    let mut rgba = Vec::with_capacity(rgb.len() / 3 * 4);
    for pixel in rgb.chunks_exact(3) {
        rgba.extend_from_slice(&[pixel[0], pixel[1], pixel[2], u8::MAX]);
    }
    rgba
}

/// Drops the alpha channel: `[.., 4]` to `[.., 3]`.
#[must_use]
pub fn rgba_to_rgb(rgba: &[u8]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
    for pixel in rgba.chunks_exact(4) {
        rgb.extend_from_slice(&pixel[..3]);
    }
    rgb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_added_opaque_and_dropped_again() {
        let rgb = [1, 2, 3, 250, 251, 252];
        let rgba = rgb_to_rgba(&rgb);
        assert_eq!(rgba, [1, 2, 3, 255, 250, 251, 252, 255]);
        assert_eq!(rgba_to_rgb(&rgba), rgb);
    }

    #[test]
    fn a_picture_knows_the_length_of_its_pixels() {
        let picture = Picture {
            width: 640,
            height: 480,
            buffer: 0,
        };
        assert_eq!(picture.byte_len(), 1_228_800);
    }
}
