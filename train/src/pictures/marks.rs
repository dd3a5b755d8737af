//! Letters, calipers and blots on pictures at random, so that none of them can be what is learned: a caliper gives a
//! lesion away, a letter in the corner the hospital.

use unimed_core::paint::Mt19937;
use unimed_imaging::RgbImage;

use super::canvas::{Canvas, between};
use crate::data::below;

/// A picture in so many has letters drawn on it.
const LETTERS: f64 = 0.3;

impl Canvas {
    /// Sets a pixel where it lies in the picture.
    fn dot(&mut self, x: i64, y: i64, colour: [f32; 3]) {
        let inside = |v: i64, size: usize| usize::try_from(v).ok().filter(|&v| v < size);
        if let (Some(x), Some(y)) = (inside(x, self.width), inside(y, self.height)) {
            let at = 3 * (y * self.width + x);
            self.values[at..at + 3].copy_from_slice(&colour);
        }
    }

    /// A filled rectangle.
    fn block(&mut self, x: i64, y: i64, size: (i64, i64), colour: [f32; 3]) {
        for row in 0..size.1 {
            for column in 0..size.0 {
                self.dot(x + column, y + row, colour);
            }
        }
    }

    fn place(&self, rng: &mut Mt19937) -> (i64, i64) {
        (
            below(rng, self.width) as i64,
            below(rng, self.height) as i64,
        )
    }
}

/// White, grey, yellow or green, as devices write.
fn ink(rng: &mut Mt19937) -> [f32; 3] {
    let bright = between(rng, 0.6, 1.0);
    match below(rng, 4) {
        0 => [bright, bright, 0.1],
        1 => [0.1, bright, 0.2],
        _ => [bright; 3],
    }
}

/// The picture with letters and calipers at random places.
pub(crate) fn with_marks(image: &RgbImage, rng: &mut Mt19937) -> RgbImage {
    let mut canvas = Canvas::of(image);
    words(&mut canvas, rng);
    calipers(&mut canvas, rng);
    let bytes = canvas.values.iter();
    RgbImage {
        pixels: bytes.map(|value| (value * 255.0 + 0.5) as u8).collect(),
        ..*image
    }
}

/// Now and then [`words`].
pub(super) fn letters(canvas: &mut Canvas, rng: &mut Mt19937) {
    if rng.uniform() <= LETTERS {
        words(canvas, rng);
    }
}

/// A word or two of signs that are no letters of any script, mostly at an edge.
fn words(canvas: &mut Canvas, rng: &mut Mt19937) {
    let ink = ink(rng);
    let scale = 1 + below(rng, 2) as i64;
    for _ in 0..=below(rng, 2) {
        let (mut x, mut y) = canvas.place(rng);
        let (w, h) = (canvas.width as i64, canvas.height as i64);
        match below(rng, 5) {
            0 => y = 2 + y % (h / 8),
            1 => y = h - 12 - y % (h / 8),
            2 => x = 2 + x % (w / 8),
            3 => x = w - 24 - x % (w / 8),
            _ => {}
        }
        for letter in 0..=below(rng, 6) as i64 {
            for row in 0..7 {
                for column in 0..5 {
                    // Strokes rather than dust: the middle of a sign is emptier than its edges.
                    let edge = row % 3 == 0 || column % 4 == 0;
                    if rng.uniform() < if edge { 0.65 } else { 0.1 } {
                        let at = (x + (letter * 6 + column) * scale, y + row * scale);
                        canvas.block(at.0, at.1, (scale, scale), ink);
                    }
                }
            }
        }
    }
}

/// Crosses in pairs with or without a dotted line between them.
pub(super) fn calipers(canvas: &mut Canvas, rng: &mut Mt19937) {
    let ink = ink(rng);
    let arm = 2 + below(rng, 3) as i64;
    let slanted = below(rng, 2) == 0;
    for _ in 0..=below(rng, 2) {
        let (from, to) = (canvas.place(rng), canvas.place(rng));
        for (x, y) in [from, to] {
            for step in -arm..=arm {
                if slanted {
                    canvas.dot(x + step, y + step, ink);
                    canvas.dot(x + step, y - step, ink);
                } else {
                    canvas.dot(x + step, y, ink);
                    canvas.dot(x, y + step, ink);
                }
            }
        }
        if below(rng, 2) == 0 {
            let length = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
            for step in (0..length).step_by(4) {
                let along = |a: i64, b: i64| a + (b - a) * step / length;
                canvas.dot(along(from.0, to.0), along(from.1, to.1), ink);
            }
        }
    }
}

/// A rectangle of one shade, mostly at a corner, where devices write.
pub(super) fn erase(canvas: &mut Canvas, rng: &mut Mt19937) {
    let (w, h) = (canvas.width as i64, canvas.height as i64);
    let size = (
        (w as f32 * between(rng, 0.08, 0.3)) as i64,
        (h as f32 * between(rng, 0.05, 0.22)) as i64,
    );
    let (x, y) = match below(rng, 6) {
        0 => (0, 0),
        1 => (w - size.0, 0),
        2 => (0, h - size.1),
        3 => (w - size.0, h - size.1),
        _ => canvas.place(rng),
    };
    let shade = if below(rng, 2) == 0 {
        0.0
    } else {
        between(rng, 0.0, 1.0)
    };
    canvas.block(x, y, size, [shade; 3]);
}
