//! Products with many rows of input, in tiles.

use cubecl::prelude::*;

use super::unpack::{Quad, quad_of, scale_of};

/// Rows of input of one lone invocation.
pub(super) const ALONE_M: usize = 8;
/// Rows of weights of one lone invocation.
pub(super) const ALONE_N: usize = 4;

/// Rows of weights of a shared tile.
pub(super) const SHARED_N: usize = 64;
/// Invocations of a workgroup along the rows of weights, four rows each.
pub(super) const UNITS_N: usize = 16;
/// Invocations along the rows of input.
pub(super) const UNITS_M: usize = 8;

/// Barrier-free: every invocation computes a tile of 8 x 4 outputs, its sums in registers.
///
/// # Shapes
///
/// - x: `[m, groups * 32]`; words: `[rows, groups]` (8 bit: `[rows, groups, 2]`) quads
/// - y: `[m, rows]`
#[cube(launch_unchecked)]
pub(super) fn matmul_alone(
    x: &[Quad<f32>],
    words: &[Quad<u32>],
    scales: &[u32],
    y: &mut [f32],
    m: usize,
    rows: usize,
    groups: usize,
    #[comptime] q8: bool,
) {
    let tiles = (rows + comptime!(ALONE_N - 1)) / comptime!(ALONE_N);
    let first_row = ABSOLUTE_POS % tiles * comptime!(ALONE_N);
    let first = ABSOLUTE_POS / tiles * comptime!(ALONE_M);
    if first >= m {
        terminate!();
    }
    let quads = comptime!(if q8 { 2usize } else { 1usize });
    let mut sums = Array::<f32>::new(comptime!(ALONE_M * ALONE_N));
    #[unroll]
    for i in 0..comptime!(ALONE_M * ALONE_N) {
        sums[i] = 0.0f32;
    }
    for group in 0..groups {
        let mut at = Array::<usize>::new(comptime!(ALONE_N));
        let mut scale = Array::<f32>::new(comptime!(ALONE_N));
        #[unroll]
        for n in 0..comptime!(ALONE_N) {
            let row = select(first_row + n < rows, first_row + n, rows - 1);
            at[n] = row * groups + group;
            scale[n] = scale_of(scales, at[n]);
        }
        #[unroll]
        for index in 0..8usize {
            let mut weights = Array::<Quad<f32>>::new(comptime!(ALONE_N));
            #[unroll]
            for n in 0..comptime!(ALONE_N) {
                let values = quad_of(words, at[n] * quads, index, q8);
                weights[n] = values * Quad::<f32>::new(scale[n]);
            }
            #[unroll]
            for i in 0..comptime!(ALONE_M) {
                let input = select(first + i < m, first + i, m - 1);
                let values = x[(input * groups + group) * 8 + index];
                #[unroll]
                for n in 0..comptime!(ALONE_N) {
                    let weight = weights[n];
                    let sum = comptime!(i * ALONE_N + n);
                    #[unroll]
                    for c in 0..4usize {
                        sums[sum] += weight.extract(c) * values.extract(c);
                    }
                }
            }
        }
    }
    #[unroll]
    for i in 0..comptime!(ALONE_M) {
        if first + i < m {
            #[unroll]
            for n in 0..comptime!(ALONE_N) {
                if first_row + n < rows {
                    y[(first + i) * rows + first_row + n] = sums[comptime!(i * ALONE_N + n)];
                }
            }
        }
    }
}

/// Shared: a workgroup computes `unit_m * 8` x 64 outputs. For every group of 32 columns it puts
/// its inputs and its unpacked weights into shared memory, columns outermost, and each invocation
/// adds up `unit_m` x 4 outputs from there. 16 KiB of shared memory for the larger tile.
///
/// Shapes as above, but words one by one: neighbours in the workgroup read neighbouring words.
#[cube(launch_unchecked)]
pub(super) fn matmul_shared(
    x: &[Quad<f32>],
    words: &[u32],
    scales: &[u32],
    y: &mut [f32],
    m: usize,
    rows: usize,
    groups: usize,
    #[comptime] unit_m: usize,
    #[comptime] q8: bool,
) {
    // Quads of rows of input in the tile.
    let quads_m = comptime!(unit_m * UNITS_M / 4);
    let mut inputs = Shared::<[Quad<f32>]>::new_slice(comptime!(32 * quads_m));
    let mut weights = Shared::<[Quad<f32>]>::new_slice(comptime!(32 * UNITS_N));
    let unit = UNIT_POS as usize;
    let tiles = (rows + comptime!(SHARED_N - 1)) / comptime!(SHARED_N);
    let tile_row = CUBE_POS % tiles * comptime!(SHARED_N);
    let tile_input = CUBE_POS / tiles * comptime!(unit_m * UNITS_M);
    // This invocation's share: a quad of rows of weights, `unit_m` rows of input.
    let share_n = unit % comptime!(UNITS_N);
    let share_m = unit / comptime!(UNITS_N);

    let mut sums = Array::<Quad<f32>>::new(unit_m);
    #[unroll]
    for i in 0..unit_m {
        sums[i] = Quad::<f32>::new(0.0f32);
    }
    for group in 0..groups {
        if unit < comptime!(8 * quads_m) {
            load_inputs(x, &mut inputs, unit, tile_input, group, groups, m, quads_m);
        }
        load_weights(
            words,
            scales,
            &mut weights,
            unit,
            tile_row,
            group,
            groups,
            rows,
            q8,
        );
        sync_cube();
        for column in 0..32usize {
            let weight = weights[column * comptime!(UNITS_N) + share_n];
            #[unroll]
            for quad in 0..comptime!(unit_m / 4) {
                let input = inputs[column * quads_m + share_m * comptime!(unit_m / 4) + quad];
                #[unroll]
                for c in 0..4usize {
                    let at = comptime!(quad * 4 + c);
                    sums[at] += weight * Quad::<f32>::new(input.extract(c));
                }
            }
        }
        sync_cube();
    }
    #[unroll]
    for i in 0..unit_m {
        let input = tile_input + share_m * unit_m + i;
        if input < m {
            #[unroll]
            for n in 0..4usize {
                let row = tile_row + share_n * 4 + n;
                if row < rows {
                    y[input * rows + row] = sums[i].extract(n);
                }
            }
        }
    }
}

/// Puts four rows by four columns of the input into shared memory, turned.
#[cube]
fn load_inputs(
    x: &[Quad<f32>],
    inputs: &mut Shared<[Quad<f32>]>,
    unit: usize,
    first: usize,
    group: usize,
    groups: usize,
    m: usize,
    #[comptime] quads_m: usize,
) {
    let quad = unit % quads_m;
    let part = unit / quads_m;
    let mut lines = Array::<Quad<f32>>::new(4usize);
    #[unroll]
    for i in 0..4usize {
        let wanted = first + quad * 4 + i;
        let input = select(wanted < m, wanted, m - 1);
        lines[i] = x[(input * groups + group) * 8 + part];
    }
    #[unroll]
    for c in 0..4usize {
        let mut column = Quad::<f32>::new(lines[0].extract(c));
        column.insert(1usize, lines[1].extract(c));
        column.insert(2usize, lines[2].extract(c));
        column.insert(3usize, lines[3].extract(c));
        inputs[(part * 4 + c) * quads_m + quad] = column;
    }
}

/// Unpacks four rows by four columns of the weights into shared memory, turned.
#[cube]
fn load_weights(
    words: &[u32],
    scales: &[u32],
    weights: &mut Shared<[Quad<f32>]>,
    unit: usize,
    first: usize,
    group: usize,
    groups: usize,
    rows: usize,
    #[comptime] q8: bool,
) {
    let quad = unit % comptime!(UNITS_N);
    let part = unit / comptime!(UNITS_N);
    let mut packed = Quad::<u32>::new(0u32);
    let mut scale = Quad::<f32>::new(0.0f32);
    #[unroll]
    for n in 0..4usize {
        let wanted = first + quad * 4 + n;
        let row = select(wanted < rows, wanted, rows - 1);
        let at = row * groups + group;
        scale.insert(n, scale_of(scales, at));
        if comptime!(q8) {
            packed.insert(n, words[at * 8 + part]);
        } else {
            packed.insert(n, words[at * 4 + part / 2] >> ((part as u32 % 2) * 16));
        }
    }
    let bits = comptime!(if q8 { 8u32 } else { 4u32 });
    let mask = comptime!(if q8 { 255u32 } else { 15u32 });
    let offset = comptime!(if q8 { 128.0f32 } else { 8.0f32 });
    #[unroll]
    for c in 0..4u32 {
        let stored = (packed >> Quad::<u32>::new(c * bits)) & Quad::<u32>::new(mask);
        let values = Quad::<f32>::cast_from(stored) - Quad::<f32>::new(offset);
        weights[(part * 4 + c as usize) * comptime!(UNITS_N) + quad] = values * scale;
    }
}
