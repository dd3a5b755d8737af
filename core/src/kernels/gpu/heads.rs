//! Queries, keys and values out of the product that gives all three: bias, normalization, rotation, and the way into the
//! buffers of the context.

use cubecl::prelude::*;

/// Invocations that share a head in the shared variant.
pub(super) const LANES: usize = 32;

/// Where a head of a token goes.
///
/// `number` counts the heads of queries, then of keys, then of values; `token` is counted from the first of the call.
#[cube]
fn place(
    number: usize,
    token: usize,
    heads: usize,
    kv_heads: usize,
    tokens: usize,
    capacity: usize,
    at: usize,
) -> usize {
    let own = select(
        number < heads,
        number,
        select(
            number < heads + kv_heads,
            number - heads,
            number - heads - kv_heads,
        ),
    );
    select(
        number < heads,
        own * tokens + token,
        own * capacity + at + token,
    )
}

/// One number of a head after bias and norm, before rotation.
#[cube]
fn scaled(
    projected: &[f32],
    bias: &[f32],
    norms: &[f32],
    from: usize,
    bias_from: usize,
    norm_from: usize,
    i: usize,
    scale: f32,
) -> f32 {
    (projected[from + i] + bias[bias_from + i]) * scale * norms[norm_from + i]
}

/// One number of a head after rotation: `x cos + rotate_half(x) sin`.
#[cube]
fn rotated(
    projected: &[f32],
    bias: &[f32],
    norms: &[f32],
    tables: &[f32],
    from: usize,
    bias_from: usize,
    norm_from: usize,
    cos_from: usize,
    sin_from: usize,
    i: usize,
    d: usize,
    scale: f32,
) -> f32 {
    let half = d / 2;
    let low = i < half;
    let other = select(low, i + half, i - half);
    let own = scaled(projected, bias, norms, from, bias_from, norm_from, i, scale);
    let turned = scaled(
        projected, bias, norms, from, bias_from, norm_from, other, scale,
    );
    own * tables[cos_from + i] + select(low, -turned, turned) * tables[sin_from + i]
}

/// Writes every `lanes`th number of a head from `lane` on.
#[cube]
fn write_head(
    projected: &[f32],
    bias: &[f32],
    norms: &[f32],
    tables: &[f32],
    q: &mut [f32],
    k: &mut [f32],
    v: &mut [f32],
    unit: usize,
    lane: usize,
    heads: usize,
    kv_heads: usize,
    d: usize,
    tokens: usize,
    first: usize,
    capacity: usize,
    at: usize,
    scale: f32,
    #[comptime] lanes: usize,
) {
    let all = heads + 2 * kv_heads;
    let token = first + unit / all;
    let number = unit % all;
    let from = unit * d;
    let bias_from = number * d;
    let to = place(number, token, heads, kv_heads, tokens, capacity, at) * d;
    let cos_from = token * d;
    let sin_from = (tokens + token) * d;
    if number < heads {
        for i in range_stepped(lane, d, lanes) {
            q[to + i] = rotated(
                projected, bias, norms, tables, from, bias_from, 0usize, cos_from, sin_from, i, d,
                scale,
            );
        }
    } else if number < heads + kv_heads {
        for i in range_stepped(lane, d, lanes) {
            k[to + i] = rotated(
                projected, bias, norms, tables, from, bias_from, d, cos_from, sin_from, i, d, scale,
            );
        }
    } else {
        for i in range_stepped(lane, d, lanes) {
            v[to + i] = projected[from + i] + bias[bias_from + i];
        }
    }
}

/// Barrier-free: one invocation for one head of one token.
///
/// # Shapes
///
/// - projected: `[n, (h + 2 kv) d]`; bias: `[(h + 2 kv) d]`
/// - norms: `[2, d]`, of queries and of keys; tables: `[2, t, d]`, cosines and sines
/// - q: `[h, t, d]`; k, v: `[kv, capacity, d]`
#[cube(launch_unchecked)]
pub(super) fn heads_alone(
    projected: &[f32],
    bias: &[f32],
    norms: &[f32],
    tables: &[f32],
    q: &mut [f32],
    k: &mut [f32],
    v: &mut [f32],
    count: usize,
    heads: usize,
    kv_heads: usize,
    d: usize,
    tokens: usize,
    first: usize,
    capacity: usize,
    at: usize,
    epsilon: f32,
) {
    let unit = ABSOLUTE_POS;
    if unit >= count {
        terminate!();
    }
    let bias_from = unit % (heads + 2 * kv_heads) * d;
    let mut square = f32::new(0.0);
    for i in 0..d {
        let value = projected[unit * d + i] + bias[bias_from + i];
        square += value * value;
    }
    let scale = 1.0f32 / f32::sqrt(square / f32::cast_from(d as u32) + epsilon);
    write_head(
        projected, bias, norms, tables, q, k, v, unit, 0usize, heads, kv_heads, d, tokens, first,
        capacity, at, scale, 1usize,
    );
}

/// Shared: a workgroup for one head of one token. Shapes as above.
#[cube(launch_unchecked)]
pub(super) fn heads_shared(
    projected: &[f32],
    bias: &[f32],
    norms: &[f32],
    tables: &[f32],
    q: &mut [f32],
    k: &mut [f32],
    v: &mut [f32],
    count: usize,
    heads: usize,
    kv_heads: usize,
    d: usize,
    tokens: usize,
    first: usize,
    capacity: usize,
    at: usize,
    epsilon: f32,
) {
    // A barrier must be reached by all: workgroups beyond the last head do the last one again.
    let unit = select(CUBE_POS < count, CUBE_POS, count - 1);
    let lane = UNIT_POS as usize;
    let bias_from = unit % (heads + 2 * kv_heads) * d;
    let mut shared = Shared::<[f32]>::new_slice(LANES);
    let mut square = f32::new(0.0);
    for i in range_stepped(lane, d, LANES) {
        let value = projected[unit * d + i] + bias[bias_from + i];
        square += value * value;
    }
    shared[lane] = square;
    sync_cube();
    #[unroll]
    for step in 0..5u32 {
        let stride = comptime!(LANES >> (step + 1));
        if lane < stride {
            shared[lane] += shared[lane + stride];
        }
        sync_cube();
    }
    let scale = 1.0f32 / f32::sqrt(shared[0] / f32::cast_from(d as u32) + epsilon);
    write_head(
        projected, bias, norms, tables, q, k, v, unit, lane, heads, kv_heads, d, tokens, first,
        capacity, at, scale, LANES,
    );
}
