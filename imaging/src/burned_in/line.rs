//! Words: shapes that stand side by side, and what stands beside those.

use super::{
    EDGE, LEAST_ROWS,
    shape::{Ground, Shape},
};
use crate::Crop;

/// Letters in a row that make a word, and shapes that they have to be, where some of them touch.
const WORD: usize = 4;
const SHAPES: usize = 4;
/// The largest shape of a word has at least so many hundredths of the smallest one's pixels, where all are of one width.
const AREAS: usize = 115;
/// How far from a word other letters may be to be covered with it, in heights of its own.
const NEAR: usize = 3;

/// Words of the shapes that were found, from left to right, each with what is written beside it and a margin.
pub(super) fn words(shapes: &[Shape], ground: &Ground<'_>) -> Vec<Crop> {
    // Lines that a shape may still go on, and words.
    let mut open: Vec<Vec<Shape>> = Vec::new();
    let mut words = Vec::new();
    let mut close = |line: Vec<Shape>| {
        if is_word(&line) {
            words.push(line);
        }
    };
    for shape in shapes {
        // No later shape reaches a line that ends so far to the left of this one, however high it is.
        let far = |line: &mut Vec<Shape>| {
            let last = line.last().map(|last| last.bounds);
            last.is_none_or(|last| last.right() + 2 * last.height < shape.bounds.left)
        };
        open.extract_if(.., far).for_each(&mut close);
        let goes_on = |line: &&mut Vec<Shape>| {
            line.last()
                .is_some_and(|last| follows(&last.bounds, &shape.bounds))
        };
        match open.iter_mut().find(goes_on) {
            Some(line) => line.push(*shape),
            None => open.push(vec![*shape]),
        }
    }
    open.into_iter().for_each(&mut close);
    words
        .iter()
        .map(|word| with_margin(&grown(word, ground), ground.width, ground.height))
        .collect()
}

/// Whether a shape goes on the line that ends with another one.
fn follows(last: &Crop, shape: &Crop) -> bool {
    let (low, high) = (last.height.min(shape.height), last.height.max(shape.height));
    let gap = shape.left as i64 - last.right() as i64;
    5 * shared(last, shape) >= 3 * low
        && 5 * high <= 9 * low
        && gap <= high as i64
        && gap > -(low as i64) / 2
}

/// Rows that two rectangles have in common.
fn shared(one: &Crop, other: &Crop) -> usize {
    let end = one.bottom().min(other.bottom());
    end.saturating_sub(one.top.max(other.top))
}

fn is_word(line: &[Shape]) -> bool {
    line.len() >= SHAPES && line.iter().map(count).sum::<usize>() >= WORD && is_varied(line)
}

/// How many letters a shape is: some touch each other, and are about three quarters as wide as high.
fn count(shape: &Shape) -> usize {
    let Crop { width, height, .. } = shape.bounds;
    ((4 * width + height) / (3 * height)).max(1)
}

/// Whether shapes differ in width or area, as letters do and marks of a scale do not.
fn is_varied(line: &[Shape]) -> bool {
    let first = line[0].bounds.width;
    let areas = line.iter().map(|shape| shape.area);
    let (least, most) = areas.fold((usize::MAX, 0), |(least, most), area| {
        (least.min(area), most.max(area))
    });
    line.iter().any(|shape| shape.bounds.width != first) || AREAS * least < 100 * most
}

/// A word with all that stands out beside it in its rows: what is too short to be a word, and letters that touch what is behind
/// them. To the nearer side it reaches to the end of the picture where that is edge, because lines begin or end there.
fn grown(word: &[Shape], ground: &Ground<'_>) -> Crop {
    let line = word
        .iter()
        .skip(1)
        .fold(word[0].bounds, |all, shape| all.with(&shape.bounds));
    let width = ground.width;
    let mut rows: Vec<usize> = word.iter().map(|shape| shape.bounds.height).collect();
    rows.sort_unstable();
    let near = NEAR * rows[rows.len() / 2];
    let is_written = |x: usize| {
        let mut rows = line.top..line.bottom();
        rows.any(|y| ground.stands_out(y * width + x))
    };
    let (mut left, mut right) = (line.left, line.right());
    while let Some(x) = (left.saturating_sub(near)..left).find(|x| is_written(*x)) {
        left = x;
    }
    while let Some(x) = (right..(right + near).min(width)).rfind(|x| is_written(*x)) {
        right = x + 1;
    }
    let edge = (width as f64 * EDGE) as usize;
    let beyond = width - right;
    if left <= beyond.min(edge) {
        left = 0;
    }
    if beyond <= line.left.min(edge) {
        right = width;
    }
    Crop {
        left,
        width: right - left,
        ..line
    }
}

/// Letters fade out at their edges, and have dots, commas and hyphens, which are too low for shapes.
fn with_margin(bounds: &Crop, width: usize, height: usize) -> Crop {
    let margin = (bounds.height / 3).max(LEAST_ROWS / 2);
    let (left, top) = (
        bounds.left.saturating_sub(margin),
        bounds.top.saturating_sub(margin),
    );
    Crop {
        left,
        top,
        width: (bounds.right() + margin).min(width) - left,
        height: (bounds.bottom() + margin).min(height) - top,
    }
}

/// Rectangles without those that lie within others.
pub(super) fn joined(mut all: Vec<Crop>) -> Vec<Crop> {
    // Large ones first.
    all.sort_by_key(|one| std::cmp::Reverse(one.width * one.height));
    let mut kept: Vec<Crop> = Vec::new();
    for one in all {
        if !kept.iter().any(|large| large.with(&one) == *large) {
            kept.push(one);
        }
    }
    kept
}
