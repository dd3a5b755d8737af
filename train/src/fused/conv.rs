//! Two-dimensional convolution: patches as columns of a matrix, one product per picture.

use burn_flex::FlexTensor;

use super::{
    data::{dims, row_major, tensor, values},
    lanes::sum,
    product::multiply,
    step::Operation,
    view::View,
};

/// Convolution of `[b, c_input, height, width]` with `[c_output, c_input, side, side]` and a bias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conv2d {
    pub(super) stride: usize,
    pub(super) padding: usize,
}

/// Sizes of one call.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    c_input: usize,
    height: usize,
    width: usize,
    c_output: usize,
    side: usize,
    stride: usize,
    padding: usize,
    rows: usize,
    columns: usize,
}

impl Conv2d {
    fn sizes(self, x: &FlexTensor, weight: &FlexTensor) -> Sizes {
        let [_, c_input, height, width] = dims(x);
        let [c_output, _, side, _] = dims(weight);
        let steps = |length: usize| (length + 2 * self.padding - side) / self.stride + 1;
        Sizes {
            c_input,
            height,
            width,
            c_output,
            side,
            stride: self.stride,
            padding: self.padding,
            rows: steps(height),
            columns: steps(width),
        }
    }
}

impl Sizes {
    fn input(self) -> usize {
        self.c_input * self.height * self.width
    }

    fn pixels(self) -> usize {
        self.rows * self.columns
    }

    /// Numbers of a patch.
    fn patch(self) -> usize {
        self.c_input * self.side * self.side
    }

    /// Whether a picture is its own matrix of patches.
    fn is_pointwise(self) -> bool {
        self.side == 1 && self.stride == 1 && self.padding == 0
    }

    /// Every run of a kernel element over a row of the result that meets the picture: where it
    /// begins in the matrix of patches and in the picture, and its length.
    #[inline(always)]
    fn runs(self, mut visit: impl FnMut(usize, usize, usize)) {
        let mut line = 0;
        for channel in 0..self.c_input {
            for ky in 0..self.side {
                for kx in 0..self.side {
                    // Columns of the result whose pixel lies inside: from `left` on, `count` of them.
                    let left = self.padding.saturating_sub(kx).div_ceil(self.stride);
                    let beyond = (self.width + self.padding).saturating_sub(kx);
                    let count = beyond.div_ceil(self.stride).min(self.columns);
                    let count = count.saturating_sub(left);
                    for row in 0..self.rows {
                        let y = (row * self.stride + ky).wrapping_sub(self.padding);
                        if y < self.height && count > 0 {
                            let x = left * self.stride + kx - self.padding;
                            let from = (channel * self.height + y) * self.width + x;
                            visit(line + row * self.columns + left, from, count);
                        }
                    }
                    line += self.pixels();
                }
            }
        }
    }

    /// The matrix of patches of a picture, `[patch, pixels]`; what meets no pixel stays as it is.
    fn unfold(self, picture: &[f32], patches: &mut [f32]) {
        let stride = self.stride;
        self.runs(|to, from, count| {
            let to = &mut patches[to..to + count];
            if stride == 1 {
                to.copy_from_slice(&picture[from..from + count]);
            } else {
                let pixels = picture[from..].iter().step_by(stride);
                to.iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
            }
        });
    }

    /// Adds a matrix of patches to the picture that it was unfolded from.
    fn fold(self, patches: &[f32], picture: &mut [f32]) {
        let stride = self.stride;
        self.runs(|from, to, count| {
            let from = &patches[from..from + count];
            if stride == 1 {
                let to = &mut picture[to..to + count];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            } else {
                let pixels = picture[to..].iter_mut().step_by(stride);
                pixels.zip(from).for_each(|(to, from)| *to += from);
            }
        });
    }
}

impl Operation<3> for Conv2d {
    type Saved = [FlexTensor; 2];

    fn forward(&self, inputs: [FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let [x, weight, bias] = inputs.map(row_major);
        let sizes = self.sizes(&x, &weight);
        let (numbers, w) = (values(&x), values(&weight));
        let (b, pixels) = (numbers.len() / sizes.input(), sizes.pixels());
        let mut y = Vec::with_capacity(b * sizes.c_output * pixels);
        let mut patches = vec![
            0.0;
            if sizes.is_pointwise() {
                0
            } else {
                sizes.patch() * pixels
            }
        ];
        for picture in numbers.chunks_exact(sizes.input()) {
            let first = y.len();
            for &bias in values(&bias) {
                y.resize(y.len() + pixels, bias);
            }
            let patches = if sizes.is_pointwise() {
                picture
            } else {
                sizes.unfold(picture, &mut patches);
                &patches
            };
            multiply(
                (&mut y, View::dense(first, sizes.c_output, pixels)),
                (w, View::dense(0, sizes.c_output, sizes.patch())),
                (patches, View::dense(0, sizes.patch(), pixels)),
                1.0,
                1.0,
            );
        }
        let y = tensor(y, [b, sizes.c_output, sizes.rows, sizes.columns]);
        (y, [x, weight])
    }

    fn backward(
        &self,
        [x, weight]: Self::Saved,
        grad: FlexTensor,
        [wants_x, wants_weight, wants_bias]: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let grad = row_major(grad);
        let sizes = self.sizes(&x, &weight);
        let (numbers, w, dy) = (values(&x), values(&weight), values(&grad));
        let pixels = sizes.pixels();
        let mut dx = vec![0.0; if wants_x { numbers.len() } else { 0 }];
        let mut dw = vec![0.0; w.len()];
        let mut patches = vec![
            0.0;
            if sizes.is_pointwise() {
                0
            } else {
                sizes.patch() * pixels
            }
        ];
        let mut slopes = vec![
            0.0;
            if sizes.is_pointwise() {
                0
            } else {
                sizes.patch() * pixels
            }
        ];
        let kernel = View::dense(0, sizes.c_output, sizes.patch());
        let unfolded = View::dense(0, sizes.patch(), pixels);
        for (number, picture) in numbers.chunks_exact(sizes.input()).enumerate() {
            let start = number * sizes.c_output * pixels;
            let dy = (dy, View::dense(start, sizes.c_output, pixels));
            if wants_weight {
                let patches = if sizes.is_pointwise() {
                    picture
                } else {
                    sizes.unfold(picture, &mut patches);
                    &patches
                };
                multiply(
                    (&mut dw, kernel),
                    dy,
                    (patches, unfolded.transposed()),
                    1.0,
                    1.0,
                );
            }
            if wants_x {
                let dx = &mut dx[number * sizes.input()..][..sizes.input()];
                let kernel = (w, kernel.transposed());
                if sizes.is_pointwise() {
                    multiply((dx, unfolded), kernel, dy, 0.0, 1.0);
                } else {
                    multiply((&mut slopes, unfolded), kernel, dy, 0.0, 1.0);
                    sizes.fold(&slopes, dx);
                }
            }
        }
        let db = || {
            let mut db = vec![0.0; sizes.c_output];
            for (row, channel) in dy.chunks_exact(pixels).zip((0..sizes.c_output).cycle()) {
                db[channel] += sum([row], |[g]| g);
            }
            tensor(db, [sizes.c_output])
        };
        [
            wants_x.then(|| tensor(dx, x.layout().shape().clone())),
            wants_weight.then(|| tensor(dw, weight.layout().shape().clone())),
            wants_bias.then(db),
        ]
    }
}
