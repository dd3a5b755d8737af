//! Loops that the compiler turns into vectors, for the best instructions that the processor has.

/// Numbers that are summed side by side: a sum in one variable cannot be vectorized, because the
/// order of additions is part of its result.
const LANES: usize = 16;

/// Compiles a function three times, for 512-bit and 256-bit vectors and as it is, and calls what the
/// processor can run. What it calls must be inlined.
macro_rules! vectorized {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $type),*) $(-> $out)? {
            #[inline(always)]
            fn plain($($arg: $type),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,fma")]
                fn wide($($arg: $type),*) $(-> $out)? {
                    plain($($arg),*)
                }

                #[target_feature(enable = "avx2,fma")]
                fn half_as_wide($($arg: $type),*) $(-> $out)? {
                    plain($($arg),*)
                }

                if is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("fma")
                {
                    // SAFETY: the processor has just been asked for these instructions.
                    return unsafe { wide($($arg),*) };
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: as above.
                    return unsafe { half_as_wide($($arg),*) };
                }
            }
            plain($($arg),*)
        }
    };
}
pub(super) use vectorized;

/// `exp(x)`, relative error below 2e-7; 0 or the largest power outside of its range.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Added to a small number, it leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    // exp on [-ln 2 / 2, ln 2 / 2] (Cephes, expf).
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_65;
    let p = p * r + 0.5;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (p * r * r + r + 1.0) * power
}

/// `1 / (1 + exp(-x))`
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Sum of `f` over the places of a row.
///
/// # Panics
///
/// Panics where a list is shorter than the first.
#[inline(always)]
pub(super) fn sum<const N: usize>(rows: [&[f32]; N], f: impl Fn([f32; N]) -> f32) -> f32 {
    let length = rows[0].len();
    let rows = rows.map(|row| &row[..length]);
    let mut lanes = [0.0_f32; LANES];
    let whole = length / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        let chunks: [&[f32; LANES]; N] = rows.map(|row| {
            row[start..start + LANES]
                .try_into()
                .expect("invariant: LANES numbers")
        });
        for lane in 0..LANES {
            lanes[lane] += f(chunks.map(|chunk| chunk[lane]));
        }
    }
    let rest: f32 = (whole..length).map(|at| f(rows.map(|row| row[at]))).sum();
    lanes.iter().sum::<f32>() + rest
}

/// The largest number of a row.
#[inline(always)]
pub(super) fn largest(row: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = larger(lanes[lane], chunk[lane]);
        }
    }
    let largest = lanes.into_iter().fold(f32::NEG_INFINITY, larger);
    rest.iter().copied().fold(largest, larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exp() {
        for step in -8700..=8800 {
            let x = step as f32 / 100.0;
            let (own, true_) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((own / true_ - 1.0).abs() < 2e-7, "exp({x}) = {own}");
        }
        assert!(exp(-1e9) < 1e-37);
    }

    #[test]
    fn sums_and_maxima_of_odd_lengths() {
        let row: Vec<f32> = (0..37).map(|i| (i * 7 % 37) as f32).collect();
        assert_eq!(sum([&row, &row], |[a, b]| a * b), 16_206.0);
        assert_eq!(largest(&row), 36.0);
        assert_eq!(largest(&[-3.0]), -3.0);
    }
}
