//! From the decoded image to one of twice the side.
//!
//! The level adds what the decoded image lacks, the details of the one-level Haar transform, and leaves its mean values
//! alone: the means of 2 x 2 pixels of the result are the pixels of the decoded image.

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};

use super::blocks::{ResBlock, Resample, depth_to_space, space_to_depth};
use crate::{
    nn::{Conv2d, Conv2dConfig, GroupNorm, GroupNormConfig},
    paint::normal_noise,
};
use unimed_package::{
    config::{AutoencoderConfig, HAAR_DETAILS},
    host::{Stopped, Yielder},
};

/// Seed of the noise that texture is made of: an image is always decoded alike.
const SEED: u32 = 0;

/// The upscale level.
#[derive(Module, Debug)]
pub struct Upscale {
    upsample: Resample,
    /// Takes in the decoded image, folded, and noise.
    conv_in: Conv2d,
    block: Vec<ResBlock>,
    norm_out: GroupNorm,
    conv_out: Conv2d,
    fold: usize,
}

impl Upscale {
    /// The level of a decoder whose configuration has one.
    pub(super) fn new(config: &AutoencoderConfig, device: &Device) -> Option<Self> {
        let fold = config.upscale_fold()?;
        let (groups, width) = (config.norm_groups, config.ch);
        let conv = |input, output| {
            Conv2dConfig::new(input, output, 3)
                .with_padding(1)
                .init(device)
        };
        let area = fold * fold;
        Some(Self {
            upsample: Resample::up(width, device),
            conv_in: conv((config.out_ch + HAAR_DETAILS) * area, width),
            block: (0..=config.num_res_blocks)
                .map(|_| ResBlock::new(width, width, groups, device))
                .collect(),
            norm_out: GroupNormConfig::new(width).with_groups(groups).init(device),
            conv_out: conv(width, config.out_ch * HAAR_DETAILS * area),
            fold,
        })
    }

    /// Shape of the noise for a decoded image of this shape.
    #[must_use]
    pub fn noise_shape(&self, [batch, _, height, width]: [usize; 4]) -> [usize; 4] {
        let channels = HAAR_DETAILS * self.fold * self.fold;
        [batch, channels, height / self.fold, width / self.fold]
    }

    /// The noise with which the engine decodes.
    pub(super) fn noise(&self, image: &Tensor<4>) -> Tensor<4> {
        let [batch, channels, rows, columns] = self.noise_shape(image.dims());
        let values = normal_noise(SEED, channels * rows * columns);
        let one = TensorData::new(values, [1, channels, rows, columns]);
        Tensor::<4>::from_data(one, &image.device()).expand([batch, channels, rows, columns])
    }

    /// The details of an image of twice the side.
    ///
    /// # Shapes
    ///
    /// - x, the decoder's last features: `[b, ch, height / unshuffle, width / unshuffle]`
    /// - image: `[b, c, height, width]`
    /// - noise: [`Self::noise_shape`]
    /// - output: `[b, c * 3, height, width]`; of each channel those of [`inverse_haar`], one after the other
    pub(super) async fn forward(
        &self,
        x: Tensor<4>,
        image: Tensor<4>,
        noise: Tensor<4>,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<4>, Stopped> {
        let x = self.upsample.forward_up(x);
        yielder.tick().await?;
        let seen = Tensor::cat(vec![space_to_depth(image, self.fold), noise], 1);
        let mut x = self.conv_in.forward_add(seen, x);
        yielder.tick().await?;
        for block in &self.block {
            x = block.forward(x);
            yielder.tick().await?;
        }
        let details = self.conv_out.forward(self.norm_out.forward_silu(x));
        Ok(depth_to_space(details, self.fold))
    }
}

/// An image of twice the side from the means of its 2 x 2 pixels and three details of each: left minus right, top minus
/// bottom, and one diagonal minus the other, in quarters of their sums.
///
/// # Shapes
///
/// - means: `[b, c, height, width]`
/// - details: `[b, c * 3, height, width]`
/// - output: `[b, c, 2 * height, 2 * width]`
#[must_use]
pub fn inverse_haar(means: Tensor<4>, details: Tensor<4>) -> Tensor<4> {
    let [b, c, height, width] = means.dims();
    let details = details.reshape([b, c, HAAR_DETAILS, height, width]);
    let [across, down, diagonal] = [0, 1, 2].map(|band| details.clone().narrow(2, band, 1));
    let means = means.reshape([b, c, 1, height, width]);
    let (left, right) = (means.clone() + across.clone(), means - across);
    let (plus, minus) = (down.clone() + diagonal.clone(), down - diagonal);
    let pixels = vec![
        left.clone() + plus.clone(),
        right.clone() + minus.clone(),
        left - plus,
        right - minus,
    ];
    depth_to_space(Tensor::cat(pixels, 2).reshape([b, c * 4, height, width]), 2)
}

/// Undoes [`inverse_haar`].
#[must_use]
pub fn haar(image: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
    let [b, c, height, width] = image.dims();
    let (height, width) = (height / 2, width / 2);
    let pixels = space_to_depth(image, 2).reshape([b, c, 4, height, width]);
    let at = |row: usize, column: usize| pixels.clone().narrow(2, 2 * row + column, 1);
    let (top, low) = (at(0, 0) + at(0, 1), at(1, 0) + at(1, 1));
    let (top_difference, low_difference) = (at(0, 0) - at(0, 1), at(1, 0) - at(1, 1));
    let details = vec![
        top_difference.clone() + low_difference.clone(),
        top.clone() - low.clone(),
        top_difference - low_difference,
    ];
    (
        ((top + low) * 0.25).reshape([b, c, height, width]),
        (Tensor::cat(details, 2) * 0.25).reshape([b, c * HAAR_DETAILS, height, width]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Int;

    fn ramp(shape: [usize; 4]) -> Tensor<4> {
        let count = shape.iter().product::<usize>() as i64;
        let ramp = Tensor::<1, Int>::arange(0..count, &Device::flex()).float();
        (ramp * 0.37).sin().reshape(shape)
    }

    #[test]
    fn the_transform_is_undone() {
        let image = ramp([2, 3, 6, 4]);
        let (means, details) = haar(image.clone());
        assert_eq!((means.dims(), details.dims()), ([2, 3, 3, 2], [2, 9, 3, 2]));
        let again = inverse_haar(means, details);
        let error = (again - image).abs().max().into_scalar::<f32>();
        assert!(error < 1e-6, "{error}");
    }

    /// Pixels of one block, written out.
    #[test]
    fn a_block_of_pixels() {
        let device = Device::flex();
        let image = Tensor::<4>::from_floats([[[[9.0, 5.0], [1.0, 1.0]]]], &device);
        let (means, details) = haar(image);
        let values = |tensor: Tensor<4>| tensor.into_data().try_to_vec::<f32>().expect("f32");
        assert_eq!(values(means), [4.0]);
        assert_eq!(values(details), [1.0, 3.0, 1.0]);
    }

    /// A feature map as plain numbers, `[channel][row * width + column]`.
    type Map = Vec<Vec<f32>>;

    fn map(tensor: Tensor<4>) -> Map {
        let [_, _, height, width] = tensor.dims();
        let values = tensor.into_data().try_to_vec::<f32>().expect("f32");
        values.chunks(height * width).map(<[f32]>::to_vec).collect()
    }

    /// A convolution with one pixel of zeros around, as loops.
    fn convolved(conv: &Conv2d, x: &Map, side: usize) -> Map {
        let weight = map(conv.weight.val());
        let bias = conv
            .bias
            .val()
            .into_data()
            .try_to_vec::<f32>()
            .expect("f32");
        let inputs = x.len();
        let kernel = |output: usize, input: usize| &weight[output * inputs + input];
        (0..bias.len())
            .map(|output| {
                (0..side * side)
                    .map(|at| {
                        let (row, column) = ((at / side) as isize, (at % side) as isize);
                        let mut sum = bias[output];
                        for (input, values) in x.iter().enumerate() {
                            for (tap, weight) in kernel(output, input).iter().enumerate() {
                                let (y, x) =
                                    (row + tap as isize / 3 - 1, column + tap as isize % 3 - 1);
                                let inside = |v: isize| (0..side as isize).contains(&v);
                                if inside(y) && inside(x) {
                                    sum += weight * values[(y * side as isize + x) as usize];
                                }
                            }
                        }
                        sum
                    })
                    .collect()
            })
            .collect()
    }

    /// SiLU of the fresh group norm, whose weights are one and zero.
    fn normed(x: &Map, groups: usize) -> Map {
        let size = x.len() / groups;
        x.chunks(size)
            .flat_map(|group| {
                let count = (size * group[0].len()) as f32;
                let all = || group.iter().flatten();
                let mean = all().sum::<f32>() / count;
                let variance = all().map(|v| (v - mean).powi(2)).sum::<f32>() / count;
                let scale = 1.0 / (variance + 1e-6).sqrt();
                group.iter().map(move |channel| {
                    let normal = channel.iter().map(|v| (v - mean) * scale);
                    normal.map(|v| v / (1.0 + (-v).exp())).collect()
                })
            })
            .collect()
    }

    fn added(a: &Map, b: &Map) -> Map {
        let rows = a.iter().zip(b);
        rows.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect())
            .collect()
    }

    /// The level against loops over plain numbers.
    #[test]
    fn the_level_computes_what_loops_compute() {
        let device = Device::flex();
        let config = AutoencoderConfig {
            ch: 8,
            norm_groups: 4,
            num_res_blocks: 0,
            pixel_unshuffle: 4,
            upscale_factor: 2,
            ..serde_json::from_str("{}").expect("the official values")
        };
        let level = Upscale::new(&config, &device).expect("a level");
        let (features, image) = (ramp([1, 8, 3, 3]), ramp([1, 3, 12, 12]));
        let noise = level.noise(&image);
        assert_eq!(noise.dims(), level.noise_shape(image.dims()));
        let details = pollster::block_on(level.forward(
            features.clone(),
            image.clone(),
            noise.clone(),
            &Yielder::never(),
        ))
        .expect("free");
        let larger: Map = map(features)
            .iter()
            .map(|x| (0..36).map(|at| x[at / 12 * 3 + at % 6 / 2]).collect())
            .collect();
        let mut seen = map(space_to_depth(image, 2));
        seen.extend(map(noise));
        let mut x = added(
            &convolved(&level.upsample.conv, &larger, 6),
            &convolved(&level.conv_in, &seen, 6),
        );
        for block in &level.block {
            let [first, second] = block.convolutions();
            let hidden = convolved(first, &normed(&x, 4), 6);
            x = added(&x, &convolved(second, &normed(&hidden, 4), 6));
        }
        let folded = convolved(&level.conv_out, &normed(&x, 4), 6);
        let wanted = folded.concat();
        let found = map(space_to_depth(details, 2)).concat();
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 1e-4, "{found}, not {wanted}");
        }
    }
}
