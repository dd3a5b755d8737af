//! What lies between the products of a decoder layer.

use super::{
    lanes::{Lanes, Work},
    math::{gelu_tanh, silu, sum},
};
use crate::kernels::layer::HeadSizes;

/// `x / sqrt(mean(x^2) + epsilon) * weight` of every row.
pub(super) struct RmsNorm<'a> {
    /// `[m, d]`
    pub(super) x: &'a [f32],
    /// `[d]`
    pub(super) weight: &'a [f32],
    pub(super) epsilon: f32,
}

impl Work for RmsNorm<'_> {
    /// `[m, d]`
    type Output = Vec<f32>;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Vec<f32> {
        let mut out = self.x.to_vec();
        for row in out.chunks_exact_mut(self.weight.len()) {
            normalize(row, self.weight, self.epsilon);
        }
        out
    }
}

#[inline(always)]
fn normalize(row: &mut [f32], weight: &[f32], epsilon: f32) {
    let mean_square = sum(row, |x| x * x) / row.len() as f32;
    let scale = (mean_square + epsilon).sqrt().recip();
    for (x, weight) in row.iter_mut().zip(weight) {
        *x = *x * scale * weight;
    }
}

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias` of every row.
pub(super) struct LayerNorm<'a> {
    /// `[m, d]`
    pub(super) x: &'a [f32],
    /// `[d]`
    pub(super) weight: &'a [f32],
    /// `[d]`
    pub(super) bias: &'a [f32],
    pub(super) epsilon: f32,
}

impl Work for LayerNorm<'_> {
    /// `[m, d]`
    type Output = Vec<f32>;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Vec<f32> {
        let mut out = self.x.to_vec();
        let width = self.weight.len();
        for row in out.chunks_exact_mut(width) {
            let mean = sum(row, |x| x) / width as f32;
            for x in &mut *row {
                *x -= mean;
            }
            let variance = sum(row, |x| x * x) / width as f32;
            let scale = (variance + self.epsilon).sqrt().recip();
            for ((x, weight), bias) in row.iter_mut().zip(self.weight).zip(self.bias) {
                *x = *x * scale * weight + bias;
            }
        }
        out
    }
}

/// `0.5 x (1 + tanh(u))`, as `x sigmoid(2 u)`.
pub(super) struct GeluTanh<'a>(pub(super) &'a [f32]);

impl Work for GeluTanh<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Vec<f32> {
        self.0.iter().map(|&x| gelu_tanh(x)).collect()
    }
}

/// `silu(gate) * up` of rows that hold both halves.
pub(super) struct GatedRows<'a> {
    /// `[m, 2 n]`
    pub(super) gate_and_up: &'a [f32],
    pub(super) width: usize,
}

impl Work for GatedRows<'_> {
    /// `[m, n]`
    type Output = Vec<f32>;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Vec<f32> {
        let mut out = Vec::with_capacity(self.gate_and_up.len() / 2);
        for row in self.gate_and_up.chunks_exact(2 * self.width) {
            let (gate, up) = row.split_at(self.width);
            out.extend(gate.iter().zip(up).map(|(&gate, up)| silu(gate) * up));
        }
        out
    }
}

/// Queries, keys and values out of one product; see [`crate::kernels::layer::heads`].
pub(super) struct Heads<'a> {
    /// `[n, (h + 2 kv) d]`
    pub(super) projected: &'a [f32],
    /// `[(h + 2 kv) d]`
    pub(super) bias: &'a [f32],
    /// Weights of the norms of queries and of keys, `[d]` each.
    pub(super) norms: (&'a [f32], &'a [f32]),
    /// Cosines and sines, `[t, d]` each.
    pub(super) tables: (&'a [f32], &'a [f32]),
    pub(super) sizes: HeadSizes,
    /// `[h, t, d]`
    pub(super) q: &'a mut [f32],
    /// `[kv, capacity, d]`
    pub(super) k: &'a mut [f32],
    /// `[kv, capacity, d]`
    pub(super) v: &'a mut [f32],
}

impl Work for Heads<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let HeadSizes {
            heads,
            kv_heads,
            d,
            tokens,
            first,
            capacity,
            at,
            epsilon,
        } = self.sizes;
        let mut biased = vec![0.0; d];
        let rows = self.projected.chunks_exact(self.bias.len());
        for (row, token) in rows.zip(first..) {
            let parts = row.chunks_exact(d).zip(self.bias.chunks_exact(d));
            for (number, (part, bias)) in parts.enumerate() {
                for ((to, x), bias) in biased.iter_mut().zip(part).zip(bias) {
                    *to = x + bias;
                }
                let turn = |to: &mut [f32], biased: &mut [f32], weight: &[f32]| {
                    normalize(biased, weight, epsilon);
                    let (cos, sin) = (
                        &self.tables.0[token * d..][..d],
                        &self.tables.1[token * d..][..d],
                    );
                    rotate(to, biased, cos, sin);
                };
                let key = |head: usize| (head * capacity + at + token) * d;
                if number < heads {
                    let to = &mut self.q[(number * tokens + token) * d..][..d];
                    turn(to, &mut biased, self.norms.0);
                } else if number < heads + kv_heads {
                    let to = &mut self.k[key(number - heads)..][..d];
                    turn(to, &mut biased, self.norms.1);
                } else {
                    let to = key(number - heads - kv_heads);
                    self.v[to..to + d].copy_from_slice(&biased);
                }
            }
        }
    }
}

/// `x cos + rotate_half(x) sin`
#[inline(always)]
fn rotate(to: &mut [f32], x: &[f32], cos: &[f32], sin: &[f32]) {
    let half = x.len() / 2;
    let (low, high) = x.split_at(half);
    let (to_low, to_high) = to.split_at_mut(half);
    for i in 0..half {
        to_low[i] = low[i] * cos[i] - high[i] * sin[i];
        to_high[i] = high[i] * cos[half + i] + low[i] * sin[half + i];
    }
}
