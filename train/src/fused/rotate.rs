//! Rotary positions.

use burn_flex::FlexTensor;

use super::{
    data::{Strided, row_major, tensor, values},
    step::Operation,
};

/// `x cos + rotate_half(x) sin` over `[b, h, t, head_dim]`, with tables `[b or 1, 1, t, head_dim]`
/// that need no gradient.
#[derive(Debug)]
pub(super) struct Rotate;

/// Rotates forwards, or back where `sign` is -1. The result lies in the order `[b, t, h, head_dim]`,
/// as projections give and take it.
fn rotated(x: &FlexTensor, cos: &FlexTensor, sin: &FlexTensor, sign: f32) -> FlexTensor {
    let Strided {
        values: numbers,
        dims: [b, h, t, width],
        strides,
    } = Strided::<4>::new(x);
    let copied = (strides[3] != 1).then(|| x.to_contiguous());
    if let Some(copied) = &copied {
        return rotated(copied, cos, sin, sign);
    }
    let own_tables = Strided::<4>::new(cos).dims[0] > 1;
    let (cos, sin) = (values(cos), values(sin));
    let half = width / 2;
    let mut y = vec![0.0; b * h * t * width];
    let mut rows = y.chunks_exact_mut(width);
    for sample in 0..b {
        for token in 0..t {
            let at = (if own_tables { sample * t } else { 0 } + token) * width;
            let (cos, sin) = (&cos[at..at + width], &sin[at..at + width]);
            for head in 0..h {
                let start = sample as isize * strides[0]
                    + head as isize * strides[1]
                    + token as isize * strides[2];
                let row = &numbers[start as usize..start as usize + width];
                let (low, high) = row.split_at(half);
                let y = rows.next().expect("invariant: one row a head");
                let (y_low, y_high) = y.split_at_mut(half);
                for k in 0..half {
                    y_low[k] = low[k] * cos[k] - sign * high[k] * sin[k];
                    y_high[k] = high[k] * cos[k] + sign * low[k] * sin[k];
                }
            }
        }
    }
    tensor(y, [b, t, h, width]).transpose(1, 2)
}

impl Operation<3> for Rotate {
    type Saved = [FlexTensor; 2];

    fn forward(&self, [x, cos, sin]: [FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let (cos, sin) = (row_major(cos), row_major(sin));
        (rotated(&x, &cos, &sin, 1.0), [cos, sin])
    }

    /// Both halves of a table are the same angles, so the gradient is rotated back by them.
    fn backward(
        &self,
        [cos, sin]: Self::Saved,
        grad: FlexTensor,
        _: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        [Some(rotated(&grad, &cos, &sin, -1.0)), None, None]
    }
}
