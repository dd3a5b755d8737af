//! Images from text: the generation expert and the bridges of the flow, on cached latents, while
//! the plain expert and the autoencoder stay as they are.

use std::{ops::Range, path::PathBuf, sync::OnceLock};

use burn::{module::Module, tensor::Device};
use unimed_core::{
    config::ModelConfig,
    host::Pace,
    model::{Autoencoder, Unified, patchify_latent},
    tokenizer::{SpecialTokens, Tokenizer},
};
use unimed_phantom::{Case, Image, Split};

use super::{
    autoencoder::batch,
    understanding::{encode, is_generation},
};
use crate::{
    TrainError,
    data::{pixels, sample_rng, split_case, training_case},
    flow::{Noisy, velocities_after_text, velocity_loss},
    params::Params,
    state,
    trainer::{Loss, Stage},
};

/// Share of the samples without text, for guidance.
const DROPPED: f64 = 0.12;
/// Share of the texts that are captions; the others are requests.
const CAPTIONS: f64 = 0.2;
/// Scenes of the validation split that are measured, and the times at which.
const VALIDATION: u64 = 48;
const TIMES: [f32; 4] = [0.2, 0.45, 0.7, 0.95];

/// What painting needs to know of a scene.
#[derive(Debug, Clone)]
pub struct Painted {
    /// The request.
    pub request: Vec<u32>,
    /// The caption.
    pub caption: Vec<u32>,
    /// The scaled latent as tokens, in 16 bit.
    pub latent: Vec<half::f16>,
}

impl Painted {
    /// The latent tokens.
    #[must_use]
    pub fn tokens(&self) -> Vec<f32> {
        self.latent.iter().map(|value| value.to_f32()).collect()
    }
}

/// Latents of the first training scenes, computed when they are first needed.
#[derive(Debug)]
pub struct LatentCache {
    config: ModelConfig,
    autoencoder: Autoencoder,
    entries: Vec<OnceLock<Painted>>,
}

impl LatentCache {
    /// A cache of `count` scenes; sample `i` is scene `i % count`.
    #[must_use]
    pub fn new(config: ModelConfig, autoencoder: Autoencoder, count: usize) -> Self {
        Self {
            config,
            autoencoder,
            entries: (0..count).map(|_| OnceLock::new()).collect(),
        }
    }

    /// What encodes the scenes.
    #[must_use]
    pub const fn autoencoder(&self) -> &Autoencoder {
        &self.autoencoder
    }

    /// The scenes of some samples; those not seen before are rendered and encoded together.
    #[must_use]
    pub fn get(&self, samples: Range<u64>, tokenizer: &Tokenizer) -> Vec<&Painted> {
        let count = self.entries.len() as u64;
        let slots: Vec<u64> = samples.map(|sample| sample % count).collect();
        let missing: Vec<u64> = slots
            .iter()
            .copied()
            .filter(|&slot| self.entries[slot as usize].get().is_none())
            .collect();
        let cases: Vec<Case> = missing.iter().map(|&slot| training_case(slot)).collect();
        for (slot, entry) in missing.into_iter().zip(self.encode(&cases, tokenizer)) {
            // Another thread may have been faster; its entry is the same.
            let _ = self.entries[slot as usize].set(entry);
        }
        slots
            .into_iter()
            .map(|slot| {
                self.entries[slot as usize]
                    .get()
                    .expect("invariant: set above")
            })
            .collect()
    }

    /// Encodes cases.
    #[must_use]
    pub fn encode(&self, cases: &[Case], tokenizer: &Tokenizer) -> Vec<Painted> {
        if cases.is_empty() {
            return Vec::new();
        }
        let images: Vec<&Image> = cases.iter().map(|case| &case.image).collect();
        let latents = encode_latents(&self.config, &self.autoencoder, &images);
        cases
            .iter()
            .zip(latents)
            .map(|(case, latent)| Painted {
                request: encode(tokenizer, &case.prompt),
                caption: encode(tokenizer, &case.caption),
                latent,
            })
            .collect()
    }
}

/// The scaled latents of some pictures as tokens, in 16 bit.
pub(crate) fn encode_latents(
    config: &ModelConfig,
    autoencoder: &Autoencoder,
    images: &[&Image],
) -> Vec<Vec<half::f16>> {
    let values = images.iter().flat_map(|image| pixels(image)).collect();
    let pace = Pace::free();
    let latents = autoencoder.encode(batch(values, &Device::flex()), None, &pace);
    let latents = pollster::block_on(latents).expect("invariant: a free pace never stops");
    let tokens = patchify_latent(latents, config.latent_patch_size);
    let values = tokens
        .into_data()
        .try_to_vec::<f32>()
        .expect("invariant: latents are f32");
    values
        .chunks(values.len() / images.len())
        .map(|latent| latent.iter().map(|&v| half::f16::from_f32(v)).collect())
        .collect()
}

/// Texts, or none, and the images under way that they ask for.
#[derive(Debug)]
pub struct Requests {
    texts: Vec<Option<Vec<u32>>>,
    noisy: Vec<Noisy>,
}

/// Trains the generation expert.
#[derive(Debug)]
pub struct GenerationStage {
    /// Shapes.
    pub config: ModelConfig,
    /// Control tokens.
    pub special: SpecialTokens,
    /// Text to ids.
    pub tokenizer: Tokenizer,
    /// Latents of the training scenes.
    pub cache: LatentCache,
    /// Weights of the understanding stage.
    pub understanding: PathBuf,
}

impl GenerationStage {
    /// The text under which a scene is painted; none for a share of the samples.
    #[must_use]
    pub fn text(scene: &Painted, rng: &mut unimed_core::paint::Mt19937) -> Option<Vec<u32>> {
        if rng.uniform() < DROPPED {
            None
        } else if rng.uniform() < CAPTIONS {
            Some(scene.caption.clone())
        } else {
            Some(scene.request.clone())
        }
    }
}

impl Stage for GenerationStage {
    type Module = Unified;
    type Data = Requests;

    fn name(&self) -> &'static str {
        "generation"
    }

    fn fresh(&self, device: &Device) -> Unified {
        Unified::new(&self.config, self.config.vision.num_hidden_layers, device)
    }

    fn trained(&self, name: &str) -> bool {
        is_generation(name)
    }

    fn prepare(&self, params: &mut Params) -> Result<(), TrainError> {
        if !self.understanding.exists() {
            let path = self.understanding.clone();
            return Err(TrainError::StageMissing {
                stage: "understanding",
                path,
            });
        }
        state::load_weights(&self.understanding, params)?;
        copy_experts(params);
        Ok(())
    }

    fn draw(&self, samples: Range<u64>) -> Requests {
        let scenes = self.cache.get(samples.clone(), &self.tokenizer);
        let pairs = scenes.into_iter().zip(samples).map(|(scene, index)| {
            let mut rng = sample_rng(3, index);
            let text = Self::text(scene, &mut rng);
            (text, Noisy::draw(&scene.tokens(), &mut rng))
        });
        let (texts, noisy) = pairs.unzip();
        Requests { texts, noisy }
    }

    fn loss(&self, module: &Unified, data: Requests, _: &Device) -> Loss {
        let Requests { texts, noisy } = data;
        let reader = module.valid();
        let velocity =
            velocities_after_text(&reader, module, &self.config, self.special, &texts, &noisy);
        Loss {
            value: velocity_loss(velocity, &noisy),
            weight: noisy.len() as f64,
            parts: Vec::new(),
        }
    }

    fn validate(&self, module: &Unified) -> Vec<(&'static str, f64)> {
        vec![("velocity", self.validation_loss(module))]
    }
}

impl GenerationStage {
    /// Mean velocity error on the validation split at four fixed times.
    pub(crate) fn validation_loss(&self, module: &Unified) -> f64 {
        let cases: Vec<Case> = (0..VALIDATION)
            .map(|index| split_case(Split::Validation, index))
            .collect();
        let scenes = self.cache.encode(&cases, &self.tokenizer);
        let texts: Vec<_> = scenes
            .iter()
            .map(|scene| Some(scene.request.clone()))
            .collect();
        let mut sum = 0.0;
        for (number, time) in TIMES.into_iter().enumerate() {
            let noisy: Vec<Noisy> = scenes
                .iter()
                .zip(0..)
                .map(|(scene, index)| {
                    let mut rng = sample_rng(4 + number as u64, index);
                    Noisy::at(&scene.tokens(), time, &mut rng)
                })
                .collect();
            let velocity =
                velocities_after_text(module, module, &self.config, self.special, &texts, &noisy);
            sum += f64::from(velocity_loss(velocity, &noisy).into_scalar::<f32>());
        }
        sum / TIMES.len() as f64
    }
}

/// Starts the generation expert as a copy of the plain one.
pub(crate) fn copy_experts(params: &mut Params) {
    let twins: Vec<(usize, Vec<f32>)> = params
        .entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.name.contains("_moe_gen"))
        .filter_map(|(index, entry)| {
            let twin = params.get(&entry.name.replace("_moe_gen", ""))?;
            Some((index, twin.values.clone()))
        })
        .collect();
    for (index, values) in twins {
        params.entries[index].values = values;
    }
}
