//! Scaled dot-product attention.
//!
//! One head of one sample at a time: its scores stay in the processor's cache, and the gradient
//! computes them again (Dao et al., 2022) from what the softmax was divided by.

use burn_flex::FlexTensor;

use super::{
    data::{Strided, row_major, tensor, values},
    lanes::{exp, largest, sum, vectorized},
    product::multiply,
    step::Operation,
    view::View,
};

/// Attention of `q [b, h, t, d]` over `k`, `v [b, kv, s, d]` without a mask.
#[derive(Debug)]
pub(super) struct Attention;

/// Attention with a mask `[b or 1, 1, t, s]` that is added to the scores and needs no gradient.
#[derive(Debug)]
pub(super) struct MaskedAttention;

/// What the gradient needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    q: FlexTensor,
    k: FlexTensor,
    v: FlexTensor,
    mask: Option<FlexTensor>,
    /// The result in the order `[b, t, h, d]`.
    y: FlexTensor,
    /// Logarithm of every row's sum of exponentials, `[b, h, t]`.
    sums: Vec<f32>,
}

/// Sizes of one call.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    b: usize,
    heads: usize,
    kv_heads: usize,
    t: usize,
    s: usize,
    d: usize,
}

impl Sizes {
    fn of(q: &FlexTensor, k: &FlexTensor) -> Self {
        let [b, heads, t, d] = Strided::<4>::new(q).dims;
        let [_, kv_heads, s, _] = Strided::<4>::new(k).dims;
        Self {
            b,
            heads,
            kv_heads,
            t,
            s,
            d,
        }
    }

    fn scale(self) -> f32 {
        (self.d as f64).sqrt().recip() as f32
    }

    /// All samples and heads.
    fn heads(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.b).flat_map(move |sample| (0..self.heads).map(move |head| (sample, head)))
    }

    /// The key head that a query head reads.
    fn key_head(self, head: usize) -> usize {
        head / (self.heads / self.kv_heads)
    }

    /// One head of a buffer in the order `[b, tokens, heads, d]`.
    fn head_of(self, tokens: usize, heads: usize, sample: usize, head: usize) -> View {
        View {
            start: (sample * tokens * heads + head) * self.d,
            rows: tokens,
            columns: self.d,
            row_step: (heads * self.d) as isize,
            column_step: 1,
        }
    }
}

/// One head of a tensor in any order.
fn head<'a>(x: &Strided<'a, 4>, sample: usize, head: usize) -> (&'a [f32], View) {
    let [_, _, rows, columns] = x.dims;
    let start = sample as isize * x.strides[0] + head as isize * x.strides[1];
    let view = View {
        start: start as usize,
        rows,
        columns,
        row_step: x.strides[2],
        column_step: x.strides[3],
    };
    (x.values, view)
}

/// The scores of one head with their mask.
fn score(
    scores: &mut [f32],
    sizes: Sizes,
    q: (&[f32], View),
    k: (&[f32], View),
    mask: Option<(&[f32], usize)>,
) {
    let Sizes { t, s, .. } = sizes;
    if let Some((mask, start)) = mask {
        scores.copy_from_slice(&mask[start..start + t * s]);
    }
    let keep = if mask.is_some() { 1.0 } else { 0.0 };
    let to = View::dense(0, t, s);
    multiply(
        (scores, to),
        q,
        (k.0, k.1.transposed()),
        keep,
        sizes.scale(),
    );
}

/// The numbers of a mask, and where a sample's begin.
fn mask_of(mask: Option<&FlexTensor>, sizes: Sizes, sample: usize) -> Option<(&[f32], usize)> {
    mask.map(|mask| {
        let own = mask.layout().shape()[0] > 1;
        let start = if own { sample * sizes.t * sizes.s } else { 0 };
        (values(mask), start)
    })
}

vectorized! {
    /// Scores to weights; appends the logarithm of every row's sum of exponentials.
    fn softmax_rows(scores: &mut [f32], width: usize, sums: &mut Vec<f32>) {
        for row in scores.chunks_exact_mut(width) {
            let most = largest(row);
            row.iter_mut().for_each(|x| *x = exp(*x - most));
            let all = sum([row], |[x]| x);
            let share = all.recip();
            row.iter_mut().for_each(|x| *x *= share);
            sums.push(most + all.ln());
        }
    }
}

vectorized! {
    /// Scores to weights again, and the gradients of the weights to those of the scores.
    fn softmax_slopes(scores: &mut [f32], slopes: &mut [f32], sums: &[f32], means: &[f32]) {
        let width = scores.len() / sums.len();
        let rows = scores.chunks_exact_mut(width).zip(slopes.chunks_exact_mut(width));
        for ((scores, slopes), (sum, mean)) in rows.zip(sums.iter().zip(means)) {
            for (score, slope) in scores.iter_mut().zip(slopes) {
                *score = exp(*score - sum);
                *slope = *score * (*slope - mean);
            }
        }
    }
}

fn forward([q, k, v]: [FlexTensor; 3], mask: Option<FlexTensor>) -> (FlexTensor, Saved) {
    let sizes = Sizes::of(&q, &k);
    let Sizes {
        b, heads, t, s, d, ..
    } = sizes;
    let mask = mask.map(row_major);
    let mut scores = vec![0.0; t * s];
    let mut y = vec![0.0; b * t * heads * d];
    let mut sums = Vec::with_capacity(b * heads * t);
    {
        let [q, k, v] = [&q, &k, &v].map(Strided::<4>::new);
        for (sample, number) in sizes.heads() {
            let keys = sizes.key_head(number);
            let mask = mask_of(mask.as_ref(), sizes, sample);
            let queries = head(&q, sample, number);
            score(&mut scores, sizes, queries, head(&k, sample, keys), mask);
            softmax_rows(&mut scores, s, &mut sums);
            let to = sizes.head_of(t, heads, sample, number);
            let weights = (scores.as_slice(), View::dense(0, t, s));
            multiply((&mut y, to), weights, head(&v, sample, keys), 0.0, 1.0);
        }
    }
    let y = tensor(y, [b, t, heads, d]);
    let result = y.transpose(1, 2);
    let saved = Saved {
        q,
        k,
        v,
        mask,
        y,
        sums,
    };
    (result, saved)
}

/// With the weights `p` and the gradient `dy`: `dv = p^T dy`; of the scores
/// `ds = p (dy v^T - rowsum(dy y))`; `dq = ds k`, `dk = ds^T q`, both scaled.
fn backward(saved: &Saved, grad: &FlexTensor) -> [FlexTensor; 3] {
    let sizes = Sizes::of(&saved.q, &saved.k);
    let Sizes {
        b,
        heads,
        kv_heads,
        t,
        s,
        d,
    } = sizes;
    let grad = row_major(grad.transpose(1, 2)); // [b, t, h, d]
    let (dy, y) = (values(&grad), values(&saved.y));
    let [q, k, v] = [&saved.q, &saved.k, &saved.v].map(Strided::<4>::new);
    let (mut weights, mut slopes) = (vec![0.0; t * s], vec![0.0; t * s]);
    let mut dq = vec![0.0; b * t * heads * d];
    let (mut dk, mut dv) = (
        vec![0.0; b * s * kv_heads * d],
        vec![0.0; b * s * kv_heads * d],
    );
    for (sample, number) in sizes.heads() {
        let keys = sizes.key_head(number);
        let (q, k, v) = (
            head(&q, sample, number),
            head(&k, sample, keys),
            head(&v, sample, keys),
        );
        let mask = mask_of(saved.mask.as_ref(), sizes, sample);
        score(&mut weights, sizes, q, k, mask);
        let own = sizes.head_of(t, heads, sample, number);
        let dy_head = (dy, own);
        let to = View::dense(0, t, s);
        multiply(
            (&mut slopes, to),
            dy_head,
            (v.0, v.1.transposed()),
            0.0,
            1.0,
        );
        let sums = &saved.sums[(sample * heads + number) * t..][..t];
        let means = (0..t).map(|token| {
            let at = own.start + token * heads * d;
            sum([&dy[at..at + d], &y[at..at + d]], |[g, y]| g * y)
        });
        let means: Vec<f32> = means.collect();
        softmax_slopes(&mut weights, &mut slopes, sums, &means);
        let (weights, slopes) = ((weights.as_slice(), to), (slopes.as_slice(), to));
        let scale = sizes.scale();
        multiply((&mut dq, own), slopes, k, 0.0, scale);
        // Query heads that share a key head add up.
        let to = sizes.head_of(s, kv_heads, sample, keys);
        let across = (slopes.0, slopes.1.transposed());
        multiply((&mut dk, to), across, q, 1.0, scale);
        multiply(
            (&mut dv, to),
            (weights.0, weights.1.transposed()),
            dy_head,
            1.0,
            1.0,
        );
    }
    let dq = tensor(dq, [b, t, heads, d]);
    let [dk, dv] = [dk, dv].map(|values| tensor(values, [b, s, kv_heads, d]));
    [dq, dk, dv].map(|gradient| gradient.transpose(1, 2))
}

impl Operation<3> for Attention {
    type Saved = Saved;

    fn forward(&self, inputs: [FlexTensor; 3]) -> (FlexTensor, Saved) {
        forward(inputs, None)
    }

    fn backward(&self, saved: Saved, grad: FlexTensor, _: [bool; 3]) -> [Option<FlexTensor>; 3] {
        backward(&saved, &grad).map(Some)
    }
}

impl Operation<4> for MaskedAttention {
    type Saved = Saved;

    fn forward(&self, [q, k, v, mask]: [FlexTensor; 4]) -> (FlexTensor, Saved) {
        forward([q, k, v], Some(mask))
    }

    fn backward(&self, saved: Saved, grad: FlexTensor, _: [bool; 4]) -> [Option<FlexTensor>; 4] {
        let [dq, dk, dv] = backward(&saved, &grad).map(Some);
        [dq, dk, dv, None]
    }
}
