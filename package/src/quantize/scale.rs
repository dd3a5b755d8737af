//! The scale of one group: the one with the smallest squared error.
//!
//! For fixed integers `q` the best scale is `sum(w q) / sum(q q)`; for a fixed scale the best
//! integers are the nearest ones. The search starts from scales that spread the largest value over
//! several divisors with either sign (the range -8..=7 is lopsided), scores each start by the error
//! that it would have after an exact refit, and walks the best two, and two plain ones, downhill in
//! half precision, because the stored scale is an f16.

use half::f16;

use super::{GROUP, PackedForm};

/// One group, fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Group {
    pub(super) scale: f16,
    /// Integers, `-offset..offset`, as floats.
    pub(super) values: [f32; GROUP],
    /// Sum of the squared differences.
    pub(super) error: f32,
}

/// Largest value over divisor is a start. Above the range's end everything fits; below it the
/// largest values are cut off in favour of the others.
const DIVISORS_Q4: [f32; 13] = [
    6.0, 6.5, 7.0, 7.25, 7.5, 7.75, 8.0, 8.25, 8.5, 9.0, 9.5, 10.0, 11.0,
];
const DIVISORS_Q8: [f32; 6] = [126.5, 127.0, 127.5, 128.0, 128.25, 129.0];

/// Adding and taking away 1.5 * 2^23 rounds to the nearest integer (ties to even) without a call
/// into the mathematical library, so that the loops below become vector code.
const ROUND: f32 = 12_582_912.0;

/// Below this no f16 scale can round a value to anything but 0: half of the smallest f16.
const TINY: f32 = 1.0 / (1 << 25) as f32;

/// Integers nearest to `w / scale`, in range.
fn nearest(w: &[f32; GROUP], inverse: f32, low: f32, high: f32) -> [f32; GROUP] {
    w.map(|w| ((w * inverse + ROUND) - ROUND).max(low).min(high))
}

fn dot(a: &[f32; GROUP], b: &[f32; GROUP]) -> f32 {
    // Eight lanes in a fixed order: vector code, and the same sum on every machine.
    let mut lanes = [0.0_f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for i in 0..8 {
            lanes[i] += a[i] * b[i];
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// The group with this scale and the nearest integers.
fn with_scale(w: &[f32; GROUP], scale: f16, low: f32, high: f32) -> Group {
    let s = scale.to_f32();
    let values = nearest(w, 1.0 / s, low, high);
    let mut difference = [0.0; GROUP];
    for i in 0..GROUP {
        difference[i] = w[i] - s * values[i];
    }
    Group {
        scale,
        values,
        error: dot(&difference, &difference),
    }
}

/// Fits a group of finite values that f16 can hold.
pub(super) fn fit(form: PackedForm, w: &[f32; GROUP]) -> Group {
    let mut best = Group {
        scale: f16::ZERO,
        values: [0.0; GROUP],
        error: dot(w, w),
    };
    let signed_peak = w.iter().fold(
        0.0_f32,
        |peak, &w| if w.abs() > peak.abs() { w } else { peak },
    );
    let peak = signed_peak.abs();
    if peak <= TINY {
        return best;
    }
    let offset = form.offset() as f32;
    let (low, high) = (-offset, offset - 1.0);
    let divisors = match form {
        PackedForm::Q8 => &DIVISORS_Q8[..],
        PackedForm::Q4 => &DIVISORS_Q4[..],
    };
    // (what the refit takes off the error, refitted scale), best first
    let mut starts = [(0.0_f32, 0.0_f32); 2];
    for &divisor in divisors {
        for signed in [divisor, -divisor] {
            let q = nearest(w, signed / peak, low, high);
            let (cross, square) = (dot(w, &q), dot(&q, &q));
            let gain = cross * cross / square;
            if gain > starts[0].0 {
                starts[1] = starts[0];
                starts[0] = (gain, cross / square);
            } else if gain > starts[1].0 {
                starts[1] = (gain, cross / square);
            }
        }
    }
    // The largest value on the long end of the range, where it is exact in f16 if it was before;
    // and the plain way, so that the search is never worse, even where half precision is coarse.
    let (exact, plain) = (signed_peak / low, peak / high);
    for start in [exact, plain, starts[0].1, starts[1].1] {
        walk(w, start, low, high, &mut best);
    }
    best
}

/// Nearest integers and best scale in turn, while the error falls.
fn walk(w: &[f32; GROUP], start: f32, low: f32, high: f32, best: &mut Group) {
    let mut scale = f16::from_f32(start);
    for _ in 0..4 {
        let mut bits = scale.to_bits();
        if bits & 0x7fff == 0 {
            bits += 1; // zero is what `best` started with; the smallest f16 may still be better
        }
        // The two neighbours as well: the best f16 is not always the nearest one, above all where
        // half precision is coarse.
        let mut improved = false;
        for bits in [bits, bits + 1, bits - 1] {
            let scale = f16::from_bits(bits);
            if bits & 0x7fff == 0 || !scale.is_finite() {
                continue;
            }
            let group = with_scale(w, scale, low, high);
            if group.error < best.error {
                *best = group;
                improved = true;
            }
        }
        if !improved {
            return;
        }
        let (cross, square) = (dot(w, &best.values), dot(&best.values, &best.values));
        scale = f16::from_f32(cross / square);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error that no scale can beat: over all scales at which an integer changes, by brute
    /// force in f64, with the refit that is exact there.
    fn optimum(form: PackedForm, w: &[f32; GROUP]) -> f64 {
        let offset = f64::from(form.offset());
        let total: f64 = w.iter().map(|&w| f64::from(w).powi(2)).sum();
        let mut best = total;
        for &v in w.iter().filter(|v| **v != 0.0) {
            for k in 0..form.offset() {
                let edge = f64::from(v.abs()) / (f64::from(k) + 0.5);
                for signed in [edge * 0.999_999, -edge * 0.999_999] {
                    let (mut cross, mut square) = (0.0, 0.0);
                    for &w in w {
                        let q = (f64::from(w) / signed).round().clamp(-offset, offset - 1.0);
                        cross += f64::from(w) * q;
                        square += q * q;
                    }
                    if square > 0.0 {
                        best = best.min(total - cross * cross / square);
                    }
                }
            }
        }
        best.max(0.0)
    }

    /// Uniform, bell-shaped and heavy-tailed groups, from a fixed sequence.
    fn groups() -> Vec<[f32; GROUP]> {
        let mut state = 1_u64;
        let mut uniform = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1 << 24) as f32) * 2.0 - 1.0
        };
        let mut all = Vec::new();
        for i in 0..60 {
            let mut draw = || match i % 3 {
                0 => uniform(),
                1 => (0..6).map(|_| uniform()).sum::<f32>() * 0.02,
                _ => 0.02 * uniform() / uniform().abs().max(0.05),
            };
            all.push(std::array::from_fn(|_| draw()));
        }
        all
    }

    #[test]
    fn the_search_comes_close_to_the_optimum() {
        // At 8 bit the optimum owes much to how 32 values happen to round; the search settles for
        // most of it. How far above it one group and all groups together may be:
        for (form, one, all) in [(PackedForm::Q4, 1.1, 1.01), (PackedForm::Q8, 2.0, 1.15)] {
            let (mut found, mut best, mut by_maximum) = (0.0, 0.0, 0.0);
            for w in groups() {
                let fitted = fit(form, &w);
                let optimum = optimum(form, &w);
                assert!(f64::from(fitted.error) <= one * optimum, "{w:?}");
                let peak = w.iter().fold(0.0_f32, |peak, w| peak.max(w.abs()));
                let offset = form.offset() as f32;
                let plain = f16::from_f32(peak / (offset - 1.0));
                let plain = with_scale(&w, plain, -offset, offset - 1.0);
                assert!(fitted.error <= plain.error);
                let size = f64::from(dot(&w, &w));
                found += f64::from(fitted.error) / size;
                best += optimum / size;
                by_maximum += f64::from(plain.error) / size;
            }
            assert!(found <= all * best, "{form:?}: {found} and {best}");
            assert!(
                found < 0.9 * by_maximum,
                "{form:?}: {found} and {by_maximum}"
            );
        }
    }

    #[test]
    fn groups_at_the_edges() {
        for form in [PackedForm::Q4, PackedForm::Q8] {
            let zero = fit(form, &[0.0; GROUP]);
            assert_eq!((zero.scale, zero.error), (f16::ZERO, 0.0));
            let tiny = fit(form, &[1e-30; GROUP]);
            assert_eq!(tiny.scale, f16::ZERO);
            // One value alone is exact when an f16 times an integer is.
            let mut one = [0.0; GROUP];
            one[7] = -0.75;
            assert_eq!(fit(form, &one).error, 0.0);
            // The largest f16, and values where half precision is coarse.
            let large = fit(form, &[65_504.0; GROUP]);
            assert!(large.error <= 32.0 * 65_504.0_f32.powi(2) * 1e-5);
            let small = fit(form, &std::array::from_fn(|i| (i as f32 - 16.0) * 1e-6));
            assert!(small.error < 1e-10 && small.scale != f16::ZERO);
        }
    }

    #[test]
    fn integers_on_a_grid_come_back_exactly() {
        for form in [PackedForm::Q4, PackedForm::Q8] {
            let offset = form.offset();
            let w =
                std::array::from_fn(|i| ((i as i32 * 37) % (2 * offset) - offset) as f32 * 0.125);
            assert_eq!(fit(form, &w).error, 0.0, "{form:?}");
        }
    }
}
