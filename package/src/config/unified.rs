//! `config.json` together with the other two files: the whole model.

use serde::{Deserialize, Serialize};
use unimed_imaging::ResizeRule;

use super::SpecialTokens;
use super::{
    AutoencoderConfig, ConfigError, DecoderConfig, MAX_SIDE, VisionConfig, require, require_within,
};

const FILE: &str = "config.json";

/// Limits of an image transform; field names as in the fixtures and packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformConfig {
    /// Longest side in pixels.
    pub max_image_size: usize,
    /// Shortest side in pixels.
    pub min_image_size: usize,
    /// Sides are multiples of this.
    pub image_stride: usize,
    /// Area beyond which both sides shrink.
    pub max_pixels: usize,
}

impl TransformConfig {
    /// The rule that computes target sizes.
    #[must_use]
    pub fn rule(&self) -> ResizeRule {
        ResizeRule {
            max: self.max_image_size,
            min: self.min_image_size,
            stride: self.image_stride,
            max_pixels: self.max_pixels,
        }
    }
}

/// `config.json` as it stands in a model folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct UnifiedFile {
    vae_config: AutoencoderConfig,
    latent_patch_size: usize,
    max_latent_size: usize,
    vit_max_num_patch_per_side: usize,
    #[serde(default = "gelu")]
    connector_act: String,
    #[serde(default)]
    interpolate_pos: bool,
    #[serde(default)]
    special_token_ids: Option<SpecialTokens>,
    #[serde(default)]
    vae_transform: Option<TransformConfig>,
    #[serde(default)]
    vit_transform: Option<TransformConfig>,
    #[serde(default = "half")]
    image_mean: [f32; 3],
    #[serde(default = "half")]
    image_std: [f32; 3],
}

fn gelu() -> String {
    "gelu_pytorch_tanh".into()
}

fn half() -> [f32; 3] {
    [0.5; 3]
}

/// The transforms of the official generator; used where `config.json` names none.
const VAE_TRANSFORM: TransformConfig = TransformConfig {
    max_image_size: 1024,
    min_image_size: 32,
    image_stride: 16,
    max_pixels: 1_806_336,
};
/// 387 is what the official generator says (the question script says 378).
const VIT_TRANSFORM: TransformConfig = TransformConfig {
    max_image_size: 980,
    min_image_size: 387,
    image_stride: 14,
    max_pixels: 1_806_336,
};

/// Everything that determines the shapes of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The two-expert decoder.
    pub decoder: DecoderConfig,
    /// The vision tower.
    pub vision: VisionConfig,
    /// The autoencoder.
    pub autoencoder: AutoencoderConfig,
    /// Side of a latent token in latent pixels.
    pub latent_patch_size: usize,
    /// Side of the latent position table in tokens.
    pub max_latent_size: usize,
    /// Side of the vision position tables in patches.
    pub vit_max_num_patch_per_side: usize,
    /// Control tokens where the configuration names them; else the tokenizer does.
    pub special_token_ids: Option<SpecialTokens>,
    /// Sizes of images for the autoencoder.
    pub vae_transform: TransformConfig,
    /// Sizes of images for the vision tower.
    pub vit_transform: TransformConfig,
    /// Mean per channel that is subtracted from values in 0..=1.
    pub image_mean: [f32; 3],
    /// Divisor per channel.
    pub image_std: [f32; 3],
}

impl ModelConfig {
    /// Reads the three official files.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the file and the field.
    pub fn from_json(config: &str, llm: &str, vit: &str) -> Result<Self, ConfigError> {
        let file: UnifiedFile = parse(FILE, config)?;
        let act = &file.connector_act;
        require(
            act == "gelu_pytorch_tanh",
            FILE,
            "connector_act",
            act,
            "gelu_pytorch_tanh",
        )?;
        require(!file.interpolate_pos, FILE, "interpolate_pos", true, false)?;
        let model = Self {
            decoder: parse("llm_config.json", llm)?,
            vision: parse("vit_config.json", vit)?,
            autoencoder: file.vae_config,
            latent_patch_size: file.latent_patch_size,
            max_latent_size: file.max_latent_size,
            vit_max_num_patch_per_side: file.vit_max_num_patch_per_side,
            special_token_ids: file.special_token_ids,
            vae_transform: file.vae_transform.unwrap_or(VAE_TRANSFORM),
            vit_transform: file.vit_transform.unwrap_or(VIT_TRANSFORM),
            image_mean: file.image_mean,
            image_std: file.image_std,
        };
        model.validate()?;
        Ok(model)
    }

    /// The three files again, for a package: `config.json`, `llm_config.json`, `vit_config.json`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Json`] when a value has no JSON form (an infinite number).
    pub fn to_json(&self) -> Result<[serde_json::Value; 3], ConfigError> {
        let file = UnifiedFile {
            vae_config: self.autoencoder.clone(),
            latent_patch_size: self.latent_patch_size,
            max_latent_size: self.max_latent_size,
            vit_max_num_patch_per_side: self.vit_max_num_patch_per_side,
            connector_act: gelu(),
            interpolate_pos: false,
            special_token_ids: self.special_token_ids,
            vae_transform: Some(self.vae_transform),
            vit_transform: Some(self.vit_transform),
            image_mean: self.image_mean,
            image_std: self.image_std,
        };
        let value = |name: &str, value: Result<serde_json::Value, serde_json::Error>| {
            value.map_err(|error| ConfigError::Json {
                file: name.into(),
                why: error.to_string(),
            })
        };
        Ok([
            value(FILE, serde_json::to_value(&file))?,
            value("llm_config.json", serde_json::to_value(&self.decoder))?,
            value("vit_config.json", serde_json::to_value(&self.vision))?,
        ])
    }

    /// Checks every part and how the parts fit.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] names the field.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.decoder.validate()?;
        self.vision.validate()?;
        self.autoencoder.validate()?;
        require_within(FILE, 64, &[("latent_patch_size", self.latent_patch_size)])?;
        require_within(FILE, 4096, &[("max_latent_size", self.max_latent_size)])?;
        for transform in [&self.vae_transform, &self.vit_transform] {
            require_within(
                FILE,
                MAX_SIDE,
                &[
                    ("max_image_size", transform.max_image_size),
                    ("min_image_size", transform.min_image_size),
                ],
            )?;
        }
        let side = self.vit_max_num_patch_per_side;
        require(
            side > 0 && side <= self.vision.side(),
            FILE,
            "vit_max_num_patch_per_side",
            side,
            format!(
                "1 to {} as vit_config.json's image_size allows",
                self.vision.side()
            ),
        )?;
        let strides = [
            (
                "vae_transform.image_stride",
                self.vae_transform.image_stride,
                self.token_pixels(),
            ),
            (
                "vit_transform.image_stride",
                self.vit_transform.image_stride,
                self.vision.patch_size,
            ),
        ];
        for (field, stride, unit) in strides {
            require(
                stride > 0 && stride.is_multiple_of(unit),
                FILE,
                field,
                stride,
                format!("a multiple of {unit} pixels"),
            )?;
        }
        Ok(())
    }

    /// Side of a latent token in image pixels.
    #[must_use]
    pub fn token_pixels(&self) -> usize {
        self.autoencoder.downsample * self.latent_patch_size
    }

    /// Values of one latent token.
    #[must_use]
    pub fn latent_dim(&self) -> usize {
        self.latent_patch_size * self.latent_patch_size * self.autoencoder.z_channels
    }

    /// Side of a latent token in pixels of an image that is painted.
    #[must_use]
    pub fn painted_token_pixels(&self) -> usize {
        self.token_pixels() * self.autoencoder.upscale_factor
    }

    /// Largest side in pixels of an image that can be painted.
    #[must_use]
    pub fn max_paint_side(&self) -> usize {
        self.max_latent_size * self.painted_token_pixels()
    }
}

fn parse<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T, ConfigError> {
    serde_json::from_str(text).map_err(|error| ConfigError::Json {
        file: file.into(),
        why: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = include_str!("../../../tests/golden/alpha/config.json");
    const LLM: &str = include_str!("../../../tests/golden/alpha/llm_config.json");
    const VIT: &str = include_str!("../../../tests/golden/alpha/vit_config.json");

    #[test]
    fn golden_files_parse_and_return() {
        let model = ModelConfig::from_json(CONFIG, LLM, VIT).expect("golden config");
        assert_eq!(model.decoder.head_dim(), 16);
        assert_eq!(model.token_pixels(), 16);
        assert_eq!(model.latent_dim(), 64);
        let [config, llm, vit] = model
            .to_json()
            .expect("json")
            .map(|value| value.to_string());
        assert_eq!(
            ModelConfig::from_json(&config, &llm, &vit).expect("again"),
            model
        );
    }

    #[test]
    fn unknown_values_are_named() {
        let llm = LLM.replace("\"silu\"", "\"relu\"");
        let error = ModelConfig::from_json(CONFIG, &llm, VIT).expect_err("relu");
        assert!(
            error
                .to_string()
                .contains("hidden_act is relu, expected silu"),
            "{error}"
        );
        let config = CONFIG.replace("\"interpolate_pos\": false", "\"interpolate_pos\": true");
        assert!(ModelConfig::from_json(&config, LLM, VIT).is_err());
        let error = ModelConfig::from_json("{", LLM, VIT).expect_err("truncated");
        assert!(
            error
                .to_string()
                .starts_with("config.json is not a valid configuration")
        );
    }
}
