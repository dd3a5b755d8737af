//! The autoencoder: a FLUX-style convolutional encoder and decoder with one attention block each.
//!
//! Names and order follow the official checkpoint. `decoder.up` is indexed by resolution level, so
//! it runs backwards. With a pixel-unshuffle factor (default model) blocks of pixels are folded
//! into channels before the first convolution and unfolded after the last; the official form has
//! factor 1.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{
    config::AutoencoderConfig,
    host::{Pace, Stopped},
    nn::{Conv2d, Conv2dConfig, GroupNorm, GroupNormConfig, attention, silu},
};

/// Residual block: `x + conv2(silu(norm2(conv1(silu(norm1(x))))))`.
#[derive(Module, Debug)]
pub(super) struct ResBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    norm2: GroupNorm,
    conv2: Conv2d,
    /// 1x1, where the widths differ.
    nin_shortcut: Option<Conv2d>,
}

impl ResBlock {
    fn new(c_input: usize, c_output: usize, groups: usize, device: &Device) -> Self {
        let norm = |channels| {
            GroupNormConfig::new(channels)
                .with_groups(groups)
                .init(device)
        };
        let conv = |input| {
            Conv2dConfig::new(input, c_output, 3)
                .with_padding(1)
                .init(device)
        };
        Self {
            norm1: norm(c_input),
            conv1: conv(c_input),
            norm2: norm(c_output),
            conv2: conv(c_output),
            nin_shortcut: (c_input != c_output)
                .then(|| Conv2dConfig::new(c_input, c_output, 1).init(device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.conv1.forward(silu(self.norm1.forward(x.clone())));
        let h = self.conv2.forward(silu(self.norm2.forward(h)));
        match &self.nin_shortcut {
            Some(shortcut) => shortcut.forward(x) + h,
            None => x + h,
        }
    }
}

/// Single-head attention over all positions of a feature map.
#[derive(Module, Debug)]
pub(super) struct AttnBlock {
    norm: GroupNorm,
    q: Conv2d,
    k: Conv2d,
    v: Conv2d,
    proj_out: Conv2d,
}

impl AttnBlock {
    fn new(channels: usize, groups: usize, device: &Device) -> Self {
        let conv = || Conv2dConfig::new(channels, channels, 1).init(device);
        Self {
            norm: GroupNormConfig::new(channels)
                .with_groups(groups)
                .init(device),
            q: conv(),
            k: conv(),
            v: conv(),
            proj_out: conv(),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [b, c, height, width] = x.dims();
        let normal = self.norm.forward(x.clone());
        // [b, 1, height * width, c]: positions are tokens, channels the one head.
        let tokens = |conv: &Conv2d| {
            conv.forward(normal.clone())
                .reshape([b, 1, c, height * width])
                .swap_dims(2, 3)
        };
        let y = attention(tokens(&self.q), tokens(&self.k), tokens(&self.v), None);
        x + self
            .proj_out
            .forward(y.swap_dims(2, 3).reshape([b, c, height, width]))
    }
}

/// Residual block, attention, residual block.
#[derive(Module, Debug)]
pub(super) struct MidBlock {
    block_1: ResBlock,
    attn_1: AttnBlock,
    block_2: ResBlock,
}

impl MidBlock {
    fn new(channels: usize, groups: usize, device: &Device) -> Self {
        Self {
            block_1: ResBlock::new(channels, channels, groups, device),
            attn_1: AttnBlock::new(channels, groups, device),
            block_2: ResBlock::new(channels, channels, groups, device),
        }
    }

    async fn forward(&self, x: Tensor<4>, pace: &Pace<'_>) -> Result<Tensor<4>, Stopped> {
        let x = self.block_1.forward(x);
        pace.tick().await?;
        let x = self.attn_1.forward(x);
        pace.tick().await?;
        let x = self.block_2.forward(x);
        pace.tick().await?;
        Ok(x)
    }
}

/// A convolution that changes the size, under the checkpoint's extra level of naming.
#[derive(Module, Debug)]
pub(super) struct Resample {
    conv: Conv2d,
}

impl Resample {
    /// Halves: one column at the right and one row at the bottom are padded, then stride 2.
    fn down(channels: usize, device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new(channels, channels, 3)
                .with_stride(2)
                .init(device),
        }
    }

    fn forward_down(&self, x: Tensor<4>) -> Tensor<4> {
        let [b, c, height, width] = x.dims();
        let device = x.device();
        let x = Tensor::cat(vec![x, Tensor::zeros([b, c, height, 1], &device)], 3);
        let x = Tensor::cat(vec![x, Tensor::zeros([b, c, 1, width + 1], &device)], 2);
        self.conv.forward(x)
    }

    /// Doubles: every pixel becomes 2 x 2, then a convolution.
    fn up(channels: usize, device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new(channels, channels, 3)
                .with_padding(1)
                .init(device),
        }
    }

    fn forward_up(&self, x: Tensor<4>) -> Tensor<4> {
        let [b, c, height, width] = x.dims();
        let x = x
            .reshape([b, c, height, 1, width, 1])
            .expand([b, c, height, 2, width, 2])
            .reshape([b, c, height * 2, width * 2]);
        self.conv.forward(x)
    }
}

/// One encoder level.
#[derive(Module, Debug)]
pub(super) struct DownLevel {
    block: Vec<ResBlock>,
    downsample: Option<Resample>,
}

/// One decoder level.
#[derive(Module, Debug)]
pub(super) struct UpLevel {
    block: Vec<ResBlock>,
    upsample: Option<Resample>,
}

/// Mean and log-variance of the latent, before scale and shift; both `[b, z, height, width]`.
#[derive(Debug, Clone)]
pub struct Posterior {
    /// Mean.
    pub mean: Tensor<4>,
    /// Logarithm of the variance.
    pub logvar: Tensor<4>,
}

/// Image to posterior.
#[derive(Module, Debug)]
pub struct Encoder {
    conv_in: Conv2d,
    down: Vec<DownLevel>,
    mid: MidBlock,
    norm_out: GroupNorm,
    conv_out: Conv2d,
    unshuffle: usize,
}

impl Encoder {
    fn new(config: &AutoencoderConfig, device: &Device) -> Self {
        let (groups, widths) = (config.norm_groups, config.widths());
        let c_input = config.in_channels * config.pixel_unshuffle.pow(2);
        let mut previous = config.ch;
        let levels = widths.len();
        let down = widths
            .iter()
            .enumerate()
            .map(|(level, &width)| {
                let block = (0..config.num_res_blocks)
                    .map(|_| {
                        ResBlock::new(
                            std::mem::replace(&mut previous, width),
                            width,
                            groups,
                            device,
                        )
                    })
                    .collect();
                let downsample = (level + 1 < levels).then(|| Resample::down(width, device));
                DownLevel { block, downsample }
            })
            .collect();
        Self {
            conv_in: Conv2dConfig::new(c_input, config.ch, 3)
                .with_padding(1)
                .init(device),
            down,
            mid: MidBlock::new(previous, groups, device),
            norm_out: GroupNormConfig::new(previous)
                .with_groups(groups)
                .init(device),
            conv_out: Conv2dConfig::new(previous, 2 * config.z_channels, 3)
                .with_padding(1)
                .init(device),
            unshuffle: config.pixel_unshuffle,
        }
    }

    /// Encodes images; also returns the output of the middle section.
    ///
    /// # Shapes
    ///
    /// - image: `[b, 3, height, width]` in -1..=1
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn forward(
        &self,
        image: Tensor<4>,
        pace: &Pace<'_>,
    ) -> Result<(Posterior, Tensor<4>), Stopped> {
        let mut x = self.conv_in.forward(space_to_depth(image, self.unshuffle));
        for level in &self.down {
            for block in &level.block {
                x = block.forward(x);
                pace.tick().await?;
            }
            if let Some(downsample) = &level.downsample {
                x = downsample.forward_down(x);
            }
        }
        let mid = self.mid.forward(x, pace).await?;
        let out = self
            .conv_out
            .forward(silu(self.norm_out.forward(mid.clone())));
        let z = out.dims()[1] / 2;
        let posterior = Posterior {
            mean: out.clone().narrow(1, 0, z),
            logvar: out.narrow(1, z, z),
        };
        Ok((posterior, mid))
    }
}

/// Latent to image.
#[derive(Module, Debug)]
pub struct Decoder {
    conv_in: Conv2d,
    mid: MidBlock,
    up: Vec<UpLevel>,
    norm_out: GroupNorm,
    conv_out: Conv2d,
    unshuffle: usize,
}

impl Decoder {
    fn new(config: &AutoencoderConfig, device: &Device) -> Self {
        let (groups, widths) = (config.norm_groups, config.widths());
        let top = widths[widths.len() - 1];
        let mut previous = top;
        let mut up: Vec<UpLevel> = widths
            .iter()
            .enumerate()
            .rev()
            .map(|(level, &width)| {
                let block = (0..=config.num_res_blocks)
                    .map(|_| {
                        ResBlock::new(
                            std::mem::replace(&mut previous, width),
                            width,
                            groups,
                            device,
                        )
                    })
                    .collect();
                let upsample = (level > 0).then(|| Resample::up(width, device));
                UpLevel { block, upsample }
            })
            .collect();
        up.reverse();
        let c_output = config.out_ch * config.pixel_unshuffle.pow(2);
        Self {
            conv_in: Conv2dConfig::new(config.z_channels, top, 3)
                .with_padding(1)
                .init(device),
            mid: MidBlock::new(top, groups, device),
            up,
            norm_out: GroupNormConfig::new(previous)
                .with_groups(groups)
                .init(device),
            conv_out: Conv2dConfig::new(previous, c_output, 3)
                .with_padding(1)
                .init(device),
            unshuffle: config.pixel_unshuffle,
        }
    }

    /// Decodes latents (scale and shift already undone); also returns the output of the middle
    /// section.
    ///
    /// # Shapes
    ///
    /// - z: `[b, z, rows, columns]`
    /// - output: `[b, 3, height, width]`, about -1..=1, not clamped
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn forward(
        &self,
        z: Tensor<4>,
        pace: &Pace<'_>,
    ) -> Result<(Tensor<4>, Tensor<4>), Stopped> {
        let mid = self.mid.forward(self.conv_in.forward(z), pace).await?;
        let mut x = mid.clone();
        for level in self.up.iter().rev() {
            for block in &level.block {
                x = block.forward(x);
                pace.tick().await?;
            }
            if let Some(upsample) = &level.upsample {
                x = upsample.forward_up(x);
                pace.tick().await?;
            }
        }
        let image = self.conv_out.forward(silu(self.norm_out.forward(x)));
        Ok((depth_to_space(image, self.unshuffle), mid))
    }
}

/// Encoder, decoder and the scale between them.
#[derive(Module, Debug)]
pub struct Autoencoder {
    /// Image to posterior.
    pub encoder: Encoder,
    /// Latent to image.
    pub decoder: Decoder,
    scale_factor: f64,
    shift_factor: f64,
}

impl Autoencoder {
    /// A fresh autoencoder.
    #[must_use]
    pub fn new(config: &AutoencoderConfig, device: &Device) -> Self {
        Self {
            encoder: Encoder::new(config, device),
            decoder: Decoder::new(config, device),
            scale_factor: config.scale_factor,
            shift_factor: config.shift_factor,
        }
    }

    /// Image to latent: `scale * (mean + exp(logvar / 2) * noise - shift)`; without noise the mean
    /// stands for the sample.
    ///
    /// # Shapes
    ///
    /// - image: `[b, 3, height, width]` in -1..=1
    /// - noise, output: `[b, z, height / downsample, width / downsample]`
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn encode(
        &self,
        image: Tensor<4>,
        noise: Option<Tensor<4>>,
        pace: &Pace<'_>,
    ) -> Result<Tensor<4>, Stopped> {
        let (posterior, _) = self.encoder.forward(image, pace).await?;
        Ok(self.latent(&posterior, noise))
    }

    /// The scaled latent of a posterior; see [`Self::encode`].
    #[must_use]
    pub fn latent(&self, posterior: &Posterior, noise: Option<Tensor<4>>) -> Tensor<4> {
        let sample = match noise {
            Some(noise) => posterior.mean.clone() + (posterior.logvar.clone() * 0.5).exp() * noise,
            None => posterior.mean.clone(),
        };
        (sample - self.shift_factor) * self.scale_factor
    }

    /// Latent to image, not clamped.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn decode(&self, latent: Tensor<4>, pace: &Pace<'_>) -> Result<Tensor<4>, Stopped> {
        let (image, _) = self.decoder.forward(self.unscale(latent), pace).await?;
        Ok(image)
    }

    /// Undoes scale and shift.
    #[must_use]
    pub fn unscale(&self, latent: Tensor<4>) -> Tensor<4> {
        latent / self.scale_factor + self.shift_factor
    }
}

/// Folds blocks of `factor * factor` pixels into channels: channel, then row, then column.
fn space_to_depth(x: Tensor<4>, factor: usize) -> Tensor<4> {
    if factor == 1 {
        return x;
    }
    let [b, c, height, width] = x.dims();
    x.reshape([b, c, height / factor, factor, width / factor, factor])
        .permute([0, 1, 3, 5, 2, 4])
        .reshape([b, c * factor * factor, height / factor, width / factor])
}

/// Undoes [`space_to_depth`].
fn depth_to_space(x: Tensor<4>, factor: usize) -> Tensor<4> {
    if factor == 1 {
        return x;
    }
    let [b, c, height, width] = x.dims();
    let channels = c / (factor * factor);
    x.reshape([b, channels, factor, factor, height, width])
        .permute([0, 1, 4, 2, 5, 3])
        .reshape([b, channels, height * factor, width * factor])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Int, TensorData};

    fn config(pixel_unshuffle: usize) -> AutoencoderConfig {
        AutoencoderConfig {
            in_channels: 3,
            out_ch: 3,
            ch: 8,
            ch_mult: vec![1, 2],
            num_res_blocks: 1,
            z_channels: 4,
            downsample: 2 * pixel_unshuffle,
            scale_factor: 0.5,
            shift_factor: 0.25,
            norm_groups: 4,
            pixel_unshuffle,
        }
    }

    #[test]
    fn folding_pixels_is_undone() {
        let ramp = Tensor::<1, Int>::arange(0..96, &Device::flex())
            .float()
            .reshape([1, 3, 4, 8]);
        let folded = space_to_depth(ramp.clone(), 2);
        assert_eq!(folded.dims(), [1, 12, 2, 4]);
        depth_to_space(folded, 2)
            .into_data()
            .assert_eq(&ramp.into_data(), true);
    }

    #[test]
    fn shapes_of_both_ways() {
        let device = Device::flex();
        for unshuffle in [1, 4] {
            let config = config(unshuffle);
            config.validate().expect("valid");
            let model = Autoencoder::new(&config, &device);
            let image = Tensor::<4>::zeros([2, 3, 32, 48], &device);
            let pace = Pace::free();
            let latent = pollster::block_on(model.encode(image, None, &pace)).expect("free");
            let d = config.downsample;
            assert_eq!(latent.dims(), [2, 4, 32 / d, 48 / d]);
            let image = pollster::block_on(model.decode(latent, &pace)).expect("free");
            assert_eq!(image.dims(), [2, 3, 32, 48]);
        }
    }

    #[test]
    fn down_sampling_pads_right_and_bottom_only() {
        let device = Device::flex();
        let mut level = Resample::down(1, &device);
        // A kernel that reads its last column and row sees only padding at the right and bottom.
        let mut kernel = [[0.0; 3]; 3];
        kernel[2][2] = 1.0;
        level.conv.weight = burn::module::Param::from_data([[kernel]], &device);
        let x = Tensor::<4>::ones([1, 1, 4, 4], &device);
        let y = level.forward_down(x).into_data();
        y.assert_eq(&TensorData::from([[[[1.0_f32, 0.0], [0.0, 0.0]]]]), true);
    }

    #[test]
    fn noise_moves_the_latent_by_the_deviation() {
        let device = Device::flex();
        let model = Autoencoder::new(&config(1), &device);
        let map = |value: f64| Tensor::<4>::full([1, 4, 1, 1], value, &device);
        let posterior = Posterior {
            mean: map(1.0),
            logvar: map(2.0 * 3.0_f64.ln()),
        };
        let value = |noise: Option<Tensor<4>>| -> f32 {
            model
                .latent(&posterior, noise)
                .into_data()
                .try_to_vec::<f32>()
                .expect("f32")[0]
        };
        assert_eq!(value(None), 0.375); // 0.5 * (1 - 0.25)
        assert!((value(Some(map(2.0))) - 3.375).abs() < 1e-5); // 0.5 * (1 + 3 * 2 - 0.25)
    }
}
