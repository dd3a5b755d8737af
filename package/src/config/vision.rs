//! `vit_config.json`: the vision tower.

use serde::{Deserialize, Serialize};

use super::{
    ConfigError, MAX_LAYERS, MAX_SIDE, MAX_WIDTH, require, require_countable, require_within,
};

const FILE: &str = "vit_config.json";

/// How many vision layers run.
///
/// The official scripts subtract one from the number in the file, which says one more than the
/// checkpoint holds in the parent family but perhaps not in this one: hence the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VisionDepth {
    /// As many as the weight file holds.
    #[default]
    Auto,
    /// Exactly this many.
    Layers(usize),
}

/// Hyper-parameters of the vision tower; field names as in the official file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisionConfig {
    /// Width.
    pub hidden_size: usize,
    /// Layers as the file says; see [`VisionDepth`].
    pub num_hidden_layers: usize,
    /// Heads.
    pub num_attention_heads: usize,
    /// Width inside the feed-forward layers.
    pub intermediate_size: usize,
    /// Channels of the image.
    #[serde(default = "three")]
    pub num_channels: usize,
    /// Largest side of an image in pixels.
    pub image_size: usize,
    /// Side of a patch in pixels.
    pub patch_size: usize,
    /// Activation; only the tanh form of GELU.
    pub hidden_act: String,
    /// Added to variances.
    #[serde(default = "one_millionth")]
    pub layer_norm_eps: f64,
}

fn three() -> usize {
    3
}

fn one_millionth() -> f64 {
    1e-6
}

impl VisionConfig {
    /// Positions along one side of the learned table.
    #[must_use]
    pub fn side(&self) -> usize {
        self.image_size / self.patch_size
    }

    /// Values of one flattened patch.
    #[must_use]
    pub fn patch_dim(&self) -> usize {
        self.patch_size * self.patch_size * self.num_channels
    }

    /// Checks that the engine can run such a tower.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] names the field.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        require(heads > 0, FILE, "num_attention_heads", heads, "at least 1")?;
        require(
            hidden > 0 && hidden.is_multiple_of(heads),
            FILE,
            "hidden_size",
            hidden,
            format!("a multiple of {heads} heads"),
        )?;
        let channels = self.num_channels;
        require(channels == 3, FILE, "num_channels", channels, "3")?;
        let patch = self.patch_size;
        require(patch > 0, FILE, "patch_size", patch, "at least 1")?;
        require(
            self.image_size >= patch,
            FILE,
            "image_size",
            self.image_size,
            format!("at least one patch of {patch}"),
        )?;
        require_within(
            FILE,
            MAX_LAYERS,
            &[("num_hidden_layers", self.num_hidden_layers)],
        )?;
        require_within(
            FILE,
            MAX_WIDTH,
            &[
                ("hidden_size", hidden),
                ("intermediate_size", self.intermediate_size),
            ],
        )?;
        require_within(FILE, MAX_SIDE, &[("image_size", self.image_size)])?;
        require_within(FILE, 256, &[("patch_size", patch)])?;
        require_countable(FILE, "intermediate_size", self.intermediate_size, hidden)?;
        let act = &self.hidden_act;
        require(
            act == "gelu_pytorch_tanh",
            FILE,
            "hidden_act",
            act,
            "gelu_pytorch_tanh",
        )?;
        require(
            self.layer_norm_eps > 0.0,
            FILE,
            "layer_norm_eps",
            self.layer_norm_eps,
            "> 0",
        )
    }
}
