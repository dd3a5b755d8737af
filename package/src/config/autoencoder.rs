//! `config.json`, part `vae_config`: the autoencoder.

use serde::{Deserialize, Serialize};

use super::{ConfigError, MAX_LAYERS, require, require_within};

/// Details that one level of the Haar transform has beside the mean of a block of pixels.
pub const HAAR_DETAILS: usize = 3;

const FILE: &str = "config.json (vae_config)";

/// Hyper-parameters of the autoencoder; field names as in the official file.
///
/// What a file leaves out has the value of the FLUX.1 autoencoder, which the official code does not
/// read from a file either (docs/reference/model.md 1.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutoencoderConfig {
    /// Channels of the image.
    #[serde(default = "three")]
    pub in_channels: usize,
    /// Channels of the decoded image.
    #[serde(default = "three")]
    pub out_ch: usize,
    /// Base width.
    #[serde(default = "width")]
    pub ch: usize,
    /// Width of each level as a multiple of `ch`; every level but the last halves the size.
    #[serde(default = "mults")]
    pub ch_mult: Vec<usize>,
    /// Residual blocks of an encoder level; a decoder level has one more.
    #[serde(default = "two")]
    pub num_res_blocks: usize,
    /// Channels of the latent.
    #[serde(default = "sixteen")]
    pub z_channels: usize,
    /// Image pixels per latent pixel, along one side.
    #[serde(default = "eight")]
    pub downsample: usize,
    /// Latent = `scale_factor * (sample - shift_factor)`.
    #[serde(default = "scale")]
    pub scale_factor: f64,
    /// See `scale_factor`.
    #[serde(default = "shift")]
    pub shift_factor: f64,
    /// Groups of the group norms. Official: 32.
    #[serde(default = "thirty_two")]
    pub norm_groups: usize,
    /// Side of the pixel blocks that are folded into channels before the first convolution.
    /// Official: 1 (nothing is folded).
    #[serde(default = "one")]
    pub pixel_unshuffle: usize,
    /// Pixels of the decoded image for one of the image that was encoded, along one side: 1, or 2 with the decoder's
    /// upscale level (docs/reference/model.md 1.4). Official: 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub upscale_factor: usize,
}

fn two() -> usize {
    2
}

fn three() -> usize {
    3
}

fn eight() -> usize {
    8
}

fn sixteen() -> usize {
    16
}

fn thirty_two() -> usize {
    32
}

fn width() -> usize {
    128
}

fn mults() -> Vec<usize> {
    vec![1, 2, 4, 4]
}

fn scale() -> f64 {
    0.3611
}

fn shift() -> f64 {
    0.1159
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_one(value: &usize) -> bool {
    *value == 1
}

fn one() -> usize {
    1
}

impl AutoencoderConfig {
    /// Width of each level, finest first.
    #[must_use]
    pub fn widths(&self) -> Vec<usize> {
        self.ch_mult.iter().map(|mult| self.ch * mult).collect()
    }

    /// Side of the blocks of pixels that the decoder's upscale level folds into channels: it computes at twice the
    /// resolution of the finest level. `None` where there is no such level.
    #[must_use]
    pub fn upscale_fold(&self) -> Option<usize> {
        (self.upscale_factor > 1).then_some(self.pixel_unshuffle / 2)
    }

    /// Checks that the engine can run such an autoencoder.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] names the field.
    pub fn validate(&self) -> Result<(), ConfigError> {
        require(
            self.in_channels == 3,
            FILE,
            "in_channels",
            self.in_channels,
            "3",
        )?;
        require(self.out_ch == 3, FILE, "out_ch", self.out_ch, "3")?;
        let levels = self.ch_mult.len();
        require(
            (1..=8).contains(&levels),
            FILE,
            "ch_mult",
            levels,
            "1 to 8 levels",
        )?;
        require_within(FILE, 4096, &[("z_channels", self.z_channels)])?;
        require_within(FILE, 64, &[("pixel_unshuffle", self.pixel_unshuffle)])?;
        require_within(FILE, MAX_LAYERS, &[("num_res_blocks", self.num_res_blocks)])?;
        let widest = self
            .ch_mult
            .iter()
            .map(|&mult| self.ch.saturating_mul(mult));
        for width in widest {
            require_within(FILE, 1 << 13, &[("ch", width)])?;
        }
        let downsample = self.pixel_unshuffle << (levels - 1);
        require(
            self.downsample == downsample,
            FILE,
            "downsample",
            self.downsample,
            format!("{downsample} for {levels} levels"),
        )?;
        let groups = self.norm_groups;
        require(groups > 0, FILE, "norm_groups", groups, "at least 1")?;
        for width in self.widths().into_iter().chain([self.ch]) {
            require(
                width > 0 && width.is_multiple_of(groups),
                FILE,
                "ch_mult",
                format!("a level of width {width}"),
                format!("multiples of {groups} groups"),
            )?;
        }
        let upscale = self.upscale_factor;
        require(
            upscale == 1 || (upscale == 2 && self.pixel_unshuffle.is_multiple_of(2)),
            FILE,
            "upscale_factor",
            upscale,
            "1, or 2 where pixel_unshuffle is even",
        )?;
        let scale = self.scale_factor;
        require(
            scale.is_finite() && scale > 0.0,
            FILE,
            "scale_factor",
            scale,
            "more than 0",
        )
    }
}
