//! Both experts together: answers, images from text and images from images in one loss.

use std::{ops::Range, path::PathBuf};

use burn::tensor::Device;
use unimed_core::{model::Unified, paint::Mt19937};
use unimed_package::config::{ModelConfig, SpecialTokens};

use super::{
    GenerationStage, UnderstandingStage,
    editing::ResponseOrder,
    generation::PURE,
    packed::{Packed, Sum},
    understanding::{answer_loss, batches},
};
use crate::{
    TrainError,
    data::sample_rng,
    flow::Noisy,
    params::Params,
    sequence::{Batch, Sequence},
    state,
    trainer::{Loss, Stage},
};

/// Weight of the answers' cross-entropy beside the velocities' squared error.
const ANSWERS: f64 = 0.25;
/// Of twenty samples so many are painted from text, edited, edited after the model's own words; the
/// others are questions.
const FROM_TEXT: u64 = 7;
const EDITS: u64 = 7;
const EXPLAINED: u64 = 1;

/// Which kinds of samples are trained; leaving one out tells what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mixture {
    /// Answers, images from text, images from images.
    #[default]
    All,
    /// Answers only.
    Answers,
    /// Images only.
    Images,
}

/// Samples of all kinds: images under way with what goes before them, and questions.
#[derive(Debug)]
pub struct Mixed {
    painted: Packed,
    asked: Vec<Batch>,
    count: usize,
}

/// Trains all weights but the autoencoder's.
#[derive(Debug)]
pub struct UnifiedStage {
    /// Questions.
    pub understanding: UnderstandingStage,
    /// Paintings.
    pub generation: GenerationStage,
    /// Weights of the generation stage.
    pub from: PathBuf,
    /// Kinds of samples.
    pub mixture: Mixture,
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
            .get(&[index], &self.generation.tokenizer)[0];
        let mut sequence = Sequence::new(self.special());
        if let Some(text) = GenerationStage::text(scene, rng) {
            sequence.text(&text);
        }
        let noisy =
            Noisy::draw(&scene.tokens(), PURE, rng).focused_by_text(&scene.focus, &scene.prior);
        let count = noisy.tokens.len() / self.config().latent_dim();
        sequence.noisy(noisy.tokens.clone(), count, noisy.time);
        (sequence, noisy)
    }

    fn edited(&self, index: u64, saying: ResponseOrder, rng: &mut Mt19937) -> (Sequence, Noisy) {
        self.generation.edited(index, saying, rng)
    }
}

impl Stage for UnifiedStage {
    type Module = Unified;
    type Data = Mixed;

    fn name(&self) -> &'static str {
        match self.mixture {
            Mixture::All => "unified",
            Mixture::Answers => "unified-answers",
            Mixture::Images => "unified-images",
        }
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

    fn draw(&self, samples: Range<u64>) -> Mixed {
        let count = (samples.end - samples.start) as usize;
        let (mut painted, mut asked) = (Vec::new(), Vec::new());
        for index in samples {
            let mut rng = sample_rng(5, index);
            let (cycle, at) = (index / 20, index % 20);
            let images = FROM_TEXT + EDITS + EXPLAINED;
            let at = match self.mixture {
                Mixture::All => at,
                Mixture::Answers => images,
                Mixture::Images => at % images,
            };
            let sample = if at < FROM_TEXT {
                self.painting(cycle * FROM_TEXT + at, &mut rng)
            } else if at < FROM_TEXT + EDITS {
                let pair = cycle * EDITS + at - FROM_TEXT;
                self.edited(pair, ResponseOrder::Nothing, &mut rng)
            } else if at < images {
                self.edited(index, ResponseOrder::First, &mut rng)
            } else {
                asked.push(self.understanding.sample(index, &mut rng));
                continue;
            };
            painted.push(sample);
        }
        Mixed {
            painted: Packed::new(painted),
            asked: batches(asked),
            count,
        }
    }

    fn loss(&self, module: &Unified, data: Mixed, _: &Device) -> Loss {
        let mut sum = Sum::default();
        if let Some(painted) = data.painted.loss(module, self.config()) {
            sum.add_velocity("velocity", painted.velocity, 1.0);
            if let Some(words) = painted.words {
                sum.add("words", words, ANSWERS);
            }
        }
        if !data.asked.is_empty() {
            let loss = answer_loss(module, self.config(), data.asked).value;
            sum.add("answers", loss, ANSWERS);
        }
        sum.loss(data.count as f64)
    }

    fn validate(&self, module: &Unified) -> Vec<(&'static str, f64)> {
        let mut numbers = self.understanding.validate(module);
        numbers.extend(self.generation.validate(module));
        numbers
    }
}
