//! Images: contexts from images and text, the flow, the autoencoder.

use unimed_imaging::RgbImage;

use super::{
    AskOptions, Engine, EngineError, LatentNoise, PaintOptions, Painted, StepEvent,
    ask::lower_32_bits,
};
use crate::{
    context::Branches,
    error::RunError,
    host::{Host, Pace},
    paint::{Canvas, Sampling, Schedule},
    transforms::to_image,
};

impl Engine {
    /// Makes an image from a text, or from images and a text.
    ///
    /// `on_step` hears every step. When the host stops the job, the image as the model saw it last
    /// is returned with `stopped` set.
    ///
    /// # Errors
    ///
    /// [`EngineError`]: settings outside of the model's range, an empty prompt, a lost device.
    /// Stopped before the first step, the job has no image and fails with [`RunError::Stopped`].
    pub async fn paint(
        &self,
        images: &[RgbImage],
        prompt: &str,
        options: &PaintOptions,
        host: &dyn Host,
        on_step: &mut dyn FnMut(StepEvent),
    ) -> Result<Painted, EngineError> {
        let sampling = self.sampling(options)?;
        let ids = self.prompt_ids(prompt)?;
        let pace = Pace::new(host);
        let start_ms = host.now_ms();
        let seed = lower_32_bits(options.seed);
        let noise = options.latent_noise.unwrap_or(LatentNoise::Seeded(seed));
        let mut branches = Branches::default();
        if let Some(think) = &options.think {
            branches.add_system(&self.model, &self.ids(think)?, &pace).await?;
        }
        for image in images {
            let image = self.as_condition(image, noise, &pace).await?;
            branches.add_image(&self.model, image, &pace).await?;
        }
        branches.add_text(&self.model, &ids, &pace).await?;
        let thought = match options.think {
            None => None,
            Some(_) => Some(self.think(&mut branches, &pace).await?),
        };
        let (image, done, stopped) =
            self.flow(&branches, &sampling, options, seed, &pace, on_step).await?;
        let ms = host.now_ms() - start_ms;
        Ok(Painted { image, steps: done, seed: options.seed, ms, stopped, thought })
    }

    /// Decodes a plan and reads it as a segment of its own, which only the main context gets.
    async fn think(
        &self,
        branches: &mut Branches,
        pace: &Pace<'_>,
    ) -> Result<String, EngineError> {
        let options = AskOptions { max_tokens: 999, ..AskOptions::default() };
        let thought = self.speak(&branches.main, &options, pace, &mut |_| {}).await?.text;
        let ids = self.ids(&thought)?;
        branches.add_thought(&self.model, &ids, pace).await?;
        Ok(thought)
    }

    /// Runs the steps; returns the image, the steps done and whether the person stopped it.
    async fn flow(
        &self,
        branches: &Branches,
        sampling: &Sampling,
        options: &PaintOptions,
        seed: u32,
        pace: &Pace<'_>,
        on_step: &mut dyn FnMut(StepEvent),
    ) -> Result<(RgbImage, usize, bool), EngineError> {
        let canvas = sampling.canvas;
        let steps = sampling.schedule.steps();
        let mut x = self.model.initial_noise(canvas, seed);
        let mut clean = None;
        for index in 0..steps {
            let step = match self.model.step(branches, sampling, x, index, pace).await {
                Ok(step) => step,
                Err(RunError::Stopped(stop)) => {
                    // What was seen last is worth more than nothing; without any there is nothing.
                    let Some(clean) = clean else { return Err(stop.into()) };
                    let image = self.image(clean, canvas, &Pace::free()).await?;
                    return Ok((image, index, true));
                }
                Err(error) => return Err(error.into()),
            };
            let last = index + 1 == steps;
            let wanted = options.preview_every > 0 && (index + 1) % options.preview_every == 0;
            let preview = if wanted && !last {
                match self.image(step.clean.clone(), canvas, pace).await {
                    Ok(preview) => Some(preview),
                    Err(error) if error.is_stop() => None, // the next step will see it
                    Err(error) => return Err(error),
                }
            } else {
                None
            };
            on_step(StepEvent { step: index + 1, steps, preview });
            clean = Some(step.clean);
            x = step.x;
        }
        // All steps are done: the image is finished even if Stop comes now.
        let image = self.image(x, canvas, &Pace::free()).await?;
        Ok((image, steps, false))
    }

    async fn image(
        &self,
        latents: burn::tensor::Tensor<3>,
        canvas: Canvas,
        pace: &Pace<'_>,
    ) -> Result<RgbImage, EngineError> {
        Ok(to_image(self.model.decode_latent(latents, canvas, pace).await?).await?)
    }

    /// Checks size, steps and scales.
    fn sampling(&self, options: &PaintOptions) -> Result<Sampling, EngineError> {
        let (smallest, largest) = self.info.paint_sides;
        let multiple = self.info.paint_multiple;
        for (what, side) in [("the width", options.width), ("the height", options.height)] {
            if side < smallest || side > largest || !side.is_multiple_of(multiple) {
                let expected =
                    format!("{smallest} to {largest} pixels in multiples of {multiple}");
                return Err(EngineError::Setting { what, found: side.to_string(), expected });
            }
        }
        for (what, scale) in
            [("the text guidance", options.cfg_text), ("the image guidance", options.cfg_image)]
        {
            if !(scale.is_finite() && (0.0..=100.0).contains(&scale)) {
                let (found, expected) = (scale.to_string(), "0 to 100".into());
                return Err(EngineError::Setting { what, found, expected });
            }
        }
        if options.steps > 1000 {
            let (found, expected) = (options.steps.to_string(), "1 to 1000".into());
            return Err(EngineError::Setting { what: "the number of steps", found, expected });
        }
        Ok(Sampling {
            canvas: Canvas { rows: options.height / multiple, columns: options.width / multiple },
            schedule: Schedule::new(options.steps, options.shift)?,
            guidance: options.guidance(),
        })
    }
}
