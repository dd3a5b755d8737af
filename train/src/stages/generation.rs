//! Images from text and from other images: the generation expert and the bridges of the flow, on
//! cached latents, while the understanding expert, the tower and the autoencoder stay as they are.

use std::{
    ops::Range,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use burn::{module::Module, tensor::Device};
use unimed_core::{
    model::{Autoencoder, Unified},
    paint::Mt19937,
};
use unimed_package::config::{ModelConfig, SpecialTokens};
use unimed_phantom::{Case, FindingMask, Split};
use unimed_tokenizer::Tokenizer;

use super::{
    PairCache, ResponseOrder,
    editing::edit,
    latents::{encode_latents, token_pixels},
    packed::{Packed, Sum},
    places::patches,
    real_paintings::{RealPaintings, Turn, Wanted},
    spatial_prior::{SCENES, SpatialPrior},
    understanding::{encode, is_generation},
};
use crate::{
    TrainError,
    data::{painted_training_case, pixels, sample_rng, split_case, split_pair},
    flow::{Noisy, VelocityLoss, velocities_after_text},
    params::Params,
    pictures::PictureSet,
    sequence::Sequence,
    state,
    trainer::{Loss, Stage},
};

/// Share of the samples without text, for guidance.
const DROPPED: f64 = 0.12;
/// Share of the images from text that are learned from noise alone.
pub(crate) const PURE: f64 = 0.1;
/// Share of the texts that are captions; the others are requests.
const CAPTIONS: f64 = 0.2;
/// Samples in which edits and images from text have their turns.
const ROUND: u64 = 20;
/// One edit in so many follows the model's own words.
const EXPLAINED: u64 = 8;
/// Scenes and pairs of the validation split that are measured, and the times at which.
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
    /// The tokens that show a finding.
    pub focus: Vec<bool>,
    /// How often each token shows a finding that the text names, 0 to 1; empty where that is not known.
    pub prior: Vec<f32>,
}

impl Painted {
    /// The latent tokens.
    #[must_use]
    pub fn tokens(&self) -> Vec<f32> {
        self.latent.iter().map(|value| value.to_f32()).collect()
    }
}

/// Latents of the first training scenes and real pictures, computed when they are first needed.
#[derive(Debug)]
pub struct LatentCache {
    config: ModelConfig,
    autoencoder: Autoencoder,
    real: RealPaintings,
    first: u64,
    prior: OnceLock<SpatialPrior>,
    entries: Vec<OnceLock<Painted>>,
}

impl LatentCache {
    /// A cache of `count` scenes from scene `first` on; sample `i` is scene `first + i % count`. With pictures every third
    /// sample is one of them, under sentences of its fields.
    #[must_use]
    pub fn new(
        config: ModelConfig,
        autoencoder: Autoencoder,
        pictures: Option<Arc<PictureSet>>,
        first: u64,
        count: usize,
    ) -> Self {
        Self {
            config,
            autoencoder,
            real: RealPaintings(pictures),
            first,
            prior: OnceLock::new(),
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
    pub fn get(&self, samples: &[u64], tokenizer: &Tokenizer) -> Vec<&Painted> {
        let count = self.entries.len() as u64;
        let slots: Vec<u64> = samples.iter().map(|sample| sample % count).collect();
        let missing: Vec<u64> = slots
            .iter()
            .copied()
            .filter(|&slot| self.entries[slot as usize].get().is_none())
            .collect();
        let wanted: Vec<Wanted> = missing.iter().map(|&slot| self.wanted(slot)).collect();
        for (slot, entry) in missing.into_iter().zip(self.encode(&wanted, tokenizer)) {
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

    /// What is to be made in a slot.
    fn wanted(&self, slot: u64) -> Wanted {
        match self.real.image(slot) {
            Turn::Simulated(slot) => Wanted::from(painted_training_case(self.first + slot)),
            Turn::Real => self
                .real
                .wanted(self.first + slot)
                .unwrap_or_else(|| painted_training_case(self.first + slot).into()),
        }
    }

    /// Encodes what is to be made.
    fn encode(&self, wanted: &[Wanted], tokenizer: &Tokenizer) -> Vec<Painted> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let values = wanted.iter().flat_map(|one| one.pixels.iter().copied());
        let latents = encode_latents(&self.config, &self.autoencoder, values.collect());
        wanted
            .iter()
            .zip(latents)
            .map(|(one, latent)| Painted {
                prior: self.prior(one, &latent),
                request: encode(tokenizer, &one.request),
                caption: encode(tokenizer, &one.caption),
                focus: patches(
                    &one.finding.iter().map(Vec::as_slice).collect::<Vec<_>>(),
                    token_pixels(&self.config, &latent),
                ),
                latent,
            })
            .collect()
    }
}

impl LatentCache {
    /// How often each token of what is to be made shows one of its findings; nothing for a real picture, whose mask has
    /// none to be compared with.
    fn prior(&self, wanted: &Wanted, latent: &[half::f16]) -> Vec<f32> {
        let Some((modality, masks)) = &wanted.masks else {
            return Vec::new();
        };
        let patch = token_pixels(&self.config, latent);
        let prior = self
            .prior
            .get_or_init(|| SpatialPrior::count(patch, SCENES));
        prior.of_findings(*modality, masks)
    }
}

impl From<(Case, Vec<FindingMask>)> for Wanted {
    fn from((case, masks): (Case, Vec<FindingMask>)) -> Self {
        let pixels = pixels(&case.image);
        let any = |at: usize| masks.iter().any(|mask| mask.pixels[at]);
        Self {
            finding: (!masks.is_empty()).then(|| (0..pixels.len() / 3).map(any).collect()),
            masks: Some((case.modality, masks)),
            pixels,
            request: case.prompt,
            caption: case.caption,
        }
    }
}

/// Texts, or none, and the images under way that they ask for; and edits.
#[derive(Debug)]
pub struct Requests {
    texts: Vec<Option<Vec<u32>>>,
    noisy: Vec<Noisy>,
    edits: Packed,
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
    /// Latents of the training pairs.
    pub pairs: PairCache,
    /// Of twenty samples so many are edits; the others are painted from text.
    pub edits: u64,
    /// Weights of the understanding stage.
    pub understanding: PathBuf,
}

impl GenerationStage {
    /// The text under which a scene is painted; none for a share of the samples.
    #[must_use]
    pub fn text(scene: &Painted, rng: &mut Mt19937) -> Option<Vec<u32>> {
        if rng.uniform() < DROPPED {
            None
        } else if rng.uniform() < CAPTIONS {
            Some(scene.caption.clone())
        } else {
            Some(scene.request.clone())
        }
    }

    /// An edit of a training pair, and the image under way.
    pub(crate) fn edited(
        &self,
        number: u64,
        saying: ResponseOrder,
        rng: &mut Mt19937,
    ) -> (Sequence, Noisy) {
        let pair = self.pairs.get(number, &self.tokenizer);
        edit(pair, &self.config, self.special, saying, rng)
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
        let (mut painted, mut edits) = (Vec::new(), Vec::new());
        for index in samples {
            let mut rng = sample_rng(3, index);
            let (round, at) = (index / ROUND, index % ROUND);
            if at < self.edits {
                let number = round * self.edits + at;
                let saying = if number % EXPLAINED == EXPLAINED - 1 {
                    ResponseOrder::First
                } else {
                    ResponseOrder::Nothing
                };
                edits.push(self.edited(number, saying, &mut rng));
            } else {
                painted.push((round * (ROUND - self.edits) + at - self.edits, rng));
            }
        }
        let numbers: Vec<u64> = painted.iter().map(|(number, _)| *number).collect();
        let scenes = self.cache.get(&numbers, &self.tokenizer);
        let pairs = scenes
            .into_iter()
            .zip(painted)
            .map(|(scene, (_, mut rng))| {
                let text = Self::text(scene, &mut rng);
                let noisy = Noisy::draw(&scene.tokens(), PURE, &mut rng);
                (text, noisy.focused_by_text(&scene.focus, &scene.prior))
            });
        let (texts, noisy) = pairs.unzip();
        Requests {
            texts,
            noisy,
            edits: Packed::new(edits),
        }
    }

    fn loss(&self, module: &Unified, data: Requests, _: &Device) -> Loss {
        let Requests {
            texts,
            noisy,
            edits,
        } = data;
        let (painted, edited) = (noisy.len() as f64, edits.len() as f64);
        let all = painted + edited;
        let mut sum = Sum::default();
        if !noisy.is_empty() {
            let reader = module.valid();
            let velocity =
                velocities_after_text(&reader, module, &self.config, self.special, &texts, &noisy);
            let loss = VelocityLoss::new(velocity, &noisy);
            sum.add_velocity("velocity", loss, painted / all);
        }
        // The understanding expert is frozen, so the words before an edit are read, not learned.
        if let Some(loss) = edits.loss(module, &self.config) {
            sum.add_velocity("edits", loss.velocity, edited / all);
        }
        sum.loss(all)
    }

    fn validate(&self, module: &Unified) -> Vec<(&'static str, f64)> {
        let mut figures = vec![
            ("velocity", self.validation_loss(module)),
            ("edits", self.edit_loss(module)),
        ];
        let real = self.cache.real.held(VALIDATION as usize);
        if !real.is_empty() {
            figures.push(("real_velocity", self.mean_error(module, &real)));
        }
        figures
    }
}

impl GenerationStage {
    /// Mean velocity error on the validation split at four fixed times.
    pub(crate) fn validation_loss(&self, module: &Unified) -> f64 {
        let cases = (0..VALIDATION).map(|index| split_case(Split::Validation, index));
        let wanted: Vec<_> = cases.map(|case| Wanted::from((case, Vec::new()))).collect();
        self.mean_error(module, &wanted)
    }

    /// Mean velocity error of images under their requests, at four fixed times.
    fn mean_error(&self, module: &Unified, wanted: &[Wanted]) -> f64 {
        let scenes = self.cache.encode(wanted, &self.tokenizer);
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
            let loss = VelocityLoss::new(velocity, &noisy);
            sum += f64::from(loss.error.into_scalar::<f32>());
        }
        sum / TIMES.len() as f64
    }

    /// Mean velocity error of edits of the validation split at the times at which they are learned.
    fn edit_loss(&self, module: &Unified) -> f64 {
        let samples = (0..VALIDATION).map(|index| {
            let pair = self
                .pairs
                .encode(split_pair(Split::Validation, index), &self.tokenizer);
            let mut rng = sample_rng(9, index);
            edit(
                &pair,
                &self.config,
                self.special,
                ResponseOrder::Nothing,
                &mut rng,
            )
        });
        let loss = Packed::new(samples.collect())
            .loss(module, &self.config)
            .expect("invariant: there are edits");
        f64::from(loss.velocity.error.into_scalar::<f32>())
    }
}

/// Starts the generation expert as a copy of the understanding expert.
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
