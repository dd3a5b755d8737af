//! What the jobs of an engine need of its device; the loader loads what a plan says, and no more.

use super::{Engine, EngineError};
use crate::device::ComputeDevice;
use unimed_package::{
    config::ModelConfig,
    plan::{Job, Limits, MemoryPlan, Part, Storage, plan},
};

/// Tokens of an ordinary question or description.
const TEXT_TOKENS: usize = 128;

/// Parts that answer a question about an image.
pub(super) fn answering(
    config: &ModelConfig,
    storage: &Storage,
    device: &ComputeDevice,
) -> Result<Vec<Part>, EngineError> {
    Ok(planned(config, storage, device, &ordinary_question(config), &[])?.parts())
}

/// Parts that make an image from another one.
pub(super) fn generation(
    config: &ModelConfig,
    storage: &Storage,
    device: &ComputeDevice,
) -> Result<Vec<Part>, EngineError> {
    let smallest = image_of_side(config.painted_token_pixels());
    Ok(planned(config, storage, device, &smallest, &[])?.parts())
}

fn ordinary_question(config: &ModelConfig) -> Job {
    let side = config.vit_transform.max_image_size;
    Job::Ask {
        images: vec![(side, side)],
        text_tokens: TEXT_TOKENS,
        answer_tokens: TEXT_TOKENS,
    }
}

/// An image from another one of the same size.
fn image_of_side(side: usize) -> Job {
    Job::Paint {
        width: side,
        height: side,
        image: Some((side, side)),
        text_tokens: TEXT_TOKENS,
        steps: 1,
        previews: true,
    }
}

fn planned(
    config: &ModelConfig,
    storage: &Storage,
    device: &ComputeDevice,
    job: &Job,
    resident: &[Part],
) -> Result<MemoryPlan, EngineError> {
    let limits = Limits {
        max_buffer_bytes: device.max_buffer_bytes,
        max_binding_bytes: device.max_binding_bytes,
        ..Limits::webgpu()
    };
    Ok(plan(config, storage, job, &limits, resident)?)
}

impl Engine {
    /// Most bytes that an ordinary job needs at once with everything that is loaded: a question about an image, or where images
    /// can be made, one of the largest size that the model learned, from another.
    ///
    /// # Errors
    ///
    /// [`EngineError::Plan`] for a device without room for a row of a matrix.
    pub fn ordinary_peak_bytes(&self, device: &ComputeDevice) -> Result<u64, EngineError> {
        let config = &self.model.config;
        let ask = self.plan(&ordinary_question(config), device)?.peak;
        if !self.makes_images() {
            return Ok(ask);
        }
        let side = config.vae_transform.max_image_size * config.autoencoder.upscale_factor;
        Ok(ask.max(self.plan(&image_of_side(side), device)?.peak))
    }

    /// What a job needs of the device, with everything that is loaded.
    ///
    /// # Errors
    ///
    /// [`EngineError::Plan`] for a size that the model cannot read or make.
    pub fn plan(&self, job: &Job, device: &ComputeDevice) -> Result<MemoryPlan, EngineError> {
        let model = &self.model;
        planned(&model.config, model.storage(), device, job, model.present())
    }
}
