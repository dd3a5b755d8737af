//! What lies between the products of a layer: the CPU twins against burn's tensor operations, and the GPU kernels
//! against the same, over sizes around every workgroup, natively and in a browser by the same test bodies.

use crate::places::{Places, near};
use burn::tensor::{Tensor, activation::silu};
use unimed_core::{
    device::Compute,
    kernels::{
        choice::Variant,
        layer::{self, HeadSizes, KeyPieces, Projected},
    },
    nn::{RmsNormConfig, RopeConfig, attention},
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

const EPSILON: f64 = 1e-6;

async fn norms(compute: Compute, variant: Variant) {
    let places = Places::new(compute).await;
    for (m, d) in [(1, 8), (3, 33), (5, 192), (65, 64), (2, 3584), (70, 100)] {
        let what = format!("{compute:?} {variant:?} {m} x {d}");
        let ([x, x_here], [y, y_here]) = (places.random([m, d]), places.random([m, d]));
        let [weight, weight_here] = places.random([d]);
        let mut norm = RmsNormConfig::new(d)
            .with_epsilon(EPSILON)
            .init(&places.cpu);
        norm.weight = burn::module::Param::from_tensor(weight);
        let alone = layer::rms_norm(x_here.clone(), weight_here.clone(), EPSILON, variant);
        near(alone, norm.forward(x.clone()), &what).await;
        let (sum, normal) = layer::add_rms_norm(x_here, y_here, weight_here, EPSILON, variant);
        near(sum, x.clone() + y.clone(), &what).await;
        near(normal, norm.forward(x + y), &what).await;
    }
}

/// Mean and variance, beside the same in 64 bits.
async fn layer_norms(compute: Compute, variant: Variant) {
    let places = Places::new(compute).await;
    for (m, d) in [(1, 8), (3, 33), (65, 64), (2, 1152), (70, 100)] {
        let what = format!("{compute:?} {variant:?} {m} x {d}");
        let [x, x_here] = places.random([m, d]);
        let ([weight, weight_here], [bias, bias_here]) = (places.random([d]), places.random([d]));
        let y = layer::layer_norm(x_here, weight_here, bias_here, EPSILON, variant);
        let numbers = |x: Tensor<1>| x.into_data().try_to_vec::<f32>().expect("floats");
        let (weight, bias) = (numbers(weight), numbers(bias));
        let mut expected = Vec::new();
        for row in numbers(x.reshape([m * d])).chunks(d) {
            let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / d as f64;
            let squares = row.iter().map(|&x| (f64::from(x) - mean).powi(2));
            let scale = (squares.sum::<f64>() / d as f64 + EPSILON).sqrt().recip();
            let normal = row
                .iter()
                .zip(weight.iter().zip(&bias))
                .map(|(&x, (&w, &b))| {
                    ((f64::from(x) - mean) * scale * f64::from(w) + f64::from(b)) as f32
                });
            expected.extend(normal);
        }
        near(
            y,
            Tensor::<1>::from_floats(expected.as_slice(), &places.cpu),
            &what,
        )
        .await;
    }
}

async fn gelus(compute: Compute) {
    let places = Places::new(compute).await;
    let [x, x_here] = places.random([3, 5, 67]);
    let numbers = (x * 40.0).into_data().try_to_vec::<f32>().expect("floats");
    let expected: Vec<f32> = numbers
        .iter()
        .map(|&x| {
            let x = f64::from(x);
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            (0.5 * x * (1.0 + u.tanh())) as f32
        })
        .collect();
    let expected = Tensor::<1>::from_floats(expected.as_slice(), &places.cpu);
    near(
        layer::gelu_tanh(x_here * 40.0),
        expected,
        &format!("{compute:?}"),
    )
    .await;
}

async fn gates(compute: Compute) {
    let places = Places::new(compute).await;
    for (m, n) in [(1, 7), (3, 512), (65, 64)] {
        let [both, both_here] = places.random([m, 2 * n]);
        let both_here = both_here * 30.0;
        let both = both * 30.0;
        let expected = silu(both.clone().narrow(1, 0, n)) * both.narrow(1, n, n);
        near(
            layer::gate(both_here),
            expected,
            &format!("{compute:?} {m} x {n}"),
        )
        .await;
    }
}

/// Two kinds of tokens go into buffers that hold some already, and what is there stays.
async fn heads(compute: Compute, variant: Variant) {
    let places = Places::new(compute).await;
    for (h, kv, d, plain, latents, at) in [
        (6, 6, 32, 5, 0, 0),
        (4, 2, 16, 2, 9, 3),
        (28, 4, 128, 1, 0, 7),
        (3, 1, 72, 2, 30, 1),
    ] {
        let what = format!("{compute:?} {variant:?} {h} {kv} {d}");
        let (tokens, capacity) = (plain + latents, at + plain + latents + 5);
        let width = (h + 2 * kv) * d;
        let positions: Vec<usize> = (0..tokens).map(|token| token * 37 % 101).collect();
        let rope = RopeConfig::new(d, 10_000.0);
        let [k_before, k_here] = places.random([1, kv, capacity, d]);
        let [v_before, v_here] = places.random([1, kv, capacity, d]);
        let mut buffers = [
            Tensor::empty([1, h, tokens, d], &places.here),
            k_here,
            v_here,
        ];
        let mut expected: Vec<[Tensor<4>; 3]> = Vec::new();
        let mut first = 0;
        for n in [plain, latents] {
            if n == 0 {
                continue;
            }
            let [values, values_here] = places.random([n, width]);
            let [bias, bias_here] = places.random([width]);
            let [weights, weights_here] = places.random([2, d]);
            let sizes = HeadSizes {
                heads: h,
                kv_heads: kv,
                d,
                tokens,
                first,
                capacity,
                at,
                epsilon: EPSILON as f32,
            };
            let projected = Projected {
                values: values_here,
                bias: bias_here,
                norms: weights_here,
            };
            let tables = rope.stacked(&positions, &places.here);
            buffers = layer::heads(projected, tables, buffers, sizes, variant);

            let y = values + bias.unsqueeze::<2>();
            let part = |from: usize, count: usize| {
                let own = y.clone().narrow(1, from * d, count * d);
                own.reshape([1, n, count, d]).swap_dims(1, 2)
            };
            let normalized = |x: Tensor<4>, row: usize| {
                let mut norm = RmsNormConfig::new(d)
                    .with_epsilon(EPSILON)
                    .init(&places.cpu);
                let weight = weights.clone().narrow(0, row, 1).reshape([d]);
                norm.weight = burn::module::Param::from_tensor(weight);
                norm.forward(x)
            };
            let turn = rope.tables(&positions[first..first + n], &places.cpu);
            expected.push([
                turn.apply(normalized(part(0, h), 0)),
                turn.apply(normalized(part(h, kv), 1)),
                part(h + kv, kv),
            ]);
            first += n;
        }
        let [q, k, v] = [0, 1, 2].map(|which| {
            let parts = expected.iter().map(|kinds| kinds[which].clone()).collect();
            Tensor::cat(parts, 2)
        });
        let after = |new: Tensor<4>, before: Tensor<4>| {
            let end = at + tokens;
            let mut parts = vec![new, before.clone().narrow(2, end, capacity - end)];
            if at > 0 {
                parts.insert(0, before.narrow(2, 0, at));
            }
            Tensor::cat(parts, 2)
        };
        let [q_found, k_found, v_found] = buffers;
        near(q_found, q, &what).await;
        near(k_found, after(k, k_before), &what).await;
        near(v_found, after(v, v_before), &what).await;
    }
}

async fn attentions(compute: Compute, variant: Variant) {
    let places = Places::new(compute).await;
    for (h, kv, d, t, first, past, causal) in [
        (6, 6, 32, 1, 0, 0, true),
        (4, 2, 16, 5, 0, 3, true),
        (4, 2, 12, 7, 70, 2, false),
        (28, 4, 128, 1, 130, 65, true),
        (3, 1, 72, 67, 0, 0, false),
        (2, 2, 8, 66, 9, 61, true),
    ] {
        let what = format!("{compute:?} {variant:?} {h} {kv} {d} {t} {first} {past} {causal}");
        let second = past + t;
        let [q, q_here] = places.random([1, h, t, d]);
        let pieces = [first.max(1), second + 6]
            .map(|capacity| [(), ()].map(|()| places.random::<4>([1, kv, capacity, d])));
        let [first_piece, second_piece] = pieces
            .each_ref()
            .map(|pair| pair.each_ref().map(|[_, here]| here.clone()));
        let used = KeyPieces {
            first,
            second,
            causal,
        };
        let y = layer::attention(q_here, first_piece, second_piece, used, variant);
        assert_eq!(y.dims(), [t, h * d]);

        let joined = |which: usize| {
            let [a, b] = &pieces;
            let (a, b) = (a[which][0].clone(), b[which][0].clone());
            let b = b.narrow(2, 0, second);
            if first == 0 {
                b
            } else {
                Tensor::cat(vec![a, b], 2)
            }
        };
        let keys = first + second;
        let mask: Vec<f32> = (0..t)
            .flat_map(|i| {
                (0..keys).map(move |j| {
                    if !causal || j + t <= keys + i {
                        0.0
                    } else {
                        -1e9
                    }
                })
            })
            .collect();
        let mask = Tensor::<1>::from_floats(mask.as_slice(), &places.cpu).reshape([1, 1, t, keys]);
        let expected = attention(q, joined(0), joined(1), Some(&mask));
        near(y, expected.swap_dims(1, 2), &what).await;
    }
}

both!(cpu_norms, norms(Compute::Cpu, Variant::BarrierFree));
both!(
    cpu_layer_norms,
    layer_norms(Compute::Cpu, Variant::BarrierFree)
);
both!(cpu_gelus, gelus(Compute::Cpu));
both!(cpu_gates, gates(Compute::Cpu));
both!(cpu_heads, heads(Compute::Cpu, Variant::BarrierFree));
both!(
    cpu_attention,
    attentions(Compute::Cpu, Variant::BarrierFree)
);

#[cfg(feature = "gpu")]
mod gpu {
    use super::*;

    both!(
        barrier_free_norms,
        norms(Compute::Gpu, Variant::BarrierFree)
    );
    both!(
        shared_memory_norms,
        norms(Compute::Gpu, Variant::SharedMemory)
    );
    both!(
        barrier_free_layer_norms,
        layer_norms(Compute::Gpu, Variant::BarrierFree)
    );
    both!(
        shared_memory_layer_norms,
        layer_norms(Compute::Gpu, Variant::SharedMemory)
    );
    both!(gpu_gelus, gelus(Compute::Gpu));
    both!(gpu_gates, gates(Compute::Gpu));
    both!(
        barrier_free_heads,
        heads(Compute::Gpu, Variant::BarrierFree)
    );
    both!(
        shared_memory_heads,
        heads(Compute::Gpu, Variant::SharedMemory)
    );
    both!(
        barrier_free_attention,
        attentions(Compute::Gpu, Variant::BarrierFree)
    );
    both!(
        shared_memory_attention,
        attentions(Compute::Gpu, Variant::SharedMemory)
    );
}
