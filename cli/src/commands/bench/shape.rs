//! Models of known shapes with weights from a seed: what is counted depends on shapes alone.

use clap::ValueEnum;
use serde_json::Value;
use unimed_core::engine::{Defaults, ModelInfo};
use unimed_imaging::RgbImage;
use unimed_package::{
    Manifest,
    config::ModelConfig,
    seeded::{Random, Seeded},
};
use unimed_tokenizer::Tokenizer;

use crate::commands::CommandError;

const MANIFEST: &[u8] = include_bytes!("../../../../public/model/manifest.json");
const TOKENIZER: &[u8] = include_bytes!("../../../../public/model/tokenizer.json");
const FULL: [&str; 3] = [
    include_str!("../../../../package/tests/data/full/config.json"),
    include_str!("../../../../package/tests/data/full/llm_config.json"),
    include_str!("../../../../package/tests/data/full/vit_config.json"),
];

/// Which model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    /// The model that ships with the page.
    Default,
    /// The published model: 28 layers of 3584, two experts.
    #[value(name = "14b")]
    Full,
}

/// A model whose weights are made when they are asked for.
pub(super) struct Shaped {
    pub(super) config: ModelConfig,
    pub(super) weights: Seeded,
    pub(super) tokenizer: Tokenizer,
    pub(super) info: ModelInfo,
}

impl Shape {
    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Full => "14b",
        }
    }

    /// The model with at most so many layers of decoder and tower, for images of `side` pixels.
    pub(super) fn model(
        self,
        layers: Option<usize>,
        side: Option<usize>,
    ) -> Result<Shaped, CommandError> {
        let mut files: [Value; 3] = match self {
            Self::Default => {
                let manifest = Manifest::parse(MANIFEST)?;
                [manifest.config, manifest.llm_config, manifest.vit_config]
            }
            Self::Full => {
                let [config, llm, vit] = FULL.map(serde_json::from_str);
                [config?, llm?, vit?]
            }
        };
        if let Some(layers) = layers {
            for file in &mut files[1..] {
                let all = file["num_hidden_layers"].as_u64().unwrap_or(0);
                file["num_hidden_layers"] = all.min(layers as u64).into();
            }
        }
        let tokenizer = Tokenizer::from_json(TOKENIZER)?;
        let special = tokenizer.special();
        files[0]["special_token_ids"] = serde_json::to_value(special)?;
        let [config, llm, vit] = files.map(|file| file.to_string());
        let mut config = ModelConfig::from_json(&config, &llm, &vit)?;
        if let Some(side) = side {
            for transform in [&mut config.vae_transform, &mut config.vit_transform] {
                transform.min_image_size = transform.min_image_size.min(side);
            }
        }
        let weights = Seeded::new(&config, config.vision.num_hidden_layers);
        let info = ModelInfo {
            name: "seeded".into(),
            licence: String::new(),
            parameters: 0,
            bytes: 0,
            max_read_side: config.vit_transform.max_image_size,
            paint_sides: (config.painted_token_pixels(), config.max_paint_side()),
            paint_multiple: config.painted_token_pixels(),
            defaults: Defaults::default(),
        };
        Ok(Shaped {
            config,
            weights,
            tokenizer,
            info,
        })
    }
}

/// An image of noise from a seed that is its side.
pub(super) fn noise(side: usize) -> RgbImage {
    let mut image = RgbImage::filled(side, side, [0; 3]);
    let mut random = Random(side as u64);
    for value in &mut image.pixels {
        *value = (random.float().abs() * 255.0) as u8;
    }
    image
}
