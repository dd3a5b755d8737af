//! Activations and the gate of the feed-forward layer.

use burn_flex::FlexTensor;

use super::{
    data::{row_major, tensor, values},
    lanes::{sigmoid, vectorized},
    step::Operation,
};

/// `x sigmoid(x)`
#[derive(Debug)]
pub(super) struct Silu;

/// `silu(gate) * up`
#[derive(Debug)]
pub(super) struct SwiGlu;

/// `x sigmoid(2u)` with `u = sqrt(2/pi) (x + 0.044715 x^3)`, as [`unimed_core::nn::gelu_tanh`] has it.
#[derive(Debug)]
pub(super) struct GeluTanh;

/// `sqrt(8 / pi)`
const TWO_SQRT_2_OVER_PI: f32 = 1.595_769;
const CUBE: f32 = 0.044_715;

#[inline(always)]
fn gelu_gate(x: f32) -> f32 {
    sigmoid(x * TWO_SQRT_2_OVER_PI * (1.0 + CUBE * x * x))
}

/// Derivative of `x s(x)` where `s` is a sigmoid of something whose derivative is `inner`.
#[inline(always)]
fn slope(x: f32, s: f32, inner: f32) -> f32 {
    s + x * s * (1.0 - s) * inner
}

vectorized! {
    fn silu_all(x: &[f32], y: &mut Vec<f32>) {
        y.extend(x.iter().map(|&x| x * sigmoid(x)));
    }
}

vectorized! {
    fn silu_slopes(x: &[f32], dy: &[f32], dx: &mut Vec<f32>) {
        dx.extend(x.iter().zip(dy).map(|(&x, g)| g * slope(x, sigmoid(x), 1.0)));
    }
}

vectorized! {
    fn gelu_all(x: &[f32], y: &mut Vec<f32>) {
        y.extend(x.iter().map(|&x| x * gelu_gate(x)));
    }
}

vectorized! {
    fn gelu_slopes(x: &[f32], dy: &[f32], dx: &mut Vec<f32>) {
        dx.extend(x.iter().zip(dy).map(|(&x, g)| {
            let inner = TWO_SQRT_2_OVER_PI * (1.0 + 3.0 * CUBE * x * x);
            g * slope(x, gelu_gate(x), inner)
        }));
    }
}

vectorized! {
    fn swiglu_all(gate: &[f32], up: &[f32], y: &mut Vec<f32>) {
        y.extend(gate.iter().zip(up).map(|(&x, u)| x * sigmoid(x) * u));
    }
}

vectorized! {
    fn swiglu_slopes(
        gate: &[f32],
        up: &[f32],
        dy: &[f32],
        d_gate: &mut Vec<f32>,
        d_up: &mut Vec<f32>,
    ) {
        d_gate.extend(gate.iter().zip(up).zip(dy).map(|((&x, u), g)| g * u * slope(x, sigmoid(x), 1.0)));
        d_up.extend(gate.iter().zip(dy).map(|(&x, g)| g * x * sigmoid(x)));
    }
}

/// A tensor of the same shape, filled by `fill`.
fn alike(x: &FlexTensor, fill: impl FnOnce(&mut Vec<f32>)) -> FlexTensor {
    let mut y = Vec::with_capacity(values(x).len());
    fill(&mut y);
    tensor(y, x.layout().shape().clone())
}

impl Operation<1> for Silu {
    type Saved = FlexTensor;

    fn forward(&self, [x]: [FlexTensor; 1]) -> (FlexTensor, FlexTensor) {
        let x = row_major(x);
        (alike(&x, |y| silu_all(values(&x), y)), x)
    }

    fn backward(&self, x: FlexTensor, grad: FlexTensor, _: [bool; 1]) -> [Option<FlexTensor>; 1] {
        let grad = row_major(grad);
        [Some(alike(&x, |dx| {
            silu_slopes(values(&x), values(&grad), dx);
        }))]
    }
}

impl Operation<1> for GeluTanh {
    type Saved = FlexTensor;

    fn forward(&self, [x]: [FlexTensor; 1]) -> (FlexTensor, FlexTensor) {
        let x = row_major(x);
        (alike(&x, |y| gelu_all(values(&x), y)), x)
    }

    fn backward(&self, x: FlexTensor, grad: FlexTensor, _: [bool; 1]) -> [Option<FlexTensor>; 1] {
        let grad = row_major(grad);
        [Some(alike(&x, |dx| {
            gelu_slopes(values(&x), values(&grad), dx);
        }))]
    }
}

impl Operation<2> for SwiGlu {
    type Saved = [FlexTensor; 2];

    fn forward(&self, inputs: [FlexTensor; 2]) -> (FlexTensor, Self::Saved) {
        let [gate, up] = inputs.map(row_major);
        let y = alike(&gate, |y| swiglu_all(values(&gate), values(&up), y));
        (y, [gate, up])
    }

    fn backward(
        &self,
        [gate, up]: Self::Saved,
        grad: FlexTensor,
        _: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        let grad = row_major(grad);
        let mut d_up = Vec::with_capacity(values(&up).len());
        let d_gate = alike(&gate, |d_gate| {
            swiglu_slopes(values(&gate), values(&up), values(&grad), d_gate, &mut d_up);
        });
        let d_up = tensor(d_up, up.layout().shape().clone());
        [Some(d_gate), Some(d_up)]
    }
}
