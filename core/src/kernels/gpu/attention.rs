//! Attention without a matrix of scores: every query keeps the largest score, the sum of exponentials and the weighted
//! sum of values as it walks over the keys (Milakov and Gimelshein, 2018; Dao et al., 2022).

use cubecl::prelude::*;

/// Invocations of a workgroup of the shared variant; also the keys that it takes at once.
pub(super) const LANES: usize = 64;

/// Below every score.
const LOWEST: f32 = -1.0e30;

/// Barrier-free: one invocation for one head of one query.
///
/// # Shapes
///
/// - q: `[h, t, d]`; keys and values: `[kv, capacity, d]`; y: `[t, h, d]`
#[cube(launch_unchecked)]
pub(super) fn attention_alone(
    q: &[f32],
    k_first: &[f32],
    v_first: &[f32],
    k_second: &[f32],
    v_second: &[f32],
    y: &mut [f32],
    heads: usize,
    kv_heads: usize,
    tokens: usize,
    first_capacity: usize,
    first_len: usize,
    second_capacity: usize,
    second_len: usize,
    causal: u32,
    scale: f32,
    #[comptime] d: usize,
) {
    if ABSOLUTE_POS >= heads * tokens {
        terminate!();
    }
    let head = ABSOLUTE_POS / tokens;
    let token = ABSOLUTE_POS % tokens;
    let group = heads / kv_heads;
    let key_head = head / group;
    let query = ABSOLUTE_POS * d;
    let mut own = Array::<f32>::new(d);
    let mut sum = Array::<f32>::new(d);
    for i in 0..d {
        own[i] = q[query + i] * scale;
        sum[i] = 0.0f32;
    }
    let hidden = select(causal != 0, tokens - 1 - token, 0usize);
    let mut most = f32::new(LOWEST);
    let mut weight = f32::new(0.0);
    let first_from = key_head * first_capacity * d;
    for j in 0..first_len {
        let at = first_from + j * d;
        let mut score = f32::new(0.0);
        for i in 0..d {
            score += own[i] * k_first[at + i];
        }
        let new = select(score > most, score, most);
        let keep = f32::exp(most - new);
        let share = f32::exp(score - new);
        weight = weight * keep + share;
        for i in 0..d {
            sum[i] = sum[i] * keep + share * v_first[at + i];
        }
        most = new;
    }
    let second_from = key_head * second_capacity * d;
    for j in 0..second_len - hidden {
        let at = second_from + j * d;
        let mut score = f32::new(0.0);
        for i in 0..d {
            score += own[i] * k_second[at + i];
        }
        let new = select(score > most, score, most);
        let keep = f32::exp(most - new);
        let share = f32::exp(score - new);
        weight = weight * keep + share;
        for i in 0..d {
            sum[i] = sum[i] * keep + share * v_second[at + i];
        }
        most = new;
    }
    let to = (token * heads + head) * d;
    for i in 0..d {
        y[to + i] = sum[i] / weight;
    }
}

/// Shared: a workgroup for one head of one query. Its invocations take 64 keys at once, one each, and then the channels,
/// as many each as there are. Shapes as above.
#[cube(launch_unchecked)]
pub(super) fn attention_shared(
    q: &[f32],
    k_first: &[f32],
    v_first: &[f32],
    k_second: &[f32],
    v_second: &[f32],
    y: &mut [f32],
    heads: usize,
    kv_heads: usize,
    tokens: usize,
    first_capacity: usize,
    first_len: usize,
    second_capacity: usize,
    second_len: usize,
    causal: u32,
    scale: f32,
    #[comptime] d: usize,
) {
    let lane = UNIT_POS as usize;
    let mut own = Shared::<[f32]>::new_slice(d);
    let mut scores = Shared::<[f32]>::new_slice(LANES);
    let mut reduced = Shared::<[f32]>::new_slice(LANES);
    let count = heads * tokens;
    // A barrier must be reached by all: workgroups beyond the last query do the last one again.
    let unit = select(CUBE_POS < count, CUBE_POS, count - 1);
    let head = unit / tokens;
    let token = unit % tokens;
    let key_head = head / (heads / kv_heads);
    for i in range_stepped(lane, d, LANES) {
        own[i] = q[unit * d + i] * scale;
    }
    sync_cube();
    let hidden = select(causal != 0, tokens - 1 - token, 0usize);
    let keys = first_len + second_len - hidden;
    let first_from = key_head * first_capacity * d;
    let second_from = key_head * second_capacity * d;
    let channels = comptime!(d.div_ceil(LANES));
    let mut sums = Array::<f32>::new(channels);
    #[unroll]
    for c in 0..channels {
        sums[c] = 0.0f32;
    }
    let mut most = f32::new(LOWEST);
    let mut weight = f32::new(0.0);
    for start in range_stepped(0usize, keys, LANES) {
        let j = start + lane;
        let mut score = f32::new(LOWEST);
        if j < keys {
            score = 0.0f32;
            if j < first_len {
                let at = first_from + j * d;
                for i in 0..d {
                    score += own[i] * k_first[at + i];
                }
            } else {
                let at = second_from + (j - first_len) * d;
                for i in 0..d {
                    score += own[i] * k_second[at + i];
                }
            }
        }
        reduced[lane] = score;
        sync_cube();
        #[unroll]
        for step in 0..6u32 {
            let stride = comptime!(LANES >> (step + 1));
            if lane < stride {
                let other = reduced[lane + stride];
                if other > reduced[lane] {
                    reduced[lane] = other;
                }
            }
            sync_cube();
        }
        let new = select(reduced[0] > most, reduced[0], most);
        let keep = f32::exp(most - new);
        most = new;
        scores[lane] = select(j < keys, f32::exp(score - new), 0.0f32);
        sync_cube();
        let taken = select(keys - start < LANES, keys - start, LANES);
        // Every invocation adds all weights: cheaper than another round of barriers.
        let mut part = f32::new(0.0);
        for n in 0..taken {
            part += scores[n];
        }
        weight = weight * keep + part;
        #[unroll]
        for c in 0..channels {
            let channel = lane + c * LANES;
            if channel < d {
                let mut sum = sums[c] * keep;
                for n in 0..taken {
                    let j = start + n;
                    if j < first_len {
                        sum += scores[n] * v_first[first_from + j * d + channel];
                    } else {
                        sum += scores[n] * v_second[second_from + (j - first_len) * d + channel];
                    }
                }
                sums[c] = sum;
            }
        }
        sync_cube();
    }
    #[unroll]
    for c in 0..channels {
        let channel = lane + c * LANES;
        if channel < d {
            y[(token * heads + head) * d + channel] = sums[c] / weight;
        }
    }
}
