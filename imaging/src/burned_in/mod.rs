//! Burned-in annotation: letters in the pixels of a picture, near its edges, where devices write who the patient is.
//!
//! DICOM calls it so in Burned In Annotation (0028,0301) of the General Image Module (PS3.3, C.7.6.1), and asks for its removal
//! with the option Clean Pixel Data of PS3.15, E.3.1. A file that says NO there, or nothing, may still have it.

mod contrast;
mod line;
mod shape;
#[cfg(test)]
mod tests;

use crate::{Crop, RgbImage};

/// Notes of files that state themselves what their pixels may tell: Burned In Annotation (0028,0301) YES and Recognizable Visual
/// Features (0028,0302) YES.
pub const IDENTIFYING_NOTES: [&str; 2] = [
    "The file says that names or dates may be written into the picture.",
    "The file says that the person may be recognized in the picture.",
];

/// Part of the width and of the height that counts as edge, on each side.
const EDGE: f64 = 0.2;
/// Rows of the lowest letter.
const LEAST_ROWS: usize = 5;
/// Rows of the highest letter, as a part of the shorter side.
const MOST_ROWS: usize = 12;

/// Words that are burned into the outer fifth of a picture, brighter or darker than what is around them: rectangles that cover
/// them, with what stands beside them in their line.
///
/// It looks for rows of four or more thin, even shapes of about one height, side by side and with a baseline in common, from
/// five rows to a twelfth of the shorter side (15 rows in small pictures), that stand out from the mean around them by more than
/// 60 of 256 shades. Letters need not be read for that, so it knows no alphabet.
///
/// It does not see fewer than four letters by themselves, letters in the middle of the picture, smaller, larger, faint, slanted
/// or vertical ones, handwriting, and letters over what is as bright as they are. An empty answer is no proof that there are
/// none. What looks like a word, such as the numbers of a scale, is found too. Pictures of fewer than 20 pixels in width or
/// height are not looked at.
///
/// How often it is right on real pictures is in `docs/log/burned-in.md`. Time and memory grow with the number of pixels, whatever
/// they show.
#[must_use]
pub fn burned_in_words(image: &RgbImage) -> Vec<Crop> {
    let (width, height) = (image.width, image.height);
    if width.min(height) < 4 * LEAST_ROWS {
        return Vec::new();
    }
    let radius = (width.min(height) / 32).clamp(6, 24);
    let mut words = Vec::new();
    // Yellow or green letters are as bright as white ones in one channel, red ones on white as dark as black ones.
    for (sign, brightness) in [(1, brightest as Channel), (-1, darkest as Channel)] {
        let pixels = image.pixels.as_chunks::<3>().0;
        let values: Vec<u8> = pixels.iter().map(brightness).collect();
        let contrast = contrast::contrast(&values, width, height, radius);
        let ground = shape::Ground {
            values: &values,
            contrast: &contrast,
            width,
            height,
            sign,
        };
        words.extend(line::words(&shape::shapes(&ground), &ground));
    }
    line::joined(words)
}

type Channel = fn(&[u8; 3]) -> u8;

fn brightest(rgb: &[u8; 3]) -> u8 {
    rgb[0].max(rgb[1]).max(rgb[2])
}

fn darkest(rgb: &[u8; 3]) -> u8 {
    rgb[0].min(rgb[1]).min(rgb[2])
}

impl Crop {
    const fn right(&self) -> usize {
        self.left + self.width
    }

    const fn bottom(&self) -> usize {
        self.top + self.height
    }

    /// The smallest rectangle that holds both.
    fn with(&self, other: &Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        Self {
            left,
            top,
            width: self.right().max(other.right()) - left,
            height: self.bottom().max(other.bottom()) - top,
        }
    }
}
