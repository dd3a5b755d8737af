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
    let side = config.vit_transform.max_image_size;
    let job = Job::Ask {
        images: vec![(side, side)],
        text_tokens: TEXT_TOKENS,
        answer_tokens: 1,
    };
    Ok(planned(config, storage, device, &job, &[])?.parts())
}

/// Parts that make an image from another one.
pub(super) fn generation(
    config: &ModelConfig,
    storage: &Storage,
    device: &ComputeDevice,
) -> Result<Vec<Part>, EngineError> {
    let side = config.painted_token_pixels();
    let job = Job::Paint {
        width: side,
        height: side,
        image: Some((side, side)),
        text_tokens: TEXT_TOKENS,
        steps: 1,
        previews: true,
    };
    Ok(planned(config, storage, device, &job, &[])?.parts())
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
