//! Distances between sets of pictures in the judge's features.

use burn::{
    linalg::{qr, svd},
    tensor::{Device, Tensor, TensorData},
};

/// Sweeps of the singular value decomposition; it converges in fewer.
const SWEEPS: usize = 16;

/// Fréchet distance of two Gaussians fitted to the rows (Heusel et al. 2017, with another network's
/// features): `|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))`.
///
/// With centred rows `X` and `C = X^T X / (n - 1)`, the last trace is the sum of the singular values
/// of `X1 X2^T`, so no covariance is ever formed.
#[must_use]
pub(super) fn frechet(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    let ((mean_a, rows_a), (mean_b, rows_b)) = (centred(a), centred(b));
    let number = |tensor: Tensor<1>| f64::from(tensor.into_scalar::<f32>());
    let means = number((mean_a - mean_b).square().sum());
    let traces = number(rows_a.clone().square().sum() + rows_b.clone().square().sum());
    let product = triangle(rows_a).matmul(triangle(rows_b).transpose());
    let (_, values, _) = svd::<2, 1>(product, SWEEPS);
    means + traces - 2.0 * number(values.sum())
}

/// Mean row `[1, d]`, and the rows without it over the root of `n - 1`, `[n, d]`.
fn centred(rows: &[Vec<f32>]) -> (Tensor<2>, Tensor<2>) {
    let (count, width) = (rows.len(), rows.first().map_or(0, Vec::len));
    let all = TensorData::new(rows.concat(), [count, width]);
    let all = Tensor::<2>::from_data(all, &Device::flex());
    let mean = all.clone().mean_dim(0);
    let scale = 1.0 / ((count.max(2) - 1) as f64).sqrt();
    (mean.clone(), (all - mean) * scale)
}

/// Rows with the same products as the given ones, at most as many as there are columns.
fn triangle(rows: Tensor<2>) -> Tensor<2> {
    let [count, width] = rows.dims();
    if count > width {
        qr(rows, true).1
    } else {
        rows
    }
}

/// Mean distance of different rows.
#[must_use]
pub(super) fn spread(rows: &[Vec<f32>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (at, a) in rows.iter().enumerate() {
        for b in &rows[at + 1..] {
            sum += distance(a, b);
            count += 1.0;
        }
    }
    sum / f64::max(count, 1.0)
}

/// Mean distance of each row to the nearest of `others`.
#[must_use]
pub(super) fn nearest(rows: &[Vec<f32>], others: &[Vec<f32>]) -> f64 {
    let sum: f64 = rows
        .iter()
        .map(|row| {
            let distances = others.iter().map(|other| distance(row, other));
            distances.fold(f64::INFINITY, f64::min)
        })
        .sum();
    sum / rows.len().max(1) as f64
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(shift: f32, scale: f32) -> Vec<Vec<f32>> {
        (0..400)
            .map(|i| vec![shift + scale * (i % 20) as f32, scale * (i / 20) as f32])
            .collect()
    }

    #[test]
    fn equal_sets_have_no_distance_and_a_shift_has_its_square() {
        assert!(frechet(&grid(0.0, 1.0), &grid(0.0, 1.0)).abs() < 1e-3);
        let shifted = frechet(&grid(0.0, 1.0), &grid(3.0, 1.0));
        assert!((shifted - 9.0).abs() < 1e-3, "{shifted}");
    }

    #[test]
    fn another_spread_has_the_distance_of_the_formula() {
        // Both axes have the variance v; doubling the scale gives 2 (sqrt(4 v) - sqrt(v))^2 plus
        // the squared distance of the means, (9.5, 9.5).
        let variance = (0..20).map(|i| (f64::from(i) - 9.5).powi(2)).sum::<f64>() / 20.0;
        let unbiased = variance * 400.0 / 399.0;
        let wanted = 2.0 * unbiased + 2.0 * 9.5 * 9.5;
        let found = frechet(&grid(0.0, 1.0), &grid(0.0, 2.0));
        assert!((found - wanted).abs() < 1e-4 * wanted, "{found} {wanted}");
    }

    #[test]
    fn spread_and_nearest_are_euclidean() {
        let rows = vec![vec![0.0, 0.0], vec![3.0, 4.0]];
        assert_eq!(spread(&rows), 5.0);
        assert_eq!(
            nearest(&rows, &[vec![0.0, 1.0]]),
            (1.0 + 18f64.sqrt()) / 2.0
        );
    }
}
