//! Answer, then reconstruct: the official second way of inference.

use unimed_imaging::{RgbImage, area_down};

use super::{
    AskOptions, Engine, EngineError, LatentNoise, PaintOptions, StepEvent, ask::lower_32_bits,
};
use crate::{
    context::{ConditionImage, Context, GuidanceContexts},
    error::RunError,
    transforms::to_tensor,
};
use unimed_package::host::{Host, Yielder};

/// An answer and the images painted after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconstruction {
    /// What the model answered.
    pub answer: String,
    /// One image per source image, in order; empty when the answer is.
    pub images: Vec<RgbImage>,
}

impl Engine {
    /// Answers a question about images, then paints every image again from images, question and
    /// answer. Each painting joins the context, as latents only, before the next.
    ///
    /// Sizes follow the source images; `options` gives steps, guidance and seed.
    ///
    /// # Errors
    ///
    /// [`EngineError`]; a stop is an error, because there is no part of the result to keep.
    pub async fn reconstruct(
        &self,
        images: &[RgbImage],
        question: &str,
        options: &PaintOptions,
        host: &dyn Host,
        on_step: &mut dyn FnMut(StepEvent),
    ) -> Result<Reconstruction, EngineError> {
        self.require_making()?;
        let yielder = Yielder::new(host);
        let seed = lower_32_bits(options.seed);
        let noise = options.latent_noise.unwrap_or(LatentNoise::Seeded(seed));
        let question = self.prompt_ids(question)?;
        let mut asked = Context::default();
        for image in images {
            let condition = self.as_condition(image, noise, &yielder).await?;
            self.append_condition(&mut asked, condition, &yielder)
                .await?;
        }
        self.append_text(&mut asked, &question, &yielder).await?;
        let ask = AskOptions {
            max_tokens: 999,
            ..AskOptions::default()
        };
        let answer = self.speak_whole(&asked, &ask, &yielder).await?.text;
        if answer.is_empty() {
            return Ok(Reconstruction {
                answer,
                images: Vec::new(),
            });
        }
        let said = self.ids(&answer)?;
        let mut main = asked.clone();
        self.append_text(&mut main, &said, &yielder).await?;
        let mut without_text = asked;
        let mut without_image = Context::default();
        self.append_text(&mut without_image, &question, &yielder)
            .await?;
        self.append_text(&mut without_image, &said, &yielder)
            .await?;

        let mut painted = Vec::new();
        for image in images {
            let rule = self.model.config.vae_transform.rule();
            let (width, height) = rule.size(image.width, image.height)?;
            let factor = self.model.config.autoencoder.upscale_factor;
            let options = PaintOptions {
                width: width * factor,
                height: height * factor,
                ..options.clone()
            };
            let sampling = self.sampling(&options)?;
            let branches =
                GuidanceContexts::new(main.clone(), without_text.clone(), without_image.clone());
            let flowed = self
                .flow(&branches, &sampling, &options, seed, &yielder, on_step)
                .await?;
            if flowed.stopped {
                return Err(unimed_package::host::Stopped.into());
            }
            let result = self
                .image(flowed.latents, sampling.canvas, &Yielder::never())
                .await?;
            for context in [&mut main, &mut without_text] {
                let latents = self.as_latents(&result, &yielder).await?;
                self.append_condition(context, latents, &yielder).await?;
            }
            painted.push(result);
        }
        Ok(Reconstruction {
            answer,
            images: painted,
        })
    }

    /// A painting as latents alone; at the size that the autoencoder reads.
    async fn as_latents(
        &self,
        image: &RgbImage,
        yielder: &Yielder<'_>,
    ) -> Result<ConditionImage, EngineError> {
        let config = &self.model.config;
        let image = area_down(image, config.autoencoder.upscale_factor)?;
        let pixels = to_tensor(
            &image,
            config.image_mean,
            config.image_std,
            &self.model.device(),
        );
        let latent = self
            .model
            .autoencoder
            .encode(pixels, None, yielder)
            .await
            .map_err(RunError::from)?;
        Ok(ConditionImage {
            latent: Some(latent),
            pixels: None,
        })
    }

    async fn append_condition(
        &self,
        context: &mut Context,
        image: ConditionImage,
        yielder: &Yielder<'_>,
    ) -> Result<(), EngineError> {
        if let Some(latent) = image.latent {
            self.model
                .append(context, self.model.latent_segment(latent), yielder)
                .await?;
        }
        if let Some(pixels) = image.pixels {
            let segment = self.model.vision_segment(pixels, yielder).await?;
            self.model.append(context, segment, yielder).await?;
        }
        Ok(())
    }

    async fn append_text(
        &self,
        context: &mut Context,
        ids: &[u32],
        yielder: &Yielder<'_>,
    ) -> Result<(), EngineError> {
        self.model
            .append(context, self.model.text_segment(ids), yielder)
            .await?;
        Ok(())
    }
}
