//! Linear layers.

use burn_flex::FlexTensor;
use gemm::Parallelism;

use super::{
    bf16,
    data::{dims, row_major, tensor, values},
    lanes::vectorized,
    step::Operation,
    view::View,
};

/// `out = keep * out + scale * a b`; `out` is only written where `keep` is 0.
///
/// # Panics
///
/// Panics if sizes do not fit together or a matrix reaches beyond its buffer.
pub(super) fn multiply(
    (out, to): (&mut [f32], View),
    (a, left): (&[f32], View),
    (b, right): (&[f32], View),
    keep: f32,
    scale: f32,
) {
    assert!(
        left.rows == to.rows && right.columns == to.columns && left.columns == right.rows,
        "invariant: sizes of a product fit"
    );
    assert!(
        to.end() <= out.len() && left.end() <= a.len() && right.end() <= b.len(),
        "invariant: matrices lie inside of their buffers"
    );
    if bf16::multiply((&mut *out, to), (a, left), (b, right), keep, scale) {
        return;
    }
    // SAFETY: all three matrices were just found to lie in their buffers, steps are not negative,
    // and `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            to.rows,
            to.columns,
            left.columns,
            out.as_mut_ptr().add(to.start),
            to.column_step,
            to.row_step,
            keep != 0.0,
            a.as_ptr().add(left.start),
            left.column_step,
            left.row_step,
            b.as_ptr().add(right.start),
            right.column_step,
            right.row_step,
            keep,
            scale,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// `x W^T` of `[m, k]` and `[n, k]`.
#[derive(Debug)]
pub(super) struct Product;

/// `x W^T + b`.
#[derive(Debug)]
pub(super) struct Affine;

fn forward(x: &FlexTensor, weight: &FlexTensor, bias: Option<&FlexTensor>) -> FlexTensor {
    let ([m, k], [n, _]) = (dims(x), dims(weight));
    let mut y = Vec::with_capacity(m * n);
    match bias {
        Some(bias) => (0..m).for_each(|_| y.extend_from_slice(values(bias))),
        None => y.resize(m * n, 0.0),
    }
    let keep = if bias.is_some() { 1.0 } else { 0.0 };
    multiply(
        (&mut y, View::dense(0, m, n)),
        (values(x), View::dense(0, m, k)),
        (values(weight), View::dense(0, n, k).transposed()),
        keep,
        1.0,
    );
    tensor(y, [m, n])
}

/// Gradients of `x` and the weight.
fn backward(
    [x, weight]: &[FlexTensor; 2],
    grad: &FlexTensor,
    wanted: [bool; 2],
) -> [Option<FlexTensor>; 2] {
    let ([m, k], [n, _]) = (dims(x), dims(weight));
    let dy = (values(grad), View::dense(0, m, n));
    let dx = wanted[0].then(|| {
        let mut dx = vec![0.0; m * k];
        let w = (values(weight), View::dense(0, n, k));
        multiply((&mut dx, View::dense(0, m, k)), dy, w, 0.0, 1.0);
        tensor(dx, [m, k])
    });
    let dw = wanted[1].then(|| {
        let mut dw = vec![0.0; n * k];
        let x = (values(x), View::dense(0, m, k));
        let dy = (dy.0, dy.1.transposed());
        multiply((&mut dw, View::dense(0, n, k)), dy, x, 0.0, 1.0);
        tensor(dw, [n, k])
    });
    [dx, dw]
}

vectorized! {
    fn add_rows(rows: &[f32], sums: &mut [f32]) {
        for row in rows.chunks_exact(sums.len()) {
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += x;
            }
        }
    }
}

/// Sums of the columns.
fn column_sums(grad: &FlexTensor) -> FlexTensor {
    let [_, n] = dims(grad);
    let mut sums = vec![0.0; n];
    add_rows(values(grad), &mut sums);
    tensor(sums, [n])
}

impl Operation<2> for Product {
    type Saved = [FlexTensor; 2];

    fn forward(&self, inputs: [FlexTensor; 2]) -> (FlexTensor, Self::Saved) {
        let [x, weight] = inputs.map(row_major);
        (forward(&x, &weight, None), [x, weight])
    }

    fn backward(
        &self,
        saved: Self::Saved,
        grad: FlexTensor,
        wanted: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        backward(&saved, &row_major(grad), wanted)
    }
}

impl Operation<3> for Affine {
    type Saved = [FlexTensor; 2];

    fn forward(&self, inputs: [FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let [x, weight, bias] = inputs.map(row_major);
        (forward(&x, &weight, Some(&bias)), [x, weight])
    }

    fn backward(
        &self,
        saved: Self::Saved,
        grad: FlexTensor,
        [x, weight, bias]: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let grad = row_major(grad);
        let [dx, dw] = backward(&saved, &grad, [x, weight]);
        [dx, dw, bias.then(|| column_sums(&grad))]
    }
}
