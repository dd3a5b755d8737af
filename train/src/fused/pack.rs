//! Numbers rounded to bfloat16 and packed in pairs along the summed axis, as the instructions multiply them.

use std::{
    arch::x86_64::{__m512bh, __m512i, _mm512_cvtne2ps_pbh, _mm512_loadu_ps, _mm512_storeu_si512},
    mem::transmute,
};

/// Pairs of a vector.
pub(super) const VECTOR: usize = 16;
/// Lines that are transposed together.
const LINES: usize = 8;

/// A number rounded to its nearest bfloat16, ties to even, in the low bits.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16
}

/// Two numbers as one word, the first in the low half.
#[inline(always)]
fn pair(first: f32, second: f32) -> u32 {
    rounded(first) | rounded(second) << 16
}

/// Packs `count` lines (rows of the left matrix, columns of the right one) of `depth` numbers
/// from the summed axis, as `pairs` pairs, in tiles of `TILE` lines: `[tile][pair][line]`. What is
/// missing at the edges is zero, and so are tiles behind the last line.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
pub(super) fn pack<const TILE: usize>(
    values: &[f32],
    count: usize,
    depth: usize,
    line_step: usize,
    depth_step: usize,
    pairs: usize,
    packed: &mut [u32],
) {
    for (number, tile) in packed.chunks_exact_mut(pairs * TILE).enumerate() {
        let first = number * TILE;
        if first >= count {
            tile.fill(0);
            continue;
        }
        let lines = (count - first).min(TILE);
        tile[depth.div_ceil(2) * TILE..].fill(0);
        let from = &values[first * line_step..];
        let done = if lines < TILE {
            tile.fill(0);
            0
        } else if line_step == 1 {
            side_by_side::<TILE>(from, depth, depth_step, tile)
        } else if depth_step == 1 {
            in_a_row::<TILE>(from, depth, line_step, tile)
        } else {
            0
        };
        // What is left: edges, and steps along both axes.
        for line in 0..lines {
            let at = |k: usize| from[line * line_step + k * depth_step];
            for p in done..depth / 2 {
                tile[p * TILE + line] = pair(at(2 * p), at(2 * p + 1));
            }
            if depth % 2 == 1 {
                tile[depth / 2 * TILE + line] = rounded(at(depth - 1));
            }
        }
    }
}

/// Packs one line whose numbers are neighbours in memory; zeros behind its end.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
pub(super) fn pack_row(values: &[f32], words: &mut [u32]) {
    let (whole, rest) = values.as_chunks::<{ 2 * VECTOR }>();
    let (vectors, tail) = words.split_at_mut(whole.len() * VECTOR);
    for (values, words) in whole.iter().zip(vectors.as_chunks_mut::<VECTOR>().0) {
        // SAFETY: there are two vectors of floats, and one of pairs.
        unsafe {
            let low = _mm512_loadu_ps(values.as_ptr());
            let high = _mm512_loadu_ps(values.as_ptr().add(VECTOR));
            let pairs = transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(words.as_mut_ptr().cast(), pairs);
        }
    }
    tail.fill(0);
    for (word, values) in tail.iter_mut().zip(rest.chunks(2)) {
        *word = pair(values[0], values.get(1).copied().unwrap_or(0.0));
    }
}

/// Whole pairs of a tile whose lines are neighbours in memory; returns how many.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
fn side_by_side<const TILE: usize>(
    from: &[f32],
    depth: usize,
    depth_step: usize,
    tile: &mut [u32],
) -> usize {
    for (p, words) in tile.chunks_exact_mut(TILE).take(depth / 2).enumerate() {
        let low = &from[2 * p * depth_step..][..TILE];
        let high = &from[(2 * p + 1) * depth_step..][..TILE];
        for ((word, &low), &high) in words.iter_mut().zip(low).zip(high) {
            *word = pair(low, high);
        }
    }
    depth / 2
}

/// Whole vectors of pairs of a tile whose lines are rows of memory; returns how many pairs.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
fn in_a_row<const TILE: usize>(
    from: &[f32],
    depth: usize,
    line_step: usize,
    tile: &mut [u32],
) -> usize {
    let whole = depth / (2 * VECTOR) * VECTOR;
    for group in (0..TILE).step_by(LINES) {
        for first in (0..whole).step_by(VECTOR) {
            let mut words = [[0_u32; VECTOR]; LINES];
            for (line, words) in words.iter_mut().enumerate() {
                let row = &from[(group + line) * line_step + 2 * first..][..2 * VECTOR];
                // SAFETY: the row has two vectors of floats, and `words` one of pairs.
                unsafe {
                    let low = _mm512_loadu_ps(row.as_ptr());
                    let high = _mm512_loadu_ps(row.as_ptr().add(VECTOR));
                    let pairs = transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
                    _mm512_storeu_si512(words.as_mut_ptr().cast(), pairs);
                }
            }
            let tile = &mut tile[first * TILE..][..VECTOR * TILE];
            for (p, place) in tile.chunks_exact_mut(TILE).enumerate() {
                for (place, words) in place[group..group + LINES].iter_mut().zip(&words) {
                    *place = words[p];
                }
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_the_nearest_and_ties_to_even() {
        for x in [
            1.0_f32,
            -2.5,
            1e-20,
            3.1,
            1.003_906_2,
            1.011_718_8,
            65_535.0,
        ] {
            assert_eq!(
                rounded(x),
                u32::from(half::bf16::from_f32(x).to_bits()),
                "{x}"
            );
        }
    }
}
