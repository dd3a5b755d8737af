//! The CPU twins as burn's backend meets them.

use burn::{backend::Flex, tensor::TensorData};
use burn_flex::FlexTensor;

use super::{
    InstructionSet,
    attention::{Attention, AttentionHeads, Piece},
    contiguous,
    layer::{GatedRows, GeluTanh, Heads, LayerNorm, RmsNorm},
    threads,
};
use crate::kernels::{
    choice::Variant,
    layer::{HeadSizes, KeyPieces, LayerOps},
};

/// Heads are padded to whole registers of the widest kind.
const WHOLE: usize = 8;
/// What an exponential and a division take, in multiplications.
const GELU_COST: usize = 16;

impl LayerOps for Flex {
    fn rms_norm(x: FlexTensor, weight: FlexTensor, epsilon: f32, _: Variant) -> FlexTensor {
        let (x, weight) = (contiguous(x), contiguous(weight));
        let norm = InstructionSet::best().work(RmsNorm {
            x: floats(&x),
            weight: floats(&weight),
            epsilon,
        });
        tensor(norm, sizes::<2>(&x))
    }

    fn add_rms_norm(
        x: FlexTensor,
        y: FlexTensor,
        weight: FlexTensor,
        epsilon: f32,
        variant: Variant,
    ) -> (FlexTensor, FlexTensor) {
        let [x, y] = [x, y].map(contiguous);
        let sum = floats(&x).iter().zip(floats(&y)).map(|(x, y)| x + y);
        let sum = tensor(sum.collect(), sizes::<2>(&x));
        let norm = Self::rms_norm(sum.clone(), weight, epsilon, variant);
        (sum, norm)
    }

    fn layer_norm(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        epsilon: f32,
        _: Variant,
    ) -> FlexTensor {
        let [x, weight, bias] = [x, weight, bias].map(contiguous);
        let norm = InstructionSet::best().work(LayerNorm {
            x: floats(&x),
            weight: floats(&weight),
            bias: floats(&bias),
            epsilon,
        });
        tensor(norm, sizes::<2>(&x))
    }

    fn gelu_tanh(x: FlexTensor) -> FlexTensor {
        let x = contiguous(x);
        let values = floats(&x);
        let parts = threads::shared(values.len(), WHOLE, values.len() * GELU_COST, |part| {
            InstructionSet::best().work(GeluTanh(&values[part]))
        });
        let y = threads::side_by_side(parts, 1, values.len(), 1);
        let shape = x.layout().shape().clone();
        FlexTensor::from_data(TensorData::new(y, shape))
    }

    fn gate(gate_and_up: FlexTensor) -> FlexTensor {
        let gate_and_up = contiguous(gate_and_up);
        let [m, both] = sizes(&gate_and_up);
        let width = both / 2;
        let values = floats(&gate_and_up);
        let parts = threads::shared(m, 1, m * width * GELU_COST, |rows| {
            InstructionSet::best().work(GatedRows {
                gate_and_up: &values[rows.start * both..rows.end * both],
                width,
            })
        });
        tensor(
            threads::side_by_side(parts, 1, m * width, width),
            [m, width],
        )
    }

    fn heads(
        projected: FlexTensor,
        bias: FlexTensor,
        norms: FlexTensor,
        tables: FlexTensor,
        q: FlexTensor,
        k: FlexTensor,
        v: FlexTensor,
        head_sizes: HeadSizes,
        _: Variant,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [projected, bias, norms, tables] = [projected, bias, norms, tables].map(contiguous);
        let [mut q, mut k, mut v] = [q, k, v].map(contiguous);
        InstructionSet::best().work(Heads {
            projected: floats(&projected),
            bias: floats(&bias),
            norms: floats(&norms).split_at(head_sizes.d),
            tables: floats(&tables).split_at(head_sizes.tokens * head_sizes.d),
            sizes: head_sizes,
            // A buffer that somebody else holds is copied first.
            q: q.storage_mut(),
            k: k.storage_mut(),
            v: v.storage_mut(),
        });
        (q, k, v)
    }

    fn attention(
        q: FlexTensor,
        k_first: FlexTensor,
        v_first: FlexTensor,
        k_second: FlexTensor,
        v_second: FlexTensor,
        pieces: KeyPieces,
        _: Variant,
    ) -> FlexTensor {
        let [_, heads, tokens, d] = sizes(&q);
        let [_, kv_heads, ..] = sizes::<4>(&k_second);
        let whole = d.next_multiple_of(WHOLE);
        let [q, k_first, v_first, k_second, v_second] =
            [q, k_first, v_first, k_second, v_second].map(|x| padded(contiguous(x), d, whole));
        let attention = Attention {
            q: floats(&q),
            pieces: [
                piece(&k_first, &v_first, pieces.first),
                piece(&k_second, &v_second, pieces.second),
            ],
            heads,
            kv_heads,
            tokens,
            d: whole,
            scale: (d as f64).sqrt().recip() as f32,
            causal: pieces.causal,
        };
        let parts = threads::shared(heads, 1, attention.cost(), |part| {
            InstructionSet::best().work(AttentionHeads {
                attention: &attention,
                part,
            })
        });
        let y = threads::side_by_side(parts, tokens, heads * whole, whole);
        let y = tensor(y, [tokens * heads, whole]);
        let y = if whole == d {
            y
        } else {
            y.narrow(1, 0, d).to_contiguous()
        };
        y.reshape([tokens, heads * d].into())
    }
}

pub(super) fn sizes<const D: usize>(x: &FlexTensor) -> [usize; D] {
    x.layout().shape().dims()
}

pub(super) fn floats(x: &FlexTensor) -> &[f32] {
    x.as_slice::<f32>()
        .expect("invariant: contiguous 32-bit floats")
}

pub(super) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The first `len` keys and values of a buffer.
fn piece<'a>(k: &'a FlexTensor, v: &'a FlexTensor, len: usize) -> Piece<'a> {
    let [_, _, capacity, _] = sizes(k);
    Piece {
        k: floats(k),
        v: floats(v),
        capacity,
        len,
    }
}

/// A tensor whose last axis has `whole` numbers, zeros behind its `d`.
fn padded(x: FlexTensor, d: usize, whole: usize) -> FlexTensor {
    if d == whole {
        return x;
    }
    let [b, heads, rows, _] = sizes(&x);
    let mut values = vec![0.0; b * heads * rows * whole];
    for (to, from) in values
        .chunks_exact_mut(whole)
        .zip(floats(&x).chunks_exact(d))
    {
        to[..d].copy_from_slice(from);
    }
    tensor(values, [b, heads, rows, whole])
}
