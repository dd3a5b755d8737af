//! Stains of a section, each made stronger or weaker by itself.
//!
//! What a stain takes from the light is a sum in optical density (Ruifrok and Johnston, 2001), so a slide that was stained
//! longer, by another laboratory or with another brand is nearly a product in each stain's density. The three stains are
//! hematoxylin, eosin and diaminobenzidine; their colours are those of that paper.

use unimed_core::paint::Mt19937;

use super::canvas::between;

/// Densities of red, green and blue of each stain, each of length one: hematoxylin, eosin, diaminobenzidine.
const STAINS: [[f32; 3]; 3] = [
    [0.650, 0.704, 0.286],
    [0.072, 0.990, 0.105],
    [0.268, 0.570, 0.776],
];
/// Logarithm of the largest change of a stain.
const MOST: f32 = 0.5;
/// A colour's density may be turned by this much towards each other channel: dyes differ.
const TURN: f32 = 0.08;
/// Darker values are no light: their density would be without bound.
const DARKEST: f32 = 1.0 / 255.0;

/// Changes the stains of red, green and blue values of 0 to 1 at random.
pub(super) fn vary(values: &mut [f32], rng: &mut Mt19937) {
    let gains = [0, 1, 2].map(|_| between(rng, -MOST, MOST).exp());
    let turn = [0, 1, 2].map(|to| {
        [0, 1, 2].map(|from| {
            if to == from {
                1.0
            } else {
                between(rng, -TURN, TURN)
            }
        })
    });
    // Which colour the stain has now, times how much more of it there is: one matrix for every pixel.
    let matrix = product(turn, scaled(gains));
    for pixel in values.chunks_exact_mut(3) {
        let density = [pixel[0], pixel[1], pixel[2]].map(|value| -value.max(DARKEST).ln());
        for (value, row) in pixel.iter_mut().zip(matrix) {
            let density: f32 = row.iter().zip(density).map(|(a, b)| a * b).sum();
            *value = (-density).exp().clamp(0.0, 1.0);
        }
    }
}

/// The matrix of densities in which each stain's part is multiplied by a gain.
fn scaled(gains: [f32; 3]) -> [[f32; 3]; 3] {
    // Densities are amounts times STAINS, so: to amounts, times gains, and back.
    let amounts = inverse(STAINS);
    let mut matrix = [[0.0; 3]; 3];
    for (to, row) in matrix.iter_mut().enumerate() {
        for (from, value) in row.iter_mut().enumerate() {
            *value = (0..3)
                .map(|stain| amounts[from][stain] * gains[stain] * STAINS[stain][to])
                .sum();
        }
    }
    matrix
}

fn product(a: [[f32; 3]; 3], b: [[f32; 3]; 3]) -> [[f32; 3]; 3] {
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| (0..3).map(|k| a[row][k] * b[k][column]).sum()))
}

/// By Cramer's rule.
fn inverse(m: [[f32; 3]; 3]) -> [[f32; 3]; 3] {
    let minor = |row: usize, column: usize| {
        let (a, b) = ((row + 1) % 3, (row + 2) % 3);
        let (c, d) = ((column + 1) % 3, (column + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant: f32 = (0..3).map(|column| m[0][column] * minor(0, column)).sum();
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| minor(column, row) / determinant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::sample_rng;

    /// The light that passes through amounts of the stains.
    fn light(amounts: [f32; 3]) -> [f32; 3] {
        [0, 1, 2].map(|channel| {
            let density: f32 = (0..3)
                .map(|stain| amounts[stain] * STAINS[stain][channel])
                .sum();
            (-density).exp()
        })
    }

    #[test]
    fn a_gain_changes_one_stain_and_leaves_the_others() {
        let matrix = scaled([2.0, 1.0, 1.0]);
        let density = light([0.5, 0.3, 0.2]).map(|value| -value.ln());
        let changed = light([1.0, 0.3, 0.2]).map(|value| -value.ln());
        for (row, expected) in matrix.iter().zip(changed) {
            let value: f32 = row.iter().zip(density).map(|(a, b)| a * b).sum();
            assert!((value - expected).abs() < 1e-4, "{value} {expected}");
        }
    }

    #[test]
    fn what_is_not_stained_stays_white_and_all_values_stay_colours() {
        let mut rng = sample_rng(1, 1);
        for _ in 0..50 {
            let mut values = [1.0, 1.0, 1.0, 0.6, 0.2, 0.5, 0.0, 0.0, 0.0];
            vary(&mut values, &mut rng);
            assert_eq!(values[..3], [1.0; 3]);
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
            assert!(values[3..6] != [0.6, 0.2, 0.5]);
        }
    }
}
