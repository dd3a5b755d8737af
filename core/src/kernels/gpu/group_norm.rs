//! Group normalization: mean and squares of parts of every group, a scale for every channel, and the numbers.

use cubecl::prelude::*;

use super::norm::{LANES, sum_of_workgroup};

/// Barrier-free: one invocation for one part of a group, its mean and the sum of squares around that.
///
/// # Shapes
///
/// - x: groups of `size` numbers each; moments: `[groups, parts, 2]`, a part being `length` numbers, the last one fewer
#[cube(launch_unchecked)]
pub(super) fn moments_alone(
    x: &[f32],
    moments: &mut [f32],
    count: usize,
    parts: usize,
    size: usize,
    length: usize,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let (first, end) = bounds(ABSOLUTE_POS, parts, size, length);
    let mut total = f32::new(0.0);
    for i in first..end {
        total += x[i];
    }
    let mean = total / f32::cast_from((end - first) as u32);
    let mut square = f32::new(0.0);
    for i in first..end {
        let centred = x[i] - mean;
        square += centred * centred;
    }
    moments[ABSOLUTE_POS * 2] = mean;
    moments[ABSOLUTE_POS * 2 + 1] = square;
}

/// Where a part begins and ends.
#[cube]
fn bounds(part: usize, parts: usize, size: usize, length: usize) -> (usize, usize) {
    let group = part / parts * size;
    let first = part % parts * length;
    let end = select(first + length < size, first + length, size);
    (group + first, group + end)
}

/// Shared: a workgroup for one part. Shapes as above.
#[cube(launch_unchecked)]
pub(super) fn moments_shared(
    x: &[f32],
    moments: &mut [f32],
    count: usize,
    parts: usize,
    size: usize,
    length: usize,
) {
    let lane = UNIT_POS as usize;
    let mut shared = Shared::<[f32]>::new_slice(LANES);
    // Workgroups beyond the last part do the last one again: a barrier must be reached by all.
    let part = select(CUBE_POS < count, CUBE_POS, count - 1);
    let (first, end) = bounds(part, parts, size, length);
    let mut total = f32::new(0.0);
    for i in range_stepped(first + lane, end, LANES) {
        total += x[i];
    }
    let numbers = f32::cast_from((end - first) as u32);
    let mean = sum_of_workgroup(&mut shared, total, lane) / numbers;
    let mut square = f32::new(0.0);
    for i in range_stepped(first + lane, end, LANES) {
        let centred = x[i] - mean;
        square += centred * centred;
    }
    let square = sum_of_workgroup(&mut shared, square, lane);
    if lane == 0 {
        moments[part * 2] = mean;
        moments[part * 2 + 1] = square;
    }
}

/// One invocation a channel of an image: brings the parts of its group together (Chan, Golub and LeVeque, 1979).
///
/// # Shapes
///
/// - moments: `[images * groups, parts, 2]`; weight: `[channels]`
/// - scales: `[images, channels, 2]`, the mean and what a centred number is multiplied by
#[cube(launch_unchecked)]
pub(super) fn scales_kernel(
    moments: &[f32],
    weight: &[f32],
    scales: &mut [f32],
    count: usize,
    channels: usize,
    groups: usize,
    parts: usize,
    size: usize,
    length: usize,
    epsilon: f32,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let channel = ABSOLUTE_POS % channels;
    let group = ABSOLUTE_POS / channels * groups + channel / (channels / groups);
    let mut known = f32::new(0.0);
    let mut mean = f32::new(0.0);
    let mut square = f32::new(0.0);
    for part in 0..parts {
        let first = part * length;
        let end = select(first + length < size, first + length, size);
        let numbers = f32::cast_from((end - first) as u32);
        let at = (group * parts + part) * 2;
        let apart = moments[at] - mean;
        let total = known + numbers;
        square += moments[at + 1] + apart * apart * known * (numbers / total);
        mean += apart * (numbers / total);
        known = total;
    }
    scales[ABSOLUTE_POS * 2] = mean;
    scales[ABSOLUTE_POS * 2 + 1] = weight[channel] / f32::sqrt(square / known + epsilon);
}

/// One invocation a number: `(x - mean) * scale + bias`, and its SiLU where that is asked for.
///
/// # Shapes
///
/// - x, y: `[images, channels, pixels]`; scales: `[images, channels, 2]`; bias: `[channels]`
#[cube(launch_unchecked)]
pub(super) fn normalize_kernel(
    x: &[f32],
    scales: &[f32],
    bias: &[f32],
    y: &mut [f32],
    count: usize,
    channels: usize,
    pixels: usize,
    #[comptime] silu: bool,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let channel = ABSOLUTE_POS / pixels;
    let centred = x[ABSOLUTE_POS] - scales[channel * 2];
    let mut value = centred * scales[channel * 2 + 1] + bias[channel % channels];
    if comptime!(silu) {
        // Some drivers overflow in `exp` where the sigmoid is 0 or 1 anyway.
        value = value / (1.0f32 + f32::exp(-f32::clamp(value, -80.0f32, 80.0f32)));
    }
    y[ABSOLUTE_POS] = value;
}
