//! Scaled dot-product attention with grouped queries.

use burn::tensor::{Tensor, activation::softmax};

use super::operations;
use crate::kernels::layer::{self, KeyPieces};

/// Scores held at once; larger products are computed in blocks of query rows.
const MAX_SCORES: usize = 1 << 24;

/// `softmax(q k^T / sqrt(head_dim) + mask) v`; query head `i` reads key head
/// `i / (heads / kv_heads)`.
///
/// # Shapes
///
/// - q: `[b, h, t, head_dim]`
/// - k, v: `[b, kv, s, head_dim]` with `kv` dividing `h`
/// - mask: `[b or 1, 1, t, s]`, added to the scores (0 or a large negative number)
/// - output: `[b, h, t, head_dim]`
#[must_use]
pub fn attention(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<&Tensor<4>>) -> Tensor<4> {
    if let Some(operations) = operations::installed(&q) {
        let [q, k, v] = [q, k, v].map(Tensor::into_dispatch);
        let mask = mask.map(|mask| mask.clone().into_dispatch());
        return Tensor::from_dispatch(operations.attention(q, k, v, mask));
    }
    let [b, h, t, head_dim] = q.dims();
    let s = k.dims()[2];
    if b == 1 && mask.is_none() && layer::takes(&q) {
        let keys = [k, v];
        let pieces = KeyPieces {
            first: 0,
            second: s,
            causal: false,
        };
        let y = layer::attention(q, keys.clone(), keys, pieces, layer::chosen(t));
        return y.reshape([1, t, h, head_dim]).swap_dims(1, 2);
    }
    let rows = (MAX_SCORES / (b * h * s).max(1)).max(1);
    if rows >= t {
        return attention_block(q, k, v, mask.cloned());
    }
    let blocks = (0..t)
        .step_by(rows)
        .map(|start| {
            let length = rows.min(t - start);
            let mask = mask.map(|mask| mask.clone().narrow(2, start, length));
            attention_block(
                q.clone().narrow(2, start, length),
                k.clone(),
                v.clone(),
                mask,
            )
        })
        .collect();
    Tensor::cat(blocks, 2)
}

fn attention_block(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<4> {
    let [b, h, t, head_dim] = q.dims();
    grouped_weights(q, k, mask)
        .matmul(v)
        .reshape([b, h, t, head_dim])
}

/// What [`attention`] weighs the values with: every row of the last dimension sums to 1.
///
/// # Shapes
///
/// - q: `[b, h, t, head_dim]`, k: `[b, kv, s, head_dim]`, mask: `[b or 1, 1, t, s]`
/// - output: `[b, h, t, s]`
#[must_use]
pub fn attention_weights(q: Tensor<4>, k: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<4> {
    let ([b, h, t, _], s) = (q.dims(), k.dims()[2]);
    grouped_weights(q, k, mask).reshape([b, h, t, s])
}

/// `[b, kv, h / kv * t, s]`.
fn grouped_weights(q: Tensor<4>, k: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<4> {
    let [b, h, t, head_dim] = q.dims();
    let [_, kv, s, _] = k.dims();
    // The heads that share a key head become rows of one product: nothing is repeated.
    let q = (q * (head_dim as f64).sqrt().recip()).reshape([b, kv, h / kv * t, head_dim]);
    let mut scores = q.matmul(k.swap_dims(2, 3)); // [b, kv, h/kv * t, s]
    if let Some(mask) = mask {
        scores = (scores.reshape([b, h, t, s]) + mask).reshape([b, kv, h / kv * t, s]);
    }
    softmax(scores, 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};

    #[test]
    fn query_heads_share_key_heads_in_groups() {
        let device = Device::flex();
        // Two key heads with values 1 and 2; four query heads; any weights average a constant.
        let q = Tensor::<4>::ones([1, 4, 1, 2], &device);
        let k = Tensor::<4>::ones([1, 2, 3, 2], &device);
        let one = Tensor::<4>::ones([1, 1, 3, 2], &device);
        let v = Tensor::cat(vec![one.clone(), one * 2.0], 1);
        let y = attention(q, k, v, None)
            .into_data()
            .try_to_vec::<f32>()
            .expect("f32");
        assert_eq!(y, [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn blocks_of_rows_change_nothing() {
        let device = Device::flex();
        let random = |shape| Tensor::<4>::random(shape, Distribution::Default, &device);
        let (q, k, v) = (
            random([1, 1, 5000, 4]),
            random([1, 1, 4000, 4]),
            random([1, 1, 4000, 4]),
        );
        let whole = attention_block(q.clone().narrow(2, 4190, 20), k.clone(), v.clone(), None);
        let blocks = attention(q, k, v, None).narrow(2, 4190, 20);
        blocks
            .into_data()
            .assert_approx_eq::<f32>(&whole.into_data(), Tolerance::absolute(1e-5));
    }
}
