//! Image to posterior.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use super::blocks::{MidBlock, ResBlock, Resample, space_to_depth};
use crate::nn::{Conv2d, Conv2dConfig, GroupNorm, GroupNormConfig};
use unimed_package::{
    config::AutoencoderConfig,
    host::{Stopped, Yielder},
};

/// One encoder level.
#[derive(Module, Debug)]
pub(super) struct DownLevel {
    block: Vec<ResBlock>,
    downsample: Option<Resample>,
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
    pub(super) fn new(config: &AutoencoderConfig, device: &Device) -> Self {
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
        yielder: &Yielder<'_>,
    ) -> Result<(Posterior, Tensor<4>), Stopped> {
        let mut x = self.conv_in.forward(space_to_depth(image, self.unshuffle));
        for level in &self.down {
            for block in &level.block {
                x = block.forward(x);
                yielder.tick().await?;
            }
            if let Some(downsample) = &level.downsample {
                x = downsample.forward_down(x);
            }
        }
        let mid = self.mid.forward(x, yielder).await?;
        let out = self
            .conv_out
            .forward(self.norm_out.forward_silu(mid.clone()));
        let z = out.dims()[1] / 2;
        let posterior = Posterior {
            mean: out.clone().narrow(1, 0, z),
            logvar: out.narrow(1, z, z),
        };
        Ok((posterior, mid))
    }
}
