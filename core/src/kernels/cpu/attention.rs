//! Attention over keys in two pieces, a few queries at a time, so that their scores stay in the cache.

use super::{
    lanes::{Lanes, Work},
    math::{exp, largest, sum},
};
use std::ops::Range;

/// Queries that pass over the keys together.
const ROWS: usize = 4;

/// Keys and values of a context, `[kv, capacity, d]` each, of which `len` rows of every head are used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) k: &'a [f32],
    pub(super) v: &'a [f32],
    pub(super) capacity: usize,
    pub(super) len: usize,
}

/// See [`crate::kernels::attention`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Attention<'a> {
    /// `[h, t, d]`
    pub(super) q: &'a [f32],
    /// In the order of the keys.
    pub(super) pieces: [Piece<'a>; 2],
    pub(super) heads: usize,
    pub(super) kv_heads: usize,
    pub(super) tokens: usize,
    /// A multiple of eight.
    pub(super) d: usize,
    /// What scores are multiplied by.
    pub(super) scale: f32,
    /// Whether token `i` sees only keys up to its own.
    pub(super) causal: bool,
}

/// Attention of some of the heads.
pub(super) struct AttentionHeads<'a> {
    pub(super) attention: &'a Attention<'a>,
    pub(super) part: Range<usize>,
}

impl Work for AttentionHeads<'_> {
    /// `[t, len, d]` for a part of `len` heads
    type Output = Vec<f32>;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Vec<f32> {
        let Self { attention, part } = self;
        let &Attention { tokens, d, .. } = attention;
        let stride = part.len() * d;
        let mut y = vec![0.0; tokens * stride];
        let mut scores = vec![0.0; ROWS.min(tokens) * attention.keys()];
        for head in part.clone() {
            for first in (0..tokens).step_by(ROWS) {
                let y = &mut Rows {
                    values: &mut y[first * stride + (head - part.start) * d..],
                    stride,
                };
                // SAFETY: the caller has the instructions; `first..first + M` are tokens.
                unsafe {
                    match tokens - first {
                        1 => attention.block::<L, 1>(head, first, &mut scores, y),
                        2 => attention.block::<L, 2>(head, first, &mut scores, y),
                        3 => attention.block::<L, 3>(head, first, &mut scores, y),
                        _ => attention.block::<L, ROWS>(head, first, &mut scores, y),
                    }
                }
            }
        }
        y
    }
}

/// Where the first query's values of a head go, and how far the next query's lie behind them.
struct Rows<'a> {
    values: &'a mut [f32],
    stride: usize,
}

impl<'a> Attention<'a> {
    /// Multiplications that it takes at most.
    pub(super) fn cost(&self) -> usize {
        2 * self.heads * self.tokens * self.keys() * self.d
    }

    fn keys(&self) -> usize {
        self.pieces[0].len + self.pieces[1].len
    }

    /// A head's rows of keys or values, `[len, d]`.
    fn rows(&self, all: &'a [f32], piece: &Piece<'_>, head: usize) -> &'a [f32] {
        let start = head / (self.heads / self.kv_heads) * piece.capacity * self.d;
        &all[start..start + piece.len * self.d]
    }

    /// Queries `first..first + M` of one head.
    #[inline(always)]
    unsafe fn block<L: Lanes, const M: usize>(
        &self,
        head: usize,
        first: usize,
        scores: &mut [f32],
        y: &mut Rows<'_>,
    ) {
        let (d, keys) = (self.d, self.keys());
        let q = &self.q[(head * self.tokens + first) * d..][..M * d];
        // Keys that query `i` sees, and that the last one does.
        let seen = |i: usize| {
            if self.causal {
                keys - self.tokens + first + i + 1
            } else {
                keys
            }
        };
        let most = seen(M - 1);
        let mut at = 0;
        for piece in &self.pieces {
            let rows = self.rows(piece.k, piece, head);
            for key in rows.chunks_exact(d).take(most - at.min(most)) {
                // SAFETY: the key has `d` numbers and `q` has `M` times as many; `d` is whole registers.
                let products = unsafe { dot::<L, M>(q, key, d) };
                for (i, product) in products.into_iter().enumerate() {
                    scores[i * keys + at] = product * self.scale;
                }
                at += 1;
            }
        }
        for i in 0..M {
            let row = &mut scores[i * keys..][..most];
            let (row, hidden) = row.split_at_mut(seen(i));
            softmax(row);
            hidden.fill(0.0);
        }
        for column in (0..d).step_by(2 * L::WIDTH) {
            let pair = column + 2 * L::WIDTH <= d;
            for i in 0..M {
                let to = i * y.stride + column;
                let scores = &scores[i * keys..][..most];
                // SAFETY: one or two registers of every value lie within its row.
                unsafe {
                    if pair {
                        self.mix::<L, 2>(head, column, scores, &mut y.values[to..]);
                    } else {
                        self.mix::<L, 1>(head, column, scores, &mut y.values[to..]);
                    }
                }
            }
        }
    }

    /// The values weighted, `N` registers of their columns.
    #[inline(always)]
    unsafe fn mix<L: Lanes, const N: usize>(
        &self,
        head: usize,
        column: usize,
        weights: &[f32],
        y: &mut [f32],
    ) {
        let y = &mut y[..N * L::WIDTH];
        let mut weights = weights.iter();
        // SAFETY: the slices below are as long as what is read and written.
        unsafe {
            let mut sums = [L::splat(0.0); N];
            for piece in &self.pieces {
                let rows = self.rows(piece.v, piece, head).chunks_exact(self.d);
                for (value, &weight) in rows.zip(weights.by_ref()) {
                    let value = value[column..column + N * L::WIDTH].as_ptr();
                    let weight = L::splat(weight);
                    for (n, sum) in sums.iter_mut().enumerate() {
                        *sum = L::load(value.add(n * L::WIDTH)).mul_add(weight, *sum);
                    }
                }
            }
            for (n, sum) in sums.into_iter().enumerate() {
                sum.store(y.as_mut_ptr().add(n * L::WIDTH));
            }
        }
    }
}

/// Products of `M` rows with one.
#[inline(always)]
unsafe fn dot<L: Lanes, const M: usize>(rows: &[f32], one: &[f32], d: usize) -> [f32; M] {
    // SAFETY: the caller has `M` rows of `d` numbers and one more, in whole registers.
    unsafe {
        let mut sums = [L::splat(0.0); M];
        for column in (0..d).step_by(L::WIDTH) {
            let one = L::load(one.as_ptr().add(column));
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = L::load(rows.as_ptr().add(i * d + column)).mul_add(one, *sum);
            }
        }
        sums.map(|sum| sum.sum())
    }
}

/// Scores to weights.
#[inline(always)]
fn softmax(row: &mut [f32]) {
    let most = largest(row);
    for x in &mut *row {
        *x = exp(*x - most);
    }
    let share = sum(row, |x| x).recip();
    for x in row {
        *x *= share;
    }
}
