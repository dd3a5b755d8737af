//! Convolution and group normalization on the CPU: burn's product of patches, and a norm in one pass over each group.

use burn::{
    backend::{
        Flex,
        ops::{FloatTensorOps, ModuleOps},
    },
    tensor::{TensorData, ops::ConvOptions},
};
use burn_flex::FlexTensor;

use super::{
    InstructionSet, contiguous,
    lanes::{Lanes, Work},
    math::{silu, sum},
    ops::{floats, sizes, tensor},
    threads,
};
use crate::kernels::{
    choice::Variant,
    conv::{ConvGeometry, ConvOps},
};

/// What a value of a group normalization with SiLU takes, in multiplications.
const NORM_COST: usize = 16;

impl ConvOps for Flex {
    fn conv2d_of(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        geometry: ConvGeometry,
        _: Variant,
    ) -> FlexTensor {
        let x = if geometry.doubled { doubled(x) } else { x };
        let padding = (geometry.before, geometry.after);
        let options = ConvOptions::new_with_padding([geometry.stride; 2], [padding; 2], [1, 1], 1);
        <Self as ModuleOps<Self>>::conv2d(x, weight, Some(bias), options)
    }

    fn conv2d_add(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        sum: FlexTensor,
        geometry: ConvGeometry,
        variant: Variant,
    ) -> FlexTensor {
        let y = Self::conv2d_of(x, weight, bias, geometry, variant);
        <Self as FloatTensorOps<Self>>::float_add(y, sum)
    }

    fn group_norm(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        groups: usize,
        epsilon: f32,
        silu: bool,
        _: Variant,
    ) -> FlexTensor {
        let [x, weight, bias] = [x, weight, bias].map(contiguous);
        let shape: [usize; 4] = sizes(&x);
        let values = floats(&x);
        let count = shape[0] * groups;
        let size = values.len() / count;
        let parts = threads::shared(count, 1, values.len() * NORM_COST, |part| {
            InstructionSet::best().work(GroupNorm {
                x: &values[part.start * size..part.end * size],
                weight: floats(&weight),
                bias: floats(&bias),
                pixels: shape[2] * shape[3],
                groups,
                first: part.start,
                epsilon,
                silu,
            })
        });
        tensor(threads::side_by_side(parts, 1, values.len(), size), shape)
    }
}

/// Every pixel as 2 x 2.
fn doubled(x: FlexTensor) -> FlexTensor {
    let x = contiguous(x);
    let [b, c, height, width] = sizes(&x);
    let mut y = Vec::with_capacity(4 * floats(&x).len());
    for row in floats(&x).chunks_exact(width) {
        let first = y.len();
        y.extend(row.iter().flat_map(|&value| [value; 2]));
        y.extend_from_within(first..);
    }
    FlexTensor::from_data(TensorData::new(y, [b, c, 2 * height, 2 * width]))
}

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias` of every group, and the SiLU of that where it is asked for.
struct GroupNorm<'a> {
    /// `[part, c / groups, pixels]` of the groups of all images
    x: &'a [f32],
    /// `[c]`
    weight: &'a [f32],
    /// `[c]`
    bias: &'a [f32],
    pixels: usize,
    groups: usize,
    /// Number of the first group.
    first: usize,
    epsilon: f32,
    silu: bool,
}

impl Work for GroupNorm<'_> {
    /// As `x`
    type Output = Vec<f32>;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Vec<f32> {
        let channels = self.weight.len() / self.groups;
        let mut out = self.x.to_vec();
        for (number, group) in out.chunks_exact_mut(channels * self.pixels).enumerate() {
            let count = group.len() as f32;
            let mean = sum(group, |x| x) / count;
            let variance = sum(group, |x| (x - mean) * (x - mean)) / count;
            let scale = (variance + self.epsilon).sqrt().recip();
            let first = (self.first + number) % self.groups * channels;
            let parameters = self.weight[first..].iter().zip(&self.bias[first..]);
            for (plane, (weight, bias)) in group.chunks_exact_mut(self.pixels).zip(parameters) {
                for x in &mut *plane {
                    *x = (*x - mean) * scale * weight + bias;
                }
                if self.silu {
                    for x in plane {
                        *x = silu(*x);
                    }
                }
            }
        }
        out
    }
}
