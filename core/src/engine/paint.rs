//! Images: contexts from images and text, the flow, the autoencoder.

use burn::tensor::Tensor;
use unimed_imaging::{RgbImage, resize};

use super::{
    AskOptions, Engine, EngineError, Explain, LatentNoise, PaintOptions, Painted, Part, StepEvent,
    ask::lower_32_bits,
};
use crate::{
    context::{Context, GuidanceContexts},
    error::RunError,
    paint::{Canvas, Sampling, Schedule, back_project},
    transforms::to_image,
};
use unimed_package::host::{Host, Yielder};

/// What the model itself said before it painted.
#[derive(Debug, Default)]
struct Words {
    thought: Option<String>,
    explanation: Option<String>,
}

/// What the steps lead to.
pub(super) struct Flowed {
    pub(super) latents: Tensor<3>,
    /// Steps done.
    pub(super) steps: usize,
    pub(super) stopped: bool,
}

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
        let mut parts: Vec<Part<'_>> = images.iter().map(Part::Image).collect();
        parts.push(Part::Text(prompt));
        self.paint_parts(&parts, options, host, on_step).await
    }

    /// Makes an image from texts and images in any order.
    ///
    /// # Errors
    ///
    /// As [`Self::paint`].
    pub async fn paint_parts(
        &self,
        parts: &[Part<'_>],
        options: &PaintOptions,
        host: &dyn Host,
        on_step: &mut dyn FnMut(StepEvent),
    ) -> Result<Painted, EngineError> {
        let sampling = self.sampling(options)?;
        if parts.is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        let yielder = Yielder::new(host);
        let start_ms = host.now_ms();
        let seed = lower_32_bits(options.seed);
        let (branches, words) = self
            .read_for_painting(parts, options, seed, &yielder)
            .await?;
        let Flowed {
            latents,
            steps,
            stopped,
        } = self
            .flow(&branches, &sampling, options, seed, &yielder, on_step)
            .await?;
        // Who does not explain needs the contexts no more, and the autoencoder needs the room.
        let explains = options.explain == Explain::After && !stopped;
        let read = explains.then(|| branches.main.clone());
        drop(branches);
        // The steps are done: the image is finished even if Stop comes now.
        let image = self
            .image(latents, sampling.canvas, &Yielder::never())
            .await?;
        let image = self.agreeing(image, parts)?;
        let explanation = match read {
            Some(read) => Some(self.say(&read, &yielder).await?),
            None => words.explanation,
        };
        let ms = host.now_ms() - start_ms;
        let thought = words.thought;
        Ok(Painted {
            image,
            steps,
            seed: options.seed,
            ms,
            stopped,
            thought,
            explanation,
        })
    }

    /// The image, made to agree with its source where the words asked for the source at a higher resolution.
    fn agreeing(&self, image: RgbImage, parts: &[Part<'_>]) -> Result<RgbImage, EngineError> {
        let (Some(asked), [Part::Image(source), Part::Text(words)]) =
            (&self.info.defaults.super_resolution, parts)
        else {
            return Ok(image);
        };
        if !asked.requests.iter().any(|request| request == words.trim()) {
            return Ok(image);
        }
        let seen = self.model.config.vae_transform.rule().apply(source)?;
        let source = resize(&seen, image.width, image.height)?;
        // The factor is that of the image as the model saw it; the result may be larger than that.
        let factor = asked.factor * self.model.config.autoencoder.upscale_factor;
        Ok(back_project(image, &source, factor))
    }

    /// Builds the three contexts; the model's own words before painting are part of them.
    async fn read_for_painting(
        &self,
        parts: &[Part<'_>],
        options: &PaintOptions,
        seed: u32,
        yielder: &Yielder<'_>,
    ) -> Result<(GuidanceContexts, Words), EngineError> {
        let noise = options.latent_noise.unwrap_or(LatentNoise::Seeded(seed));
        let mut branches = GuidanceContexts::default();
        let mut words = Words::default();
        if let Some(think) = &options.think {
            branches
                .add_system(&self.model, &self.ids(think)?, yielder)
                .await?;
        }
        if options.explain == Explain::Before {
            words.explanation = Some(self.answer_first(parts, yielder).await?);
        }
        for (index, part) in parts.iter().enumerate() {
            match part {
                Part::Image(image) => {
                    let image = self.as_condition(image, noise, yielder).await?;
                    branches.add_image(&self.model, image, yielder).await?;
                }
                Part::Text(text) => {
                    let last = index + 1 == parts.len();
                    let merged = match &words.explanation {
                        Some(said) if last && !said.is_empty() => format!("{text}\n\n{said}"),
                        _ => (*text).to_owned(),
                    };
                    branches
                        .add_text(&self.model, &self.prompt_ids(&merged)?, yielder)
                        .await?;
                }
            }
        }
        if options.explain == Explain::BeforeApart {
            let said = self.say(&branches.main, yielder).await?;
            branches
                .add_thought(&self.model, &self.ids(&said)?, yielder)
                .await?;
            words.explanation = Some(said);
        }
        if options.think.is_some() {
            let thought = self.say(&branches.main, yielder).await?;
            branches
                .add_thought(&self.model, &self.ids(&thought)?, yielder)
                .await?;
            words.thought = Some(thought);
        }
        branches.share();
        Ok((branches, words))
    }

    /// The first pass of the official editing script: an answer from the resized images alone.
    async fn answer_first(
        &self,
        parts: &[Part<'_>],
        yielder: &Yielder<'_>,
    ) -> Result<String, EngineError> {
        let mut context = Context::default();
        for part in parts {
            let segment = match part {
                Part::Text(text) => self.model.text_segment(&self.prompt_ids(text)?),
                Part::Image(image) => {
                    let picture = self.model.config.vae_transform.rule().apply(image)?;
                    self.model
                        .vision_segment(self.vision_pixels(&picture)?, yielder)
                        .await?
                }
            };
            self.model.append(&mut context, segment, yielder).await?;
        }
        let options = AskOptions {
            max_tokens: 799,
            ..AskOptions::default()
        };
        Ok(self.speak_whole(&context, &options, yielder).await?.text)
    }

    /// Greedy words of the model itself.
    async fn say(&self, context: &Context, yielder: &Yielder<'_>) -> Result<String, EngineError> {
        let options = AskOptions {
            max_tokens: 999,
            ..AskOptions::default()
        };
        Ok(self.speak_whole(context, &options, yielder).await?.text)
    }

    /// Runs the steps; stopped by the person, it gives what the model saw last.
    pub(super) async fn flow(
        &self,
        branches: &GuidanceContexts,
        sampling: &Sampling,
        options: &PaintOptions,
        seed: u32,
        yielder: &Yielder<'_>,
        on_step: &mut dyn FnMut(StepEvent),
    ) -> Result<Flowed, EngineError> {
        let canvas = sampling.canvas;
        let steps = sampling.schedule.steps();
        let mut x = self.model.initial_noise(canvas, seed);
        let mut clean = None;
        for index in 0..steps {
            let step = match self.model.step(branches, sampling, x, index, yielder).await {
                Ok(step) => step,
                Err(RunError::Stopped(stop)) => {
                    // What was seen last is worth more than nothing; without any there is nothing.
                    let latents = clean.ok_or(stop)?;
                    return Ok(Flowed {
                        latents,
                        steps: index,
                        stopped: true,
                    });
                }
                Err(error) => return Err(error.into()),
            };
            let last = index + 1 == steps;
            let wanted = options.preview_every > 0 && (index + 1) % options.preview_every == 0;
            let preview = if wanted && !last {
                match self.image(step.clean.clone(), canvas, yielder).await {
                    Ok(preview) => Some(preview),
                    Err(error) if error.is_stop() => None, // the next step will see it
                    Err(error) => return Err(error),
                }
            } else {
                None
            };
            on_step(StepEvent {
                step: index + 1,
                steps,
                preview,
            });
            clean = Some(step.clean);
            x = step.x;
        }
        Ok(Flowed {
            latents: x,
            steps,
            stopped: false,
        })
    }

    pub(super) async fn image(
        &self,
        latents: Tensor<3>,
        canvas: Canvas,
        yielder: &Yielder<'_>,
    ) -> Result<RgbImage, EngineError> {
        Ok(to_image(self.model.decode_latent(latents, canvas, yielder).await?).await?)
    }

    /// Checks size, steps and scales, and that the weights are there.
    pub(super) fn sampling(&self, options: &PaintOptions) -> Result<Sampling, EngineError> {
        self.require_making()?;
        let (smallest, largest) = self.info.paint_sides;
        let multiple = self.info.paint_multiple;
        for (what, side) in [("the width", options.width), ("the height", options.height)] {
            if side < smallest || side > largest || !side.is_multiple_of(multiple) {
                let expected = format!("{smallest} to {largest} pixels in multiples of {multiple}");
                return Err(EngineError::Setting {
                    what,
                    found: side.to_string(),
                    expected,
                });
            }
        }
        for (what, scale) in [
            ("the text guidance", options.cfg_text),
            ("the image guidance", options.cfg_image),
        ] {
            if !(scale.is_finite() && (0.0..=100.0).contains(&scale)) {
                let (found, expected) = (scale.to_string(), "0 to 100".into());
                return Err(EngineError::Setting {
                    what,
                    found,
                    expected,
                });
            }
        }
        if options.steps > 1000 {
            let (found, expected) = (options.steps.to_string(), "1 to 1000".into());
            return Err(EngineError::Setting {
                what: "the number of steps",
                found,
                expected,
            });
        }
        Ok(Sampling {
            canvas: Canvas {
                rows: options.height / multiple,
                columns: options.width / multiple,
            },
            schedule: Schedule::new(options.steps, options.shift)?,
            guidance: options.guidance(),
        })
    }
}
