//! What both halves are made of: residual blocks, attention, changes of size.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::nn::{Conv2d, Conv2dConfig, GroupNorm, GroupNormConfig, attention};
use unimed_package::host::{Stopped, Yielder};

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
    pub(super) fn new(c_input: usize, c_output: usize, groups: usize, device: &Device) -> Self {
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

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.conv1.forward(self.norm1.forward_silu(x.clone()));
        let h = self.norm2.forward_silu(h);
        let x = match &self.nin_shortcut {
            Some(shortcut) => shortcut.forward(x),
            None => x,
        };
        self.conv2.forward_add(h, x)
    }
}

#[cfg(test)]
impl ResBlock {
    /// Both, in their order.
    pub(super) fn convolutions(&self) -> [&Conv2d; 2] {
        [&self.conv1, &self.conv2]
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
    pub(super) fn new(channels: usize, groups: usize, device: &Device) -> Self {
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

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [b, c, height, width] = x.dims();
        let normal = self.norm.forward(x.clone());
        // [b, 1, height * width, c]: positions are tokens, channels the one head.
        let tokens = |conv: &Conv2d| {
            conv.forward(normal.clone())
                .reshape([b, 1, c, height * width])
                .swap_dims(2, 3)
        };
        let y = attention(tokens(&self.q), tokens(&self.k), tokens(&self.v), None);
        self.proj_out
            .forward_add(y.swap_dims(2, 3).reshape([b, c, height, width]), x)
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
    pub(super) fn new(channels: usize, groups: usize, device: &Device) -> Self {
        Self {
            block_1: ResBlock::new(channels, channels, groups, device),
            attn_1: AttnBlock::new(channels, groups, device),
            block_2: ResBlock::new(channels, channels, groups, device),
        }
    }

    pub(super) async fn forward(
        &self,
        x: Tensor<4>,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<4>, Stopped> {
        let x = self.block_1.forward(x);
        yielder.tick().await?;
        let x = self.attn_1.forward(x);
        yielder.tick().await?;
        let x = self.block_2.forward(x);
        yielder.tick().await?;
        Ok(x)
    }
}

/// A convolution that changes the size, under the checkpoint's extra level of naming.
#[derive(Module, Debug)]
pub(super) struct Resample {
    pub(super) conv: Conv2d,
}

impl Resample {
    /// Halves: one column at the right and one row at the bottom are padded, then stride 2.
    pub(super) fn down(channels: usize, device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new(channels, channels, 3)
                .with_stride(2)
                .init(device),
        }
    }

    pub(super) fn forward_down(&self, x: Tensor<4>) -> Tensor<4> {
        self.conv.forward_extended(x)
    }

    /// Doubles: every pixel becomes 2 x 2, then a convolution.
    pub(super) fn up(channels: usize, device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new(channels, channels, 3)
                .with_padding(1)
                .init(device),
        }
    }

    pub(super) fn forward_up(&self, x: Tensor<4>) -> Tensor<4> {
        self.conv.forward_doubled(x)
    }
}

/// Folds blocks of `factor * factor` pixels into channels: channel, then row, then column.
pub(super) fn space_to_depth(x: Tensor<4>, factor: usize) -> Tensor<4> {
    if factor == 1 {
        return x;
    }
    let [b, c, height, width] = x.dims();
    x.reshape([b, c, height / factor, factor, width / factor, factor])
        .permute([0, 1, 3, 5, 2, 4])
        .reshape([b, c * factor * factor, height / factor, width / factor])
}

/// Undoes [`space_to_depth`].
pub(super) fn depth_to_space(x: Tensor<4>, factor: usize) -> Tensor<4> {
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
}
