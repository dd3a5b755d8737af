//! Packed words to floats, inside a kernel.

use cubecl::prelude::*;

/// Four numbers, the widest load that WebGPU has.
pub(super) type Quad<T> = Vector<T, Const<4>>;

/// The scale of a group: bits of a 16-bit float, two a word. Decoded by hand, because a browser
/// without `shader-f16` has no such type, and because a subnormal may be flushed to zero on the way.
#[cube]
pub(super) fn scale_of(scales: &[u32], group: usize) -> f32 {
    let bits = (scales[group / 2] >> ((group as u32 % 2) * 16)) & 0xffff;
    let exponent = (bits >> 10) & 31;
    let mantissa = bits & 1023;
    let normal = f32::reinterpret(((exponent + 112) << 23) | (mantissa << 13));
    // 2^-24 is the smallest subnormal.
    let subnormal = f32::cast_from(mantissa) * 5.960_464_5e-8_f32;
    let magnitude = select(exponent == 0, subnormal, normal);
    select(bits >= 0x8000, -magnitude, magnitude)
}

/// Shifts of four neighbours within a word.
#[cube]
pub(super) fn shifts(#[comptime] bits: u32) -> Quad<u32> {
    let mut shifts = Quad::<u32>::new(0u32);
    shifts.insert(1usize, bits);
    shifts.insert(2usize, 2 * bits);
    shifts.insert(3usize, 3 * bits);
    shifts
}

/// Quad `index` (of eight) of a group of 32 values that starts at quad-word `at`, not yet scaled.
///
/// A 4-bit group is one quad of words, an 8-bit group two.
#[cube]
pub(super) fn quad_of(
    words: &[Quad<u32>],
    at: usize,
    #[comptime] index: usize,
    #[comptime] q8: bool,
) -> Quad<f32> {
    if comptime!(q8) {
        let word = words[at + comptime!(index / 4)].extract(comptime!(index % 4));
        let stored = (Quad::<u32>::new(word) >> shifts(8u32)) & Quad::<u32>::new(255u32);
        Quad::<f32>::cast_from(stored) - Quad::<f32>::new(128.0f32)
    } else {
        let word = words[at].extract(comptime!(index / 2)) >> comptime!((index % 2 * 16) as u32);
        let stored = (Quad::<u32>::new(word) >> shifts(4u32)) & Quad::<u32>::new(15u32);
        Quad::<f32>::cast_from(stored) - Quad::<f32>::new(8.0f32)
    }
}

/// Sum of the four.
#[cube]
pub(super) fn sum_of(quad: Quad<f32>) -> f32 {
    (quad.extract(0usize) + quad.extract(1usize)) + (quad.extract(2usize) + quad.extract(3usize))
}
