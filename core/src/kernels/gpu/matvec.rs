//! Products with up to four rows of input: every weight is read and unpacked once.

use cubecl::prelude::*;

use super::unpack::{Quad, quad_of, scale_of, sum_of};

/// Invocations that share a row of weights in the shared variant.
pub(super) const LANES: usize = 32;
/// Sets of such invocations in a workgroup.
pub(super) const SETS: usize = 4;
/// Rows of weights of each set.
const ROWS_PER_SET: usize = 2;
/// Rows of weights of a workgroup.
pub(super) const ROWS_PER_WORKGROUP: usize = SETS * ROWS_PER_SET;

/// Barrier-free: one invocation per row of weights.
///
/// # Shapes
///
/// - x: `[m, groups * 32]`; words: `[rows, groups]` (8 bit: `[rows, groups, 2]`) quads
/// - y: `[m, rows]`
#[cube(launch_unchecked)]
pub(super) fn matvec_alone(
    x: &[Quad<f32>],
    words: &[Quad<u32>],
    scales: &[u32],
    y: &mut [f32],
    rows: usize,
    groups: usize,
    #[comptime] m: usize,
    #[comptime] q8: bool,
) {
    let row = ABSOLUTE_POS;
    if row >= rows {
        terminate!();
    }
    let mut sums = Array::<Quad<f32>>::new(m);
    #[unroll]
    for i in 0..m {
        sums[i] = Quad::<f32>::new(0.0f32);
    }
    for group in 0..groups {
        add_group(x, words, scales, &mut sums, row, group, groups, m, q8);
    }
    #[unroll]
    for i in 0..m {
        y[i * rows + row] = sum_of(sums[i]);
    }
}

/// Adds the products of one group of one row of weights.
#[cube]
fn add_group(
    x: &[Quad<f32>],
    words: &[Quad<u32>],
    scales: &[u32],
    sums: &mut Array<Quad<f32>>,
    row: usize,
    group: usize,
    groups: usize,
    #[comptime] m: usize,
    #[comptime] q8: bool,
) {
    let quads = comptime!(if q8 { 2usize } else { 1usize });
    let at = row * groups + group;
    let scale = Quad::<f32>::new(scale_of(scales, at));
    let mut parts = Array::<Quad<f32>>::new(m);
    #[unroll]
    for i in 0..m {
        parts[i] = Quad::<f32>::new(0.0f32);
    }
    #[unroll]
    for index in 0..8usize {
        let weights = quad_of(words, at * quads, index, q8);
        #[unroll]
        for i in 0..m {
            parts[i] += weights * x[(i * groups + group) * 8 + index];
        }
    }
    #[unroll]
    for i in 0..m {
        sums[i] += parts[i] * scale;
    }
}

/// Shared: 32 neighbours walk over a row together, so that their loads are neighbours too, and add
/// their sums in shared memory. Shapes as above.
#[cube(launch_unchecked)]
pub(super) fn matvec_shared(
    x: &[Quad<f32>],
    words: &[Quad<u32>],
    scales: &[u32],
    y: &mut [f32],
    rows: usize,
    groups: usize,
    #[comptime] m: usize,
    #[comptime] q8: bool,
) {
    let lane = UNIT_POS_X as usize;
    let set = UNIT_POS_Y as usize;
    let mut shared = Shared::<[f32]>::new_slice(comptime!(ROWS_PER_WORKGROUP * m * LANES));
    let first = CUBE_POS * comptime!(ROWS_PER_WORKGROUP) + set * comptime!(ROWS_PER_SET);
    #[unroll]
    for r in 0..comptime!(ROWS_PER_SET) {
        let row = select(first + r < rows, first + r, rows - 1);
        let mut sums = Array::<Quad<f32>>::new(m);
        #[unroll]
        for i in 0..m {
            sums[i] = Quad::<f32>::new(0.0f32);
        }
        for group in range_stepped(lane, groups, comptime!(LANES)) {
            add_group(x, words, scales, &mut sums, row, group, groups, m, q8);
        }
        #[unroll]
        for i in 0..m {
            let at = ((set * comptime!(ROWS_PER_SET) + r) * m + i) * comptime!(LANES) + lane;
            shared[at] = sum_of(sums[i]);
        }
    }
    sync_cube();
    #[unroll]
    for step in 0..5u32 {
        let stride = comptime!(LANES >> (step + 1));
        if lane < stride {
            #[unroll]
            for r in 0..comptime!(ROWS_PER_SET * m) {
                let at = (set * comptime!(ROWS_PER_SET * m) + r) * comptime!(LANES) + lane;
                shared[at] += shared[at + stride];
            }
        }
        sync_cube();
    }
    // One lane for each of the set's sums.
    if lane < comptime!(ROWS_PER_SET * m) {
        let row = first + lane / m;
        if row < rows {
            y[lane % m * rows + row] =
                shared[(set * comptime!(ROWS_PER_SET * m) + lane) * comptime!(LANES)];
        }
    }
}
