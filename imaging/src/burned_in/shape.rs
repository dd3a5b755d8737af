//! Connected shapes near the edges that could be letters.

use super::{EDGE, LEAST_ROWS, MOST_ROWS};
use crate::Crop;

/// How far a letter stands out from the mean around it, in steps of 256.
const CONTRAST: i32 = 60;
/// The pixels of a letter differ by at most so much in brightness, from the middle one to the most extreme.
const EVENNESS: i32 = 120;
/// How many times as wide as high letters that touch may be.
const TOUCHING: usize = 6;
/// Strokes are at most so wide, as a part of the height of their letter.
const STROKE: f64 = 0.36;

/// What shapes are looked for in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    /// Brightness of each pixel.
    pub(super) values: &'a [u8],
    /// How far each stands out.
    pub(super) contrast: &'a [i16],
    pub(super) width: usize,
    pub(super) height: usize,
    /// 1 for letters that are brighter than what is around them, -1 for darker ones.
    pub(super) sign: i32,
}

impl Ground<'_> {
    /// Whether a pixel does.
    pub(super) fn stands_out(&self, at: usize) -> bool {
        self.sign * i32::from(self.contrast[at]) > CONTRAST
    }

    fn is_edge(&self, at: usize) -> bool {
        let edge = |size: usize| (size as f64 * EDGE) as usize;
        let (across, down) = (edge(self.width), edge(self.height));
        let (x, y) = (at % self.width, at / self.width);
        x < across || x >= self.width - across || y < down || y >= self.height - down
    }
}

/// Pixels that stand out and touch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// The rectangle around them.
    pub(super) bounds: Crop,
    /// How many they are.
    pub(super) area: usize,
}

/// Shapes that begin near the edge and could be letters, from left to right.
pub(super) fn shapes(ground: &Ground<'_>) -> Vec<Shape> {
    let (width, height) = (ground.width, ground.height);
    let most_rows = (width.min(height) / MOST_ROWS).max(3 * LEAST_ROWS);
    let mut seen = vec![false; ground.values.len()];
    let mut found = Vec::new();
    let mut shape = Vec::new();
    for start in 0..seen.len() {
        if seen[start] || !ground.stands_out(start) || !ground.is_edge(start) {
            continue;
        }
        shape.clear();
        shape.push(start);
        seen[start] = true;
        let mut next = 0;
        while let Some(&at) = shape.get(next) {
            next += 1;
            let (x, y) = (at % width, at / width);
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                for column in x.saturating_sub(1)..(x + 2).min(width) {
                    let other = row * width + column;
                    if !seen[other] && ground.stands_out(other) {
                        seen[other] = true;
                        shape.push(other);
                    }
                }
            }
        }
        let letter = letter(&shape, ground).filter(|bounds| bounds.height <= most_rows);
        found.extend(letter.map(|bounds| Shape {
            bounds,
            area: shape.len(),
        }));
    }
    found.sort_by_key(|shape: &Shape| shape.bounds.left);
    found
}

/// The rectangle around a shape, if it is as thin and even as a letter, or as some that touch.
fn letter(shape: &[usize], ground: &Ground<'_>) -> Option<Crop> {
    let (width, height) = (ground.width, ground.height);
    let columns = shape.iter().map(|at| at % width);
    let rows = shape.iter().map(|at| at / width);
    let (left, top) = (columns.clone().min()?, rows.clone().min()?);
    let size = Crop {
        left,
        top,
        width: columns.max()? + 1 - left,
        height: rows.max()? + 1 - top,
    };
    if size.height < LEAST_ROWS || size.width > TOUCHING * size.height {
        return None;
    }
    // A stroke has two sides, so its width is twice its area over the length of its outline.
    let outline = shape.iter().map(|&at| {
        let (x, y) = (at % width, at / width);
        let beside = [
            x > 0 && ground.stands_out(at - 1),
            x + 1 < width && ground.stands_out(at + 1),
            y > 0 && ground.stands_out(at - width),
            y + 1 < height && ground.stands_out(at + width),
        ];
        beside.into_iter().filter(|inside| !inside).count()
    });
    let stroke = 2.0 * shape.len() as f64 / outline.sum::<usize>() as f64;
    if stroke > (STROKE * size.height as f64).max(1.5) {
        return None;
    }
    let signed = |at: &usize| ground.sign * i32::from(ground.values[*at]);
    let mut values: Vec<i32> = shape.iter().map(signed).collect();
    values.sort_unstable();
    (values[values.len() - 1] - values[values.len() / 2] <= EVENNESS).then_some(size)
}
