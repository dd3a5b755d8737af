//! Both experts together: answers, images from text and images from images in one loss.

use std::{ops::Range, path::PathBuf};

use burn::tensor::Device;
use unimed_core::{config::ModelConfig, model::Unified, paint::Mt19937, tokenizer::SpecialTokens};

use super::{GenerationStage, UnderstandingStage, understanding::answer_loss};
use crate::{
    TrainError,
    data::sample_rng,
    flow::{Noisy, velocity_loss},
    params::Params,
    sequence::{Batch, Sequence},
    state,
    trainer::{Loss, Stage},
};

/// Weight of the answers' cross-entropy beside the velocities' squared error.
const ANSWERS: f64 = 0.25;
/// One sample in this many is a question sample; the others are painted.
const QUESTION_EVERY: u64 = 3;

/// Trains all weights but the autoencoder's.
#[derive(Debug)]
pub struct UnifiedStage {
    /// Questions.
    pub understanding: UnderstandingStage,
    /// Paintings.
    pub generation: GenerationStage,
    /// Weights of the generation stage.
    pub from: PathBuf,
}

impl UnifiedStage {
    fn config(&self) -> &ModelConfig {
        &self.understanding.config
    }

    fn special(&self) -> SpecialTokens {
        self.understanding.special
    }

    /// A request and the image under way.
    fn painting(&self, index: u64, rng: &mut Mt19937) -> (Sequence, Noisy) {
        let scene = self
            .generation
            .cache
            .get(index..index + 1, &self.generation.tokenizer)[0];
        let mut sequence = Sequence::new(self.special());
        if let Some(text) = GenerationStage::text(scene, rng) {
            sequence.text(&text);
        }
        let noisy = Noisy::draw(&scene.tokens(), rng);
        let count = noisy.tokens.len() / self.config().latent_dim();
        sequence.noisy(noisy.tokens.clone(), count, noisy.time);
        (sequence, noisy)
    }
}

impl Stage for UnifiedStage {
    type Module = Unified;

    fn name(&self) -> &'static str {
        "unified"
    }

    fn fresh(&self, device: &Device) -> Unified {
        self.understanding.fresh(device)
    }

    fn trained(&self, _: &str) -> bool {
        true
    }

    fn prepare(&self, params: &mut Params) -> Result<(), TrainError> {
        if !self.from.exists() {
            return Err(TrainError::StageMissing {
                stage: "generation",
                path: self.from.clone(),
            });
        }
        state::load_weights(&self.from, params).map(|_| ())
    }

    fn loss(&self, module: &Unified, samples: Range<u64>) -> Loss {
        let count = (samples.end - samples.start) as f64;
        let (questions, paintings): (Vec<u64>, Vec<u64>) =
            samples.partition(|index| index % QUESTION_EVERY == 0);
        let mut value = None;
        let mut parts = Vec::new();
        if !paintings.is_empty() {
            let (sequences, noisy): (Vec<_>, Vec<_>) = paintings
                .into_iter()
                .map(|index| self.painting(index, &mut sample_rng(5, index)))
                .unzip();
            let hidden = Batch::new(sequences).forward(module, self.config());
            let velocity = hidden.velocity.expect("invariant: paintings have latents");
            let loss = velocity_loss(velocity, &noisy);
            parts.push((
                "velocity",
                f64::from(loss.clone().inner().into_scalar::<f32>()),
            ));
            value = Some(loss);
        }
        if !questions.is_empty() {
            let sequences = questions
                .into_iter()
                .map(|index| self.understanding.sample(index, &mut sample_rng(6, index)))
                .collect();
            let loss = answer_loss(module, self.config(), &Batch::new(sequences)).value;
            parts.push((
                "answers",
                f64::from(loss.clone().inner().into_scalar::<f32>()),
            ));
            let weighted = loss * ANSWERS;
            value = Some(value.map_or(weighted.clone(), |value| value + weighted));
        }
        let value = value.expect("invariant: a shard is never empty");
        Loss {
            value,
            weight: count,
            parts,
        }
    }

    fn validate(&self, module: &Unified) -> Vec<(&'static str, f64)> {
        let mut numbers = self.understanding.validate(module);
        numbers.push(("velocity", self.generation.validation_loss(module)));
        numbers
    }
}
