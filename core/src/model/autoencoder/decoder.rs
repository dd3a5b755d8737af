//! Latent to image.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use super::{
    blocks::{MidBlock, ResBlock, Resample, depth_to_space},
    upscale::{Upscale, inverse_haar},
};
use crate::nn::{Conv2d, Conv2dConfig, GroupNorm, GroupNormConfig};
use unimed_package::{
    config::AutoencoderConfig,
    host::{Stopped, Yielder},
};

/// One decoder level.
#[derive(Module, Debug)]
pub(super) struct UpLevel {
    block: Vec<ResBlock>,
    upsample: Option<Resample>,
}

/// Latent to image.
#[derive(Module, Debug)]
pub struct Decoder {
    conv_in: Conv2d,
    mid: MidBlock,
    up: Vec<UpLevel>,
    norm_out: GroupNorm,
    conv_out: Conv2d,
    /// Where the image is to become larger than the one that was encoded.
    pub upscale: Option<Upscale>,
    unshuffle: usize,
}

/// What the decoder has before its upscale level.
#[derive(Debug, Clone)]
pub struct Plain {
    /// The decoded image, of the size of the one that was encoded.
    pub image: Tensor<4>,
    /// The features that it was made of.
    pub features: Tensor<4>,
    /// The output of the middle section.
    pub mid: Tensor<4>,
}

impl Decoder {
    pub(super) fn new(config: &AutoencoderConfig, device: &Device) -> Self {
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
            upscale: Upscale::new(config, device),
            unshuffle: config.pixel_unshuffle,
        }
    }

    /// Decodes latents (scale and shift already undone); also returns the output of the middle
    /// section.
    ///
    /// # Shapes
    ///
    /// - z: `[b, z, rows, columns]`
    /// - output: `[b, 3, height, width]`, about -1..=1, not clamped; with an upscale level twice that height and width
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn forward(
        &self,
        z: Tensor<4>,
        yielder: &Yielder<'_>,
    ) -> Result<(Tensor<4>, Tensor<4>), Stopped> {
        let plain = self.plain(z, yielder).await?;
        let mid = plain.mid.clone();
        let Some(level) = &self.upscale else {
            return Ok((plain.image, mid));
        };
        let noise = level.noise(&plain.image);
        let means = plain.image.clone();
        let details = self.details(plain, noise, yielder).await?;
        Ok((inverse_haar(means, details), mid))
    }

    /// [`Self::forward`] without the upscale level.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn plain(&self, z: Tensor<4>, yielder: &Yielder<'_>) -> Result<Plain, Stopped> {
        let mid = self.mid.forward(self.conv_in.forward(z), yielder).await?;
        let mut x = mid.clone();
        for level in self.up.iter().rev() {
            for block in &level.block {
                x = block.forward(x);
                yielder.tick().await?;
            }
            if let Some(upsample) = &level.upsample {
                x = upsample.forward_up(x);
                yielder.tick().await?;
            }
        }
        let image = self.conv_out.forward(self.norm_out.forward_silu(x.clone()));
        Ok(Plain {
            image: depth_to_space(image, self.unshuffle),
            features: x,
            mid,
        })
    }

    /// What the upscale level adds to a decoded image, as the details of [`inverse_haar`].
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    ///
    /// # Panics
    ///
    /// Where the configuration has no such level.
    pub async fn details(
        &self,
        plain: Plain,
        noise: Tensor<4>,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<4>, Stopped> {
        let level = self.upscale.as_ref();
        let level = level.expect("invariant: asked of decoders with an upscale level only");
        level
            .forward(plain.features, plain.image, noise, yielder)
            .await
    }
}
