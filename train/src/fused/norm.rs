//! Root-mean-square, layer and group normalization.
//!
//! With the normalized row `n = (x - mean) r` and the gradient `g` of `n`, the gradient of `x` is
//! `r (g - mean(g) - n mean(g n))`; without a mean to subtract, `mean(g)` falls away.

use burn_flex::FlexTensor;

use super::{
    data::{dims, row_major, tensor, values},
    lanes::{sum, vectorized},
    step::Operation,
};

/// `x / sqrt(mean(x^2) + epsilon) * weight` over the last axis.
#[derive(Debug)]
pub(super) struct RmsNorm {
    pub(super) epsilon: f32,
}

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias` over the last axis.
#[derive(Debug)]
pub(super) struct LayerNorm {
    pub(super) epsilon: f32,
}

/// As [`LayerNorm`] over the channels and pixels of every group, with one weight a channel.
#[derive(Debug)]
pub(super) struct GroupNorm {
    pub(super) groups: usize,
    pub(super) epsilon: f32,
}

/// Mean and `1 / sqrt(variance + epsilon)` of a row.
#[inline(always)]
fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = sum([row], |[x]| x) / count;
    let variance = sum([row], |[x]| (x - mean) * (x - mean)) / count;
    (mean, (variance + epsilon).sqrt().recip())
}

#[inline(always)]
fn root(row: &[f32], epsilon: f32) -> f32 {
    let square = sum([row], |[x]| x * x) / row.len() as f32;
    (square + epsilon).sqrt().recip()
}

vectorized! {
    fn rms_rows(x: &[f32], w: &[f32], epsilon: f32, y: &mut Vec<f32>) {
        for row in x.chunks_exact(w.len()) {
            let scale = root(row, epsilon);
            y.extend(row.iter().zip(w).map(|(x, w)| x * scale * w));
        }
    }
}

vectorized! {
    fn rms_slopes(
        x: &[f32],
        w: &[f32],
        dy: &[f32],
        epsilon: f32,
        dx: &mut Vec<f32>,
        dw: &mut [f32],
    ) {
        for (row, dy) in x.chunks_exact(w.len()).zip(dy.chunks_exact(w.len())) {
            let scale = root(row, epsilon);
            let mean = sum([row, w, dy], |[x, w, g]| x * w * g) / w.len() as f32;
            let share = mean * scale * scale; // mean(g n) / r
            let all = row.iter().zip(w).zip(dy);
            dx.extend(all.map(|((x, w), g)| scale * (w * g - x * share)));
            for ((dw, x), g) in dw.iter_mut().zip(row).zip(dy) {
                *dw += x * scale * g;
            }
        }
    }
}

vectorized! {
    fn layer_rows(x: &[f32], w: &[f32], b: &[f32], epsilon: f32, y: &mut Vec<f32>) {
        for row in x.chunks_exact(w.len()) {
            let (mean, scale) = moments(row, epsilon);
            let all = row.iter().zip(w).zip(b);
            y.extend(all.map(|((x, w), b)| (x - mean) * scale * w + b));
        }
    }
}

vectorized! {
    fn layer_slopes(
        x: &[f32],
        w: &[f32],
        dy: &[f32],
        epsilon: f32,
        dx: &mut Vec<f32>,
        dw: &mut [f32],
        db: &mut [f32],
    ) {
        let count = w.len() as f32;
        for (row, dy) in x.chunks_exact(w.len()).zip(dy.chunks_exact(w.len())) {
            let (mean, scale) = moments(row, epsilon);
            let level = sum([w, dy], |[w, g]| w * g) / count;
            let slope = sum([row, w, dy], |[x, w, g]| (x - mean) * scale * w * g) / count;
            let all = row.iter().zip(w).zip(dy);
            dx.extend(all.map(|((x, w), g)| {
                scale * (w * g - level - (x - mean) * scale * slope)
            }));
            let sums = dw.iter_mut().zip(db.iter_mut());
            for (((dw, db), x), g) in sums.zip(row).zip(dy) {
                *dw += (x - mean) * scale * g;
                *db += g;
            }
        }
    }
}

vectorized! {
    /// A group has `each` channels of `pixels` numbers.
    fn group_rows(
        x: &[f32],
        w: &[f32],
        b: &[f32],
        sizes: [usize; 2],
        epsilon: f32,
        y: &mut Vec<f32>,
    ) {
        let [each, pixels] = sizes;
        for (group, block) in x.chunks_exact(each * pixels).enumerate() {
            let (mean, scale) = moments(block, epsilon);
            let first = group * each % w.len();
            for (channel, row) in block.chunks_exact(pixels).enumerate() {
                let w = w[first + channel] * scale;
                let b = b[first + channel] - mean * w;
                y.extend(row.iter().map(|x| x * w + b));
            }
        }
    }
}

vectorized! {
    fn group_slopes(
        x: &[f32],
        w: &[f32],
        dy: &[f32],
        sizes: [usize; 2],
        epsilon: f32,
        dx: &mut Vec<f32>,
        sums: &mut [Vec<f32>; 2],
    ) {
        let ([each, pixels], [dw, db]) = (sizes, sums);
        let size = each * pixels;
        let blocks = x.chunks_exact(size).zip(dy.chunks_exact(size));
        for (group, (block, dy)) in blocks.enumerate() {
            let (mean, scale) = moments(block, epsilon);
            let first = group * each % w.len();
            let (mut level, mut slope) = (0.0, 0.0);
            let rows = || block.chunks_exact(pixels).zip(dy.chunks_exact(pixels));
            for (channel, (row, dy)) in rows().enumerate() {
                let all = sum([dy], |[g]| g);
                let along = sum([row, dy], |[x, g]| (x - mean) * g) * scale;
                dw[first + channel] += along;
                db[first + channel] += all;
                level += all * w[first + channel];
                slope += along * w[first + channel];
            }
            let (level, slope) = (level / size as f32, slope / size as f32);
            for (channel, (row, dy)) in rows().enumerate() {
                let w = w[first + channel];
                dx.extend(row.iter().zip(dy).map(|(x, g)| {
                    let normal = (x - mean) * scale;
                    scale * (w * g - level - normal * slope)
                }));
            }
        }
    }
}

impl Operation<2> for RmsNorm {
    type Saved = [FlexTensor; 2];

    fn forward(&self, [x, weight]: [FlexTensor; 2]) -> (FlexTensor, Self::Saved) {
        let x = row_major(x);
        let (numbers, w) = (values(&x), values(&weight));
        let mut y = Vec::with_capacity(numbers.len());
        rms_rows(numbers, w, self.epsilon, &mut y);
        let y = tensor(y, x.layout().shape().clone());
        (y, [x, weight])
    }

    fn backward(
        &self,
        [x, weight]: Self::Saved,
        grad: FlexTensor,
        _: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        let grad = row_major(grad);
        let (numbers, w, dy) = (values(&x), values(&weight), values(&grad));
        let mut dx = Vec::with_capacity(numbers.len());
        let mut dw = vec![0.0; w.len()];
        rms_slopes(numbers, w, dy, self.epsilon, &mut dx, &mut dw);
        [
            Some(tensor(dx, x.layout().shape().clone())),
            Some(tensor(dw, [w.len()])),
        ]
    }
}

impl Operation<3> for LayerNorm {
    type Saved = [FlexTensor; 2];

    fn forward(&self, [x, weight, bias]: [FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let x = row_major(x);
        let (numbers, w, b) = (values(&x), values(&weight), values(&bias));
        let mut y = Vec::with_capacity(numbers.len());
        layer_rows(numbers, w, b, self.epsilon, &mut y);
        let y = tensor(y, x.layout().shape().clone());
        (y, [x, weight])
    }

    fn backward(
        &self,
        [x, weight]: Self::Saved,
        grad: FlexTensor,
        _: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let grad = row_major(grad);
        let (numbers, w, dy) = (values(&x), values(&weight), values(&grad));
        let mut dx = Vec::with_capacity(numbers.len());
        let (mut dw, mut db) = (vec![0.0; w.len()], vec![0.0; w.len()]);
        layer_slopes(numbers, w, dy, self.epsilon, &mut dx, &mut dw, &mut db);
        [
            Some(tensor(dx, x.layout().shape().clone())),
            Some(tensor(dw, [w.len()])),
            Some(tensor(db, [w.len()])),
        ]
    }
}

impl Operation<3> for GroupNorm {
    type Saved = [FlexTensor; 2];

    fn forward(&self, [x, weight, bias]: [FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let x = row_major(x);
        let [_, channels, height, width] = dims(&x);
        let (pixels, each) = (height * width, channels / self.groups);
        let (numbers, w, b) = (values(&x), values(&weight), values(&bias));
        let mut y = Vec::with_capacity(numbers.len());
        group_rows(numbers, w, b, [each, pixels], self.epsilon, &mut y);
        let y = tensor(y, x.layout().shape().clone());
        (y, [x, weight])
    }

    fn backward(
        &self,
        [x, weight]: Self::Saved,
        grad: FlexTensor,
        _: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let grad = row_major(grad);
        let [_, channels, height, width] = dims(&x);
        let (pixels, each) = (height * width, channels / self.groups);
        let (numbers, w, dy) = (values(&x), values(&weight), values(&grad));
        let mut dx = Vec::with_capacity(numbers.len());
        let mut sums = [vec![0.0; channels], vec![0.0; channels]];
        let sizes = [each, pixels];
        group_slopes(numbers, w, dy, sizes, self.epsilon, &mut dx, &mut sums);
        let [dw, db] = sums;
        [
            Some(tensor(dx, x.layout().shape().clone())),
            Some(tensor(dw, [channels])),
            Some(tensor(db, [channels])),
        ]
    }
}
