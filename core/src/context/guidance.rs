//! The three contexts that guidance compares.
//!
//! `main` has everything, `without_text` lacks what came after the last image (or the last text),
//! `without_image` has the texts only.

use burn::tensor::Tensor;

use super::Context;
use crate::{error::RunError, model::Model};
use unimed_package::host::Yielder;

/// An image that a flow reads, already resized and normalized.
#[derive(Debug, Clone)]
pub struct ConditionImage {
    /// Scaled latent `[1, z, rows, columns]` for the generation expert; none when the image is
    /// only to be understood.
    pub latent: Option<Tensor<4>>,
    /// Pixels `[1, 3, height, width]` for the vision tower; none for an image that is only a
    /// condition of the flow.
    pub pixels: Option<Tensor<4>>,
}

/// Main context and its two reduced twins.
#[derive(Debug, Clone, Default)]
pub struct GuidanceContexts {
    /// Everything.
    pub main: Context,
    /// Without the last text.
    pub without_text: Context,
    /// Without images; `None` while no image was read, because it is then `main`.
    without_image: Option<Context>,
}

impl GuidanceContexts {
    /// GuidanceContexts from contexts that were built elsewhere.
    #[must_use]
    pub fn new(main: Context, without_text: Context, without_image: Context) -> Self {
        Self {
            main,
            without_text,
            without_image: Some(without_image),
        }
    }

    /// The context without images.
    #[must_use]
    pub fn without_image(&self) -> &Context {
        self.without_image.as_ref().unwrap_or(&self.main)
    }

    /// True when some image was read, so that `without_image` differs from `main`.
    #[must_use]
    pub fn has_image(&self) -> bool {
        self.without_image.is_some()
    }

    /// Ends the reading: the many steps that follow copy nothing of what was read.
    pub fn share(&mut self) {
        self.main.share();
        self.without_text.share();
        if let Some(context) = &mut self.without_image {
            context.share();
        }
    }

    /// Reads the system prompt of think mode: into `main` and the context without images.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn add_system(
        &mut self,
        model: &Model,
        ids: &[u32],
        yielder: &Yielder<'_>,
    ) -> Result<(), RunError> {
        model
            .append(&mut self.main, model.text_segment(ids), yielder)
            .await?;
        if let Some(context) = &mut self.without_image {
            model
                .append(context, model.text_segment(ids), yielder)
                .await?;
        }
        Ok(())
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn add_text(
        &mut self,
        model: &Model,
        ids: &[u32],
        yielder: &Yielder<'_>,
    ) -> Result<(), RunError> {
        self.main.share();
        self.without_text = self.main.clone();
        self.add_system(model, ids, yielder).await
    }

    /// Reads an image: latents first, then vision tokens; each takes a position.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn add_image(
        &mut self,
        model: &Model,
        image: ConditionImage,
        yielder: &Yielder<'_>,
    ) -> Result<(), RunError> {
        if self.without_image.is_none() {
            self.without_image = Some(self.main.clone());
        }
        if let Some(latent) = image.latent {
            model
                .append(&mut self.main, model.latent_segment(latent), yielder)
                .await?;
        }
        if let Some(pixels) = image.pixels {
            let segment = model.vision_segment(pixels, yielder).await?;
            model.append(&mut self.main, segment, yielder).await?;
        }
        self.main.share();
        self.without_text = self.main.clone();
        Ok(())
    }

    /// Reads a text that the model itself has thought: into `main` only.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`].
    pub async fn add_thought(
        &mut self,
        model: &Model,
        ids: &[u32],
        yielder: &Yielder<'_>,
    ) -> Result<(), RunError> {
        if self.without_image.is_none() {
            self.without_image = Some(self.main.clone());
        }
        model
            .append(&mut self.main, model.text_segment(ids), yielder)
            .await?;
        Ok(())
    }
}
