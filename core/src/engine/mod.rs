//! The one type that callers use: load a model, ask it, let it paint.

mod ask;
mod error;
mod load;
mod options;
mod paint;
mod plan;
mod prompt_cache;
mod reconstruct;

pub use error::EngineError;
pub use load::{GenerationParts, LoadProgress, PartsToRead};
pub use options::{
    Answer, AskOptions, Counterfactual, Defaults, Explain, ImageAttention, LatentNoise, ModelInfo,
    PaintOptions, Painted, Part, StepEvent, SuperResolution, TokenEvent,
};
pub use reconstruct::Reconstruction;

use burn::tensor::{Tensor, TensorData};
use unimed_imaging::RgbImage;

use self::prompt_cache::PromptCache;
use crate::{
    context::ConditionImage, error::RunError, model::Model, paint::normal_noise,
    transforms::to_tensor,
};
use unimed_package::host::Yielder;
use unimed_tokenizer::Tokenizer;

pub use crate::compute::Compute;
pub use crate::device::{ComputeDevice, DeviceError, cpu_threads, open_device};

/// One model on one device.
#[derive(Debug)]
pub struct Engine {
    model: Model,
    tokenizer: Tokenizer,
    info: ModelInfo,
    prompts: PromptCache,
}

impl Engine {
    /// An engine from parts that are already in memory.
    #[must_use]
    pub fn from_parts(model: Model, tokenizer: Tokenizer, info: ModelInfo) -> Self {
        Self {
            model,
            tokenizer,
            info,
            prompts: PromptCache::default(),
        }
    }

    /// What the model is and which settings its makers chose.
    #[must_use]
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Forgets what earlier questions were about and gives their memory back; the next one reads its image again.
    pub fn forget(&self) {
        self.prompts.clear();
    }

    /// The model itself, for evaluation.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Token ids of text that a person typed: control strings stay text.
    fn ids(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        Ok(self.tokenizer.encode_literal(text)?)
    }

    /// An image as it reaches the vision tower, resized straight from the given one.
    fn vision_picture(&self, image: &RgbImage) -> Result<RgbImage, EngineError> {
        Ok(self.model.config.vit_transform.rule().apply(image)?)
    }

    /// [`Self::vision_picture`] as pixels on the device.
    fn picture_pixels(&self, picture: &RgbImage) -> Tensor<4> {
        let config = &self.model.config;
        to_tensor(
            picture,
            config.image_mean,
            config.image_std,
            &self.model.device(),
        )
    }

    /// Pixels for the vision tower.
    fn vision_pixels(&self, image: &RgbImage) -> Result<Tensor<4>, EngineError> {
        Ok(self.picture_pixels(&self.vision_picture(image)?))
    }

    /// An image as a condition of painting: resized for the autoencoder, and that picture resized
    /// again for the vision tower, as the official generator does.
    async fn as_condition(
        &self,
        image: &RgbImage,
        noise: LatentNoise,
        yielder: &Yielder<'_>,
    ) -> Result<ConditionImage, EngineError> {
        let config = &self.model.config;
        let device = self.model.device();
        let picture = config.vae_transform.rule().apply(image)?;
        let pixels = to_tensor(&picture, config.image_mean, config.image_std, &device);
        let cell = config.autoencoder.downsample;
        let shape = [
            1,
            config.autoencoder.z_channels,
            picture.height / cell,
            picture.width / cell,
        ];
        let noise = match noise {
            LatentNoise::Mean => None,
            LatentNoise::Seeded(seed) => {
                let values = normal_noise(seed, shape.iter().product());
                Some(Tensor::from_data(TensorData::new(values, shape), &device))
            }
        };
        let latent = self
            .model
            .autoencoder
            .encode(pixels, noise, yielder)
            .await
            .map_err(RunError::from)?;
        let pixels = Some(self.vision_pixels(&picture)?);
        Ok(ConditionImage {
            latent: Some(latent),
            pixels,
        })
    }
}
