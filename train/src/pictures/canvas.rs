//! A picture whose look is changed.

use unimed_core::paint::Mt19937;

/// A picture as red, green, blue of 0 to 1, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

/// A number between two.
pub(super) fn between(rng: &mut Mt19937, low: f32, high: f32) -> f32 {
    low + (high - low) * rng.uniform() as f32
}
