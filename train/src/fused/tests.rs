//! Every operation against the same thing in tensor operations: values and gradients.

use burn::tensor::{
    Device, Distribution, Tensor, Tolerance,
    activation::{self, softmax},
    module::conv2d as tensor_conv2d,
    ops::ConvOptions,
};

use unimed_core::nn::operations::{AnyTensor, LayerOperations};

use super::ops::Fused;

/// As the layers hand tensors over.
fn any<const D: usize>(x: Tensor<D>) -> AnyTensor {
    x.into_dispatch()
}

fn back<const D: usize>(x: AnyTensor) -> Tensor<D> {
    Tensor::from_dispatch(x)
}

/// Values and gradients of a function of tensors, weighted at random so that no gradient is flat.
fn probe<const N: usize>(
    inputs: &[Tensor<4>; N],
    weights: &Tensor<1>,
    f: &dyn Fn([Tensor<4>; N]) -> Tensor<4>,
) -> Vec<Tensor<1>> {
    let device = Device::flex().autodiff();
    let inputs = inputs
        .each_ref()
        .map(|x| Tensor::<4>::from_data(x.clone().into_data(), &device).require_grad());
    let y = f(inputs.clone());
    let count = y.dims().iter().product::<usize>();
    let weights = weights.clone().narrow(0, 0, count);
    let weights = Tensor::<1>::from_data(weights.into_data(), &device);
    let y = y.reshape([count]);
    let mut gradients = (y.clone() * weights).sum().backward();
    let grads = inputs.map(|x| x.grad_remove(&mut gradients));
    let flat = |x: Tensor<4>| x.flatten::<1>(0, 3);
    std::iter::once(y.inner())
        .chain(grads.into_iter().flatten().map(flat))
        .collect()
}

/// Asserts that both functions have the same values and gradients at random inputs.
fn same<const N: usize>(
    shapes: [[usize; 4]; N],
    fused: impl Fn([Tensor<4>; N]) -> Tensor<4>,
    tensors: impl Fn([Tensor<4>; N]) -> Tensor<4>,
) {
    let device = Device::flex();
    device.seed(7);
    let normal = Distribution::Normal(0.1, 1.0);
    let inputs = shapes.map(|shape| Tensor::<4>::random(shape, normal, &device));
    let weights = Tensor::<1>::random([1 << 14], normal, &device);
    let (own, reference) = (
        probe(&inputs, &weights, &fused),
        probe(&inputs, &weights, &tensors),
    );
    assert_eq!(own.len(), reference.len(), "gradients of the same inputs");
    assert!(own.len() > 1, "there are gradients");
    for (number, (own, reference)) in own.into_iter().zip(reference).enumerate() {
        let (own, reference) = (own.into_data(), reference.into_data());
        println!("{number}: 0 is the result, then the inputs' gradients");
        own.assert_approx_eq::<f32>(&reference, Tolerance::rel_abs(1e-4, 2e-4));
    }
}

fn flat(x: Tensor<4>) -> Tensor<1> {
    x.flatten(0, 3)
}

fn matrix(x: Tensor<4>) -> Tensor<2> {
    x.flatten(0, 2)
}

/// A width that no vector divides, and one that every vector does.
const WIDTHS: [usize; 3] = [1, 37, 64];

#[test]
fn rms_norm_is_itself() {
    for d in WIDTHS {
        same(
            [[2, 1, 5, d], [1, 1, 1, d]],
            |[x, w]| back(Fused.rms_norm(any(x), any(flat(w)), 1e-3)),
            |[x, w]| {
                let scale = (x.clone().square().mean_dim(3) + 1e-3).sqrt().recip();
                x * scale * w
            },
        );
    }
}

#[test]
fn layer_norm_is_itself() {
    for d in [2, 37, 64] {
        same(
            [[2, 1, 5, d], [1, 1, 1, d], [1, 1, 1, d]],
            |[x, w, b]| back(Fused.layer_norm(any(x), any(flat(w)), any(flat(b)), 1e-3)),
            |[x, w, b]| {
                let centred = x.clone() - x.mean_dim(3);
                let variance = centred.clone().square().mean_dim(3);
                centred * (variance + 1e-3).sqrt().recip() * w + b
            },
        );
    }
}

#[test]
fn group_norm_is_itself() {
    for side in [3, 4] {
        same(
            [[2, 6, side, side], [1, 6, 1, 1], [1, 6, 1, 1]],
            |[x, w, b]| back(Fused.group_norm(any(x), any(flat(w)), any(flat(b)), 3, 1e-3)),
            |[x, w, b]| {
                let groups = x.reshape([2, 3, 2 * side * side]);
                let centred = groups.clone() - groups.mean_dim(2);
                let variance = centred.clone().square().mean_dim(2);
                let normal = centred * (variance + 1e-3).sqrt().recip();
                normal.reshape([2, 6, side, side]) * w + b
            },
        );
    }
}

#[test]
fn activations_are_themselves() {
    for d in WIDTHS {
        let shape = [1, 2, 3, d];
        same(
            [shape],
            |[x]| back(Fused.silu(any(x))),
            |[x]| activation::silu(x),
        );
        same(
            [shape],
            |[x]| back(Fused.gelu_tanh(any(x))),
            |[x]| activation::gelu_approximate(x),
        );
        same(
            [shape, shape],
            |[gate, up]| back(Fused.swiglu(any(gate), any(up))),
            |[gate, up]| activation::silu(gate) * up,
        );
    }
}

#[test]
fn products_are_themselves() {
    for (m, k, n) in [(1, 3, 2), (5, 37, 19), (33, 64, 64)] {
        same(
            [[1, 1, m, k], [1, 1, n, k]],
            |[x, w]| back::<2>(Fused.product(any(matrix(x)), any(matrix(w)))).unsqueeze(),
            |[x, w]| x.matmul(w.swap_dims(2, 3)),
        );
        same(
            [[1, 1, m, k], [1, 1, n, k], [1, 1, 1, n]],
            |[x, w, b]| {
                back::<2>(Fused.affine(any(matrix(x)), any(matrix(w)), any(flat(b)))).unsqueeze()
            },
            |[x, w, b]| x.matmul(w.swap_dims(2, 3)) + b,
        );
    }
}

/// Queries as the layers have them: a view of `[b, t, h, d]`.
#[test]
fn rotation_is_itself() {
    for tables in [1, 2] {
        let shape = [2, 5, 3, 8]; // [b, t, h, d]
        let device = Device::flex();
        let angles = Tensor::<4>::random([tables, 1, 5, 4], Distribution::Default, &device);
        let angles = Tensor::cat(vec![angles.clone(), angles], 3);
        let table = |x: Tensor<4>| Tensor::<4>::from_data(x.into_data(), &device);
        let (cos, sin) = (table(angles.clone().cos()), table(angles.sin()));
        same(
            [shape],
            |[x]| back(Fused.rotate(any(x.swap_dims(1, 2)), any(cos.clone()), any(sin.clone()))),
            |[x]| {
                let x = x.swap_dims(1, 2);
                let (low, high) = (x.clone().narrow(3, 0, 4), x.clone().narrow(3, 4, 4));
                let turned = Tensor::cat(vec![high.neg(), low], 3);
                x * Tensor::from_data(cos.clone().into_data(), &Device::flex().autodiff())
                    + turned
                        * Tensor::from_data(sin.clone().into_data(), &Device::flex().autodiff())
            },
        );
    }
}

fn plain_attention(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<4> {
    let ([b, heads, _, d], [_, kv, s, _]) = (q.dims(), k.dims());
    let repeat = |x: Tensor<4>| {
        x.reshape([b, kv, 1, s * d])
            .repeat_dim(2, heads / kv)
            .reshape([b, heads, s, d])
    };
    let mut scores = q.matmul(repeat(k).swap_dims(2, 3)) * (d as f64).sqrt().recip();
    if let Some(mask) = mask {
        scores = scores + mask;
    }
    softmax(scores, 3).matmul(repeat(v))
}

#[test]
fn attention_is_itself() {
    for (t, s) in [(1, 1), (7, 5), (33, 40)] {
        for masks in [0, 1, 2] {
            let device = Device::flex();
            let mask = (masks > 0).then(|| {
                let random = Tensor::<4>::random([masks, 1, t, s], Distribution::Default, &device);
                let hidden = random.greater_elem(0.7).float() * -60.0;
                Tensor::<4>::from_data(hidden.into_data(), &Device::flex().autodiff())
            });
            same(
                // [b, t, heads, d], two query heads for every key head.
                [[2, t, 4, 6], [2, s, 2, 6], [2, s, 2, 6]],
                |inputs| {
                    let [q, k, v] = inputs.map(|x| any(x.swap_dims(1, 2)));
                    back(Fused.attention(q, k, v, mask.clone().map(any)))
                },
                |inputs| {
                    let [q, k, v] = inputs.map(|x| x.swap_dims(1, 2));
                    plain_attention(q, k, v, mask.clone())
                },
            );
        }
    }
}

/// The autoencoder's form: one head whose tokens are the last axis.
#[test]
fn attention_takes_any_order() {
    same(
        [[2, 1, 6, 9], [2, 1, 6, 9], [2, 1, 6, 9]],
        |inputs| {
            let [q, k, v] = inputs.map(|x| any(x.swap_dims(2, 3)));
            back(Fused.attention(q, k, v, None))
        },
        |inputs| {
            let [q, k, v] = inputs.map(|x| x.swap_dims(2, 3));
            plain_attention(q, k, v, None)
        },
    );
}

#[test]
fn convolution_is_itself() {
    for (side, stride, padding) in [(3, 1, 1), (3, 2, 0), (1, 1, 0), (3, 2, 1), (5, 1, 2)] {
        same(
            [[2, 3, 9, 7], [4, 3, side, side], [1, 1, 1, 4]],
            |[x, w, b]| back(Fused.conv2d(any(x), any(w), any(flat(b)), stride, padding)),
            |[x, w, b]| {
                let options = ConvOptions::new([stride, stride], [padding, padding], [1, 1], 1);
                tensor_conv2d(x, w, Some(flat(b)), options)
            },
        );
    }
}

#[test]
fn only_tensors_of_the_cpu_are_served() {
    assert!(Fused.serves(&Device::flex()));
    assert!(Fused.serves(&Device::flex().autodiff()));
}
