//! Elementary functions from additions and multiplications only: the system's math library differs
//! between platforms in the last bit, and a render must not.

use std::f32::consts::{LN_2, LOG2_E, PI};

/// Largest whole number not above `x`, for |x| below 2^31 (the target's baseline has no instruction
/// for it, and a call keeps loops from being vectorized).
pub(crate) fn floor(x: f32) -> f32 {
    let whole = x as i32 as f32;
    if whole > x { whole - 1.0 } else { whole }
}

/// e to the power `x`, relative error below 2e-6.
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits; unlike a conversion
    // this lets a compiler work on several values at once.
    const ROUND: f32 = 12_582_912.0;
    let scaled = (x * LOG2_E).clamp(-120.0, 120.0);
    let shifted = scaled + ROUND;
    let whole = shifted - ROUND;
    let r = (scaled - whole) * LN_2;
    let tail = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0)))));
    tail * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// Natural logarithm of a positive number, absolute error below 2e-6.
pub(crate) fn ln(x: f32) -> f32 {
    let bits = x.max(1e-30).to_bits();
    let exponent = ((bits >> 23) as i32 - 127) as f32;
    let mantissa = f32::from_bits((bits & 0x007F_FFFF) | 0x3F80_0000);
    // ln m = 2 atanh((m - 1) / (m + 1)) around the geometric middle of [1, 2).
    let m = mantissa / std::f32::consts::SQRT_2;
    let t = (m - 1.0) / (m + 1.0);
    let t2 = t * t;
    let series = 2.0 * t * (1.0 + t2 * (1.0 / 3.0 + t2 * (0.2 + t2 * (1.0 / 7.0))));
    series + (exponent + 0.5) * LN_2
}

/// `x` to the power `p` for `x >= 0`.
pub(crate) fn pow(x: f32, p: f32) -> f32 {
    if x <= 0.0 { 0.0 } else { exp(p * ln(x)) }
}

/// Sine, absolute error below 4e-6.
pub(crate) fn sin(x: f32) -> f32 {
    let turns = x * (0.5 / PI);
    let t = turns - floor(turns + 0.5);
    // Fold [-1/2, 1/2] to [-1/4, 1/4], where the series is short.
    let folded = if t > 0.25 {
        0.5 - t
    } else if t < -0.25 {
        -0.5 - t
    } else {
        t
    };
    let a = folded * 2.0 * PI;
    let a2 = a * a;
    a * (1.0 - a2 * (1.0 / 6.0 - a2 * (1.0 / 120.0 - a2 * (1.0 / 5040.0 - a2 * (1.0 / 362_880.0)))))
}

/// Cosine.
pub(crate) fn cos(x: f32) -> f32 {
    sin(x + 0.5 * PI)
}

/// Angle of the vector (x, y) in (-pi, pi], absolute error below 2e-3.
pub(crate) fn atan2(y: f32, x: f32) -> f32 {
    let (ax, ay) = (x.abs(), y.abs());
    let ratio = ax.min(ay) / ax.max(ay).max(1e-12);
    let r2 = ratio * ratio;
    let base = ratio
        * (0.999_866 - r2 * (0.330_299_5 - r2 * (0.180_141 - r2 * (0.085_133 - r2 * 0.020_835_1))));
    let first = if ay > ax { 0.5 * PI - base } else { base };
    let half = if x < 0.0 { PI - first } else { first };
    if y < 0.0 { -half } else { half }
}

/// 0 below `low`, 1 above `high`, smooth between; `low > high` gives the falling step.
pub(crate) fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Linear interpolation.
pub(crate) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_agree_with_the_standard_library() {
        for i in -400..=400 {
            let x = i as f32 * 0.05;
            assert!((exp(x) / x.exp() - 1.0).abs() < 4e-6, "exp {x}");
            assert!((sin(x) - x.sin()).abs() < 1e-5, "sin {x}");
            assert!((cos(x) - x.cos()).abs() < 1e-5, "cos {x}");
            assert!((atan2(x, 1.3) - x.atan2(1.3)).abs() < 2e-3, "atan2 {x}");
            assert!((atan2(x, -1.3) - x.atan2(-1.3)).abs() < 2e-3, "atan2 {x}");
            if x > 0.0 {
                assert!((ln(x) - x.ln()).abs() < 4e-6, "ln {x}");
                assert!((pow(x, 0.7) / x.powf(0.7) - 1.0).abs() < 1e-5, "pow {x}");
            }
        }
    }
}
