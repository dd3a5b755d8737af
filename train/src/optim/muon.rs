//! Muon (Jordan et al., 2024): the momentum of a weight matrix is brought near the closest
//! orthogonal matrix, so that a step moves all of the matrix's directions by one length, not only
//! the few that dominate its gradient.
//!
//! Steps are scaled to the size of AdamW's (Liu et al., 2025, "Muon is scalable for LLM training"),
//! so that learning rate and weight decay are AdamW's too.

use burn::tensor::{Device, Tensor, TensorData};

use crate::params::Entry;

/// Decay of the momentum.
const MOMENTUM: f32 = 0.95;
/// Root mean square of a step over the learning rate, as AdamW's is.
const STEP_RMS: f32 = 0.2;
/// Coefficients of the Newton-Schulz polynomial `a x + b x³ + c x⁵`; it brings singular values near
/// one fast, not exactly.
const NEWTON_SCHULZ: [f32; 3] = [3.4445, -4.775, 2.0315];
/// Times that the polynomial is applied.
const ROUNDS: usize = 5;

/// Whether Muon takes the steps of a parameter: weights between hidden states, convolutions among
/// them. Rows of words and patterns of positions are looked up one by one, so they are left to
/// AdamW, as is everything that is no matrix.
pub(super) fn takes(entry: &Entry) -> bool {
    let looked_up = ["embed_tokens", "lm_head"];
    entry.decays() && !looked_up.iter().any(|part| entry.name.contains(part))
}

/// The direction of the next step of a parameter, and its momentum moved on by a gradient that is
/// multiplied by `scale`.
pub(super) fn direction(entry: &Entry, m: &mut [f32], grad: &[f32], scale: f32) -> Vec<f32> {
    for (m, g) in m.iter_mut().zip(grad) {
        *m = MOMENTUM * *m + scale * g;
    }
    // Nesterov: the momentum as it will be when this gradient comes again.
    let ahead = m.iter().zip(grad).map(|(m, g)| MOMENTUM * m + scale * g);
    let rows = entry.shape[0];
    let columns = entry.values.len() / rows;
    let ahead = TensorData::new(ahead.collect::<Vec<f32>>(), [rows, columns]);
    let ahead = Tensor::<2>::from_data(ahead, &Device::flex());
    let step = if rows > columns {
        orthogonal(ahead.transpose()).transpose()
    } else {
        orthogonal(ahead)
    };
    // An orthogonal matrix has the root mean square 1 / sqrt(its longer side).
    let step = step * (STEP_RMS * (rows.max(columns) as f32).sqrt());
    let values = step.into_data().try_to_vec::<f32>();
    values.expect("invariant: Flex computes f32")
}

/// Near the closest matrix with orthonormal rows; `x` has no more rows than columns.
fn orthogonal(x: Tensor<2>) -> Tensor<2> {
    let norm = x.clone().square().sum().sqrt().add_scalar(1e-7);
    let mut x = x / norm.unsqueeze();
    let [a, b, c] = NEWTON_SCHULZ;
    for _ in 0..ROUNDS {
        let square = x.clone().matmul(x.clone().transpose());
        let weights = square.clone() * b + square.clone().matmul(square) * c;
        x = x.clone() * a + weights.matmul(x);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, columns: usize) -> Entry {
        Entry {
            name: "weight".into(),
            shape: vec![rows, columns],
            values: vec![0.0; rows * columns],
            trained: true,
        }
    }

    /// Gradients whose directions differ thirtyfold in size.
    fn steep(rows: usize, columns: usize) -> Vec<f32> {
        let mut rng = unimed_core::paint::Mt19937::new(7);
        (0..rows * columns)
            .map(|k| {
                30f32.powf(-((k / columns) as f32) / rows as f32) * (rng.uniform() as f32 - 0.5)
            })
            .collect()
    }

    #[test]
    fn all_directions_move_by_about_one_length() {
        for (rows, columns) in [(4, 9), (9, 4)] {
            let entry = matrix(rows, columns);
            let mut m = vec![0.0; rows * columns];
            let step = direction(&entry, &mut m, &steep(rows, columns), 1.0);
            let rms = (step.iter().map(|x| x * x).sum::<f32>() / step.len() as f32).sqrt();
            assert!((0.6..1.3).contains(&(rms / STEP_RMS)), "{rms}");
        }
        // Every row, however small its gradient was.
        let step = direction(&matrix(4, 9), &mut [0.0; 36], &steep(4, 9), 1.0);
        let lengths: Vec<f32> = step
            .chunks(9)
            .map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt() / (STEP_RMS * 3.0))
            .collect();
        assert!(
            lengths.iter().all(|l| (0.4..1.4).contains(l)),
            "{lengths:?}"
        );
    }

    #[test]
    fn the_size_of_the_gradient_does_not_matter() {
        let entry = matrix(3, 5);
        let small = direction(&entry, &mut [0.0; 15], &steep(3, 5), 1e-3);
        let large = direction(&entry, &mut [0.0; 15], &steep(3, 5), 10.0);
        for (a, b) in small.iter().zip(&large) {
            assert!((a - b).abs() < 2e-3, "{a} {b}");
        }
    }

    #[test]
    fn words_and_biases_are_left_to_adam() {
        assert!(takes(&matrix(3, 3)));
        let mut words = matrix(3, 3);
        words.name = "language_model.model.embed_tokens.weight".into();
        assert!(!takes(&words));
        let mut bias = matrix(3, 1);
        bias.shape = vec![3];
        assert!(!takes(&bias));
    }
}
