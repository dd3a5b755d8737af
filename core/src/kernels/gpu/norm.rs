//! Normalization of rows: by the root mean square, with a sum before it where there is one, and by mean and variance.

use cubecl::prelude::*;

/// Invocations that share a row in the shared variant.
pub(super) const LANES: usize = 64;

/// Barrier-free: one invocation a row.
///
/// # Shapes
///
/// - x, y, sums, out: `[m, d]`; weight: `[d]`; without `add`, `y` and `sums` are not touched
#[cube(launch_unchecked)]
pub(super) fn rms_norm_alone(
    x: &[f32],
    y: &[f32],
    weight: &[f32],
    sums: &mut [f32],
    out: &mut [f32],
    rows: usize,
    d: usize,
    epsilon: f32,
    #[comptime] add: bool,
) {
    let row = ABSOLUTE_POS;
    if row >= rows {
        terminate!();
    }
    let first = row * d;
    let mut square = f32::new(0.0);
    for i in 0..d {
        let mut value = x[first + i];
        if comptime!(add) {
            value += y[first + i];
            sums[first + i] = value;
        }
        square += value * value;
    }
    let scale = 1.0f32 / f32::sqrt(square / f32::cast_from(d as u32) + epsilon);
    for i in 0..d {
        let mut value = x[first + i];
        if comptime!(add) {
            value += y[first + i];
        }
        out[first + i] = value * scale * weight[i];
    }
}

/// Shared: a workgroup a row. Shapes as above.
#[cube(launch_unchecked)]
pub(super) fn rms_norm_shared(
    x: &[f32],
    y: &[f32],
    weight: &[f32],
    sums: &mut [f32],
    out: &mut [f32],
    rows: usize,
    d: usize,
    epsilon: f32,
    #[comptime] add: bool,
) {
    let lane = UNIT_POS as usize;
    let mut shared = Shared::<[f32]>::new_slice(LANES);
    // Workgroups beyond the last row do the last one again: a barrier must be reached by all.
    let row = select(CUBE_POS < rows, CUBE_POS, rows - 1);
    let first = row * d;
    let mut square = f32::new(0.0);
    for i in range_stepped(lane, d, LANES) {
        let mut value = x[first + i];
        if comptime!(add) {
            value += y[first + i];
            sums[first + i] = value;
        }
        square += value * value;
    }
    shared[lane] = square;
    sync_cube();
    #[unroll]
    for step in 0..6u32 {
        let stride = comptime!(LANES >> (step + 1));
        if lane < stride {
            shared[lane] += shared[lane + stride];
        }
        sync_cube();
    }
    let scale = 1.0f32 / f32::sqrt(shared[0] / f32::cast_from(d as u32) + epsilon);
    for i in range_stepped(lane, d, LANES) {
        let mut value = x[first + i];
        if comptime!(add) {
            value += y[first + i];
        }
        out[first + i] = value * scale * weight[i];
    }
}

/// Barrier-free: one invocation a row.
///
/// # Shapes
///
/// - x, out: `[m, d]`; weight, bias: `[d]`
#[cube(launch_unchecked)]
pub(super) fn layer_norm_alone(
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    out: &mut [f32],
    rows: usize,
    d: usize,
    epsilon: f32,
) {
    let row = ABSOLUTE_POS;
    if row >= rows {
        terminate!();
    }
    let first = row * d;
    let count = f32::cast_from(d as u32);
    let mut total = f32::new(0.0);
    for i in 0..d {
        total += x[first + i];
    }
    let mean = total / count;
    let mut square = f32::new(0.0);
    for i in 0..d {
        let centred = x[first + i] - mean;
        square += centred * centred;
    }
    let scale = 1.0f32 / f32::sqrt(square / count + epsilon);
    for i in 0..d {
        out[first + i] = (x[first + i] - mean) * scale * weight[i] + bias[i];
    }
}

/// Adds what all invocations of a workgroup hold.
#[cube]
pub(super) fn sum_of_workgroup(shared: &mut Shared<[f32]>, own: f32, lane: usize) -> f32 {
    shared[lane] = own;
    sync_cube();
    #[unroll]
    for step in 0..6u32 {
        let stride = comptime!(LANES >> (step + 1));
        if lane < stride {
            shared[lane] += shared[lane + stride];
        }
        sync_cube();
    }
    let total = shared[0];
    // Nobody writes the next sum before all have read this one.
    sync_cube();
    total
}

/// Shared: a workgroup a row. Shapes as above.
#[cube(launch_unchecked)]
pub(super) fn layer_norm_shared(
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    out: &mut [f32],
    rows: usize,
    d: usize,
    epsilon: f32,
) {
    let lane = UNIT_POS as usize;
    let mut shared = Shared::<[f32]>::new_slice(LANES);
    // Workgroups beyond the last row do the last one again: a barrier must be reached by all.
    let row = select(CUBE_POS < rows, CUBE_POS, rows - 1);
    let first = row * d;
    let count = f32::cast_from(d as u32);
    let mut part = f32::new(0.0);
    for i in range_stepped(lane, d, LANES) {
        part += x[first + i];
    }
    let mean = sum_of_workgroup(&mut shared, part, lane) / count;
    let mut square = f32::new(0.0);
    for i in range_stepped(lane, d, LANES) {
        let centred = x[first + i] - mean;
        square += centred * centred;
    }
    let variance = sum_of_workgroup(&mut shared, square, lane) / count;
    let scale = 1.0f32 / f32::sqrt(variance + epsilon);
    for i in range_stepped(lane, d, LANES) {
        out[first + i] = (x[first + i] - mean) * scale * weight[i] + bias[i];
    }
}
