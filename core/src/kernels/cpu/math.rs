//! Functions of single numbers that the compiler turns into vectors: no calls, no branches.

/// Numbers that are summed side by side: a sum in one variable cannot be vectorized, because the order of additions is
/// part of its result.
const SIDE_BY_SIDE: usize = 16;

/// `exp(x)`, relative error below 2e-7; 0 or the largest power outside of its range.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Added to a small number, it leaves the nearest integer in the low bits: 1.5 * 2^23.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    // exp on [-ln 2 / 2, ln 2 / 2], the polynomial of Cephes' expf.
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_65;
    let p = p * r + 0.5;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (p * r * r + r + 1.0) * power
}

/// `x / (1 + exp(-x))`
#[inline(always)]
pub(super) fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

/// `0.5 x (1 + tanh(u))` with `u = sqrt(2/pi) (x + 0.044715 x^3)`, as the equal `x sigmoid(2 u)`.
#[inline(always)]
pub(super) fn gelu_tanh(x: f32) -> f32 {
    const TWO_SQRT_2_OVER_PI: f32 = 1.595_769;
    let twice_u = x * (x * x * (0.044_715 * TWO_SQRT_2_OVER_PI) + TWO_SQRT_2_OVER_PI);
    x / (1.0 + exp(-twice_u))
}

/// Sum of `f` over a row.
#[inline(always)]
pub(super) fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0_f32; SIDE_BY_SIDE];
    let (blocks, rest) = row.as_chunks::<SIDE_BY_SIDE>();
    for block in blocks {
        for (sum, &x) in sums.iter_mut().zip(block) {
            *sum += f(x);
        }
    }
    rest.iter().map(|&x| f(x)).sum::<f32>() + sums.iter().sum::<f32>()
}

/// The largest number of a row that has one.
#[inline(always)]
pub(super) fn largest(row: &[f32]) -> f32 {
    let mut most = [f32::NEG_INFINITY; SIDE_BY_SIDE];
    let (blocks, rest) = row.as_chunks::<SIDE_BY_SIDE>();
    for block in blocks {
        for (most, &x) in most.iter_mut().zip(block) {
            *most = if x > *most { x } else { *most };
        }
    }
    rest.iter()
        .chain(&most)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_right_to_the_last_bits() {
        for step in -8700..8800 {
            let x = step as f32 / 100.0;
            let right = f64::from(x).exp();
            let error = (f64::from(exp(x)) - right).abs() / right;
            assert!(error < 2e-7, "exp({x}) is off by {error}");
        }
    }

    #[test]
    fn rows_of_any_length_are_summed() {
        for length in 0..70 {
            let row: Vec<f32> = (0..length).map(|i| i as f32).collect();
            let right = row.iter().map(|x| x * x).sum::<f32>();
            assert_eq!(sum(&row, |x| x * x), right);
            if length > 0 {
                assert_eq!(largest(&row), (length - 1) as f32);
            }
        }
    }
}
