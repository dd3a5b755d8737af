//! The Euler integrator of the flow.

use burn::tensor::{Tensor, TensorData};

use super::{Guidance, Schedule, Velocities, guide, normal_noise};
use crate::{
    context::{Context, GuidanceContexts},
    error::{RunError, read},
    model::{HiddenStates, Model, unpatchify_latent},
};
use unimed_package::host::Yielder;

/// Size of a painting in latent tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// Token rows.
    pub rows: usize,
    /// Token columns.
    pub columns: usize,
}

impl Canvas {
    /// Tokens.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.rows * self.columns
    }
}

/// Everything that determines a painting besides its contexts.
#[derive(Debug, Clone)]
pub struct Sampling {
    /// Size.
    pub canvas: Canvas,
    /// Time grid.
    pub schedule: Schedule,
    /// Guidance.
    pub guidance: Guidance,
}

/// What one Euler step computed.
#[derive(Debug, Clone)]
pub struct FlowStep {
    /// Index of the step, from 0.
    pub index: usize,
    /// State after the step, `[1, t, latent_dim]`.
    pub x: Tensor<3>,
    /// Guided velocity of the step.
    pub velocity: Tensor<3>,
    /// What the state would end at if the velocity stayed as it is: the clean image as the model
    /// sees it now.
    pub clean: Tensor<3>,
}

impl Model {
    /// Seeded noise for a canvas, in token layout, `[1, t, latent_dim]`.
    #[must_use]
    pub fn initial_noise(&self, canvas: Canvas, seed: u32) -> Tensor<3> {
        let (tokens, dim) = (canvas.tokens(), self.config.latent_dim());
        let noise = normal_noise(seed, tokens * dim);
        Tensor::from_data(TensorData::new(noise, [1, tokens, dim]), &self.device())
    }

    /// Velocity of latents under one context, without guidance, `[1, t, latent_dim]`.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn velocity(
        &self,
        context: &Context,
        x: Tensor<3>,
        t: f32,
        canvas: Canvas,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<3>, RunError> {
        let segment = self.noisy_segment(x, t, canvas.rows, canvas.columns);
        let HiddenStates { latents, .. } = self.run(context, segment, yielder).await?;
        let latents = latents.expect("invariant: a noisy segment has latents");
        Ok(self.unified.velocity(latents))
    }

    /// Walks from noise to a clean latent, `[1, t, latent_dim]`. `on_step` hears every step.
    ///
    /// # Errors
    ///
    /// [`RunError`]; stops within one step.
    pub async fn sample(
        &self,
        branches: &GuidanceContexts,
        sampling: &Sampling,
        noise: Tensor<3>,
        yielder: &Yielder<'_>,
        on_step: &mut dyn FnMut(&FlowStep),
    ) -> Result<Tensor<3>, RunError> {
        let mut x = noise;
        for index in 0..sampling.schedule.steps() {
            let step = self.step(branches, sampling, x, index, yielder).await?;
            on_step(&step);
            x = step.x;
        }
        Ok(x)
    }

    /// One Euler step from `x` at grid point `index`.
    ///
    /// A branch is computed only where its scale is above 1; without images the context without
    /// images is the main one and its velocity is used again.
    ///
    /// # Errors
    ///
    /// [`RunError`]; [`RunError::Stopped`] before anything is computed, or between layers.
    pub async fn step(
        &self,
        branches: &GuidanceContexts,
        sampling: &Sampling,
        x: Tensor<3>,
        index: usize,
        yielder: &Yielder<'_>,
    ) -> Result<FlowStep, RunError> {
        yielder.yield_now().await?;
        let (t, length) = sampling.schedule.step(index);
        let velocity = self
            .guided_velocity(branches, sampling, x.clone(), t, yielder)
            .await?;
        let clean = x.clone() - velocity.clone() * t;
        let x = x - velocity.clone() * length;
        self.wait_for(&x).await?;
        Ok(FlowStep {
            index,
            x,
            velocity,
            clean,
        })
    }

    async fn guided_velocity(
        &self,
        branches: &GuidanceContexts,
        sampling: &Sampling,
        x: Tensor<3>,
        t: f32,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<3>, RunError> {
        let (text_scale, image_scale) = sampling.guidance.scales(t);
        let canvas = sampling.canvas;
        let main = self
            .velocity(&branches.main, x.clone(), t, canvas, yielder)
            .await?;
        let without_text = if text_scale > 1.0 {
            Some(
                self.velocity(&branches.without_text, x.clone(), t, canvas, yielder)
                    .await?,
            )
        } else {
            None
        };
        let without_image = if image_scale <= 1.0 {
            None
        } else if branches.has_image() {
            Some(
                self.velocity(branches.without_image(), x, t, canvas, yielder)
                    .await?,
            )
        } else {
            Some(main.clone())
        };
        let velocities = Velocities {
            main,
            without_text,
            without_image,
        };
        Ok(guide(velocities, &sampling.guidance))
    }

    /// Waits until the device has computed `x`, so that Stop takes effect within a step.
    async fn wait_for(&self, x: &Tensor<3>) -> Result<(), RunError> {
        let first = read(x.clone().narrow(1, 0, 1).narrow(2, 0, 1)).await?;
        if first.iter().all(|value| value.is_finite()) {
            Ok(())
        } else {
            Err(RunError::NotFinite { place: "the flow" })
        }
    }

    /// Latent tokens to pixels `[1, 3, height, width]`, about -1..=1, not clamped.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn decode_latent(
        &self,
        tokens: Tensor<3>,
        canvas: Canvas,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<4>, RunError> {
        let patch = self.config.latent_patch_size;
        let latent = unpatchify_latent(tokens, canvas.rows, canvas.columns, patch);
        Ok(self.autoencoder.decode(latent, yielder).await?)
    }
}
