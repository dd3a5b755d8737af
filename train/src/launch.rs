//! From a folder of configuration files and a name to a running stage.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use burn::tensor::Device;
use safetensors::SafeTensors;
use unimed_core::model::Autoencoder;
use unimed_package::config::{AutoencoderConfig, ModelConfig, SpecialTokens};

use crate::{
    error::{TrainError, at},
    optim::AdamW,
    params::Params,
    pictures::{Folder, PictureSet},
    stages::{
        AutoencoderStage, GenerationStage, JudgeStage, LatentCache, Mixture, PairCache,
        UnderstandingStage, UnifiedStage, UpscaleStage, VisionStage,
    },
    state::{load_weights, weights_file},
    trainer::{Outcome, RunOptions, Stage, run},
    vocabulary,
};

/// Name of the scale of latents in the header of an autoencoder's weights.
const SCALE: &str = "scale_factor";
/// Name of their shift.
const SHIFT: &str = "shift_factor";

/// The stages that can be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageName {
    /// Images to latents and back.
    Autoencoder,
    /// The vision tower on facts.
    Vision,
    /// Answers about images.
    Understanding,
    /// Images from text and from images, with the understanding expert frozen.
    Generation,
    /// Everything but the autoencoder at once.
    Unified,
    /// The network that judges paintings.
    Judge,
}

/// Settings of a run; what is not given has a default of the stage.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of `config.json`, `llm_config.json`, `vit_config.json` and `tokenizer.json`.
    pub config: PathBuf,
    /// Folder of states, weights and logs.
    pub state: PathBuf,
    /// Length of the run.
    pub max_minutes: f64,
    /// Its length in steps, where that is sooner.
    pub max_steps: Option<u64>,
    /// Data-parallel threads; with a device, threads that draw samples for it.
    pub threads: usize,
    /// Trains on this device instead of the CPU.
    pub device: Option<Device>,
    /// Seed of the order of the training scenes.
    pub seed: u32,
    /// Samples per step.
    pub batch: Option<usize>,
    /// Largest learning rate.
    pub lr: Option<f32>,
    /// Whether Muon takes the steps of matrices; on the CPU only.
    pub muon: bool,
    /// Share of the run in which the rate decays, at its end.
    pub decay: f32,
    /// Minutes between validations.
    pub validation_minutes: f64,
    /// Steps of warm-up.
    pub warmup: Option<u64>,
    /// Weights to start from; those of a state go before them.
    pub from: Option<PathBuf>,
    /// Beginnings of the names of parameters that stay as they are.
    pub freeze: Vec<String>,
    /// Weights that replace those of the state, by name.
    pub graft: Option<PathBuf>,
    /// Scenes whose latents are kept for painting.
    pub latents: usize,
    /// Edits among twenty samples of the generation stage.
    pub edits: u64,
    /// Kinds of samples in the unified stage.
    pub mixture: Mixture,
    /// Folders of real pictures that are trained on beside the simulated ones.
    pub pictures: Vec<PathBuf>,
    /// ExtraFields fields of these pictures.
    pub fields: Option<PathBuf>,
    /// Share of the patches that the vision stage hides in half of its samples, to have their pixels told.
    pub masked: Option<f32>,
}

/// Reads the three configuration files of a folder.
///
/// # Errors
///
/// [`TrainError::File`] or [`TrainError::Config`].
pub fn read_config(folder: &Path) -> Result<ModelConfig, TrainError> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(at(path))
    };
    let (config, llm, vit) = (
        read("config.json")?,
        read("llm_config.json")?,
        read("vit_config.json")?,
    );
    Ok(ModelConfig::from_json(&config, &llm, &vit)?)
}

/// The trained autoencoder, and its configuration with the measured scale and shift.
///
/// # Errors
///
/// [`TrainError::StageMissing`] before its stage has run.
pub fn open_autoencoder(
    state: &Path,
    config: &AutoencoderConfig,
) -> Result<(Autoencoder, AutoencoderConfig), TrainError> {
    let path = weights_file(state, "autoencoder");
    if !path.exists() {
        return Err(TrainError::StageMissing {
            stage: "autoencoder",
            path,
        });
    }
    let mut config = config.clone();
    [config.scale_factor, config.shift_factor] = factors(&path)?;
    let device = Device::flex();
    let module = Autoencoder::new(&config, &device);
    let mut params = Params::of(&module, |_| true);
    load_weights(&path, &mut params)?;
    Ok((params.fill(module, &device), config))
}

/// Scale and shift of the latents in the header of an autoencoder's weights.
fn factors(path: &Path) -> Result<[f64; 2], TrainError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let bad = |why: String| TrainError::Weights {
        path: path.into(),
        why,
    };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(e.to_string()))?;
    let number = |key: &str| {
        let text = header.metadata().as_ref().and_then(|meta| meta.get(key));
        let value = text.and_then(|text| text.parse::<f64>().ok());
        value.ok_or_else(|| bad(format!("its header has no {key}")))
    };
    Ok([number(SCALE)?, number(SHIFT)?])
}

/// Trains one stage.
///
/// # Errors
///
/// [`TrainError`] says what is missing or went wrong.
pub fn train(
    name: StageName,
    settings: &Settings,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    let config = read_config(&settings.config)?;
    match name {
        StageName::Judge => go(&JudgeStage, settings, 48, 2e-3, stop),
        StageName::Autoencoder if config.autoencoder.upscale_factor > 1 => {
            // The latents stay as they are, so their factors are those of the weights that the run begins with.
            let from = settings.from.as_ref().ok_or_else(|| TrainError::Value {
                what: "--from",
                found: "missing".into(),
                expected: "the weights of the autoencoder that gets the upscale level".into(),
            })?;
            let [scale, shift] = factors(from)?.map(|factor| factor.to_string());
            let stage = UpscaleStage {
                config: config.autoencoder,
                pictures: open_pictures(settings)?,
                factors: HashMap::from([(SCALE.into(), scale), (SHIFT.into(), shift)]),
            };
            go(&stage, settings, 12, 4e-3, stop)
        }
        StageName::Autoencoder => go(
            &AutoencoderStage {
                config: config.autoencoder,
                pictures: open_pictures(settings)?,
            },
            settings,
            12,
            2e-3,
            stop,
        ),
        StageName::Vision => {
            let stage = VisionStage::new(config, open_pictures(settings)?, settings.masked);
            go(&stage, settings, 32, 1.5e-3, stop)
        }
        StageName::Understanding => go(
            &understanding(settings, config, open_pictures(settings)?)?,
            settings,
            16,
            1.5e-3,
            stop,
        ),
        StageName::Generation => {
            let stage = generation(settings, config, open_pictures(settings)?)?;
            go(&stage, settings, 48, 1.5e-3, stop)
        }
        StageName::Unified => {
            let pictures = open_pictures(settings)?;
            let generation = generation(settings, config.clone(), pictures.clone())?;
            let stage = UnifiedStage {
                understanding: understanding(settings, config, pictures)?,
                generation,
                from: weights_file(&settings.state, "generation"),
                mixture: settings.mixture,
            };
            go(&stage, settings, 40, 1e-3, stop)
        }
    }
}

/// The training pictures of the folders that the settings name.
fn open_pictures(settings: &Settings) -> Result<Option<Arc<PictureSet>>, TrainError> {
    if settings.pictures.is_empty() {
        return Ok(None);
    }
    let folders = Folder::all(&settings.pictures, settings.fields.as_deref())?;
    let gallery = PictureSet::training(&folders)?;
    for folder in &folders {
        eprintln!(
            "{}: {} pictures",
            folder.root().display(),
            folder.records.len()
        );
    }
    eprintln!(
        "{} pictures to train on, {} to validate with",
        gallery.pictures.len(),
        gallery.held.len()
    );
    Ok(Some(Arc::new(gallery)))
}

fn go<S: Stage>(
    stage: &S,
    settings: &Settings,
    batch: usize,
    lr: f32,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    let options = RunOptions {
        max_minutes: settings.max_minutes,
        max_steps: settings.max_steps.unwrap_or(u64::MAX),
        threads: settings.threads,
        device: settings.device.clone(),
        first_sample: first_sample(settings.seed),
        batch: settings.batch.unwrap_or(batch),
        lr: settings.lr.unwrap_or(lr),
        optimizer: AdamW {
            muon: settings.muon,
            ..AdamW::default()
        },
        warmup_steps: settings.warmup.unwrap_or(200),
        decay_share: settings.decay,
        state: settings.state.clone(),
        from: settings.from.clone(),
        freeze: settings.freeze.clone(),
        graft: settings.graft.clone(),
        checkpoint_minutes: 10.0,
        log_seconds: 20.0,
        validation_minutes: settings.validation_minutes,
    };
    run(stage, &options, stop)
}

/// Far apart, so that no two seeds share a scene in any run.
fn first_sample(seed: u32) -> u64 {
    u64::from(seed) << 32
}

fn special(config: &ModelConfig, tokenizer: &unimed_tokenizer::Tokenizer) -> SpecialTokens {
    config
        .special_token_ids
        .unwrap_or_else(|| tokenizer.special())
}

fn understanding(
    settings: &Settings,
    config: ModelConfig,
    pictures: Option<Arc<PictureSet>>,
) -> Result<UnderstandingStage, TrainError> {
    let (tokenizer, _) = vocabulary::open_or_train(&settings.config, config.decoder.vocab_size)?;
    let special = special(&config, &tokenizer);
    Ok(UnderstandingStage {
        config,
        special,
        tokenizer,
        pictures,
    })
}

fn generation(
    settings: &Settings,
    mut config: ModelConfig,
    pictures: Option<Arc<PictureSet>>,
) -> Result<GenerationStage, TrainError> {
    let (tokenizer, _) = vocabulary::open_or_train(&settings.config, config.decoder.vocab_size)?;
    let special = special(&config, &tokenizer);
    let (autoencoder, measured) = open_autoencoder(&settings.state, &config.autoencoder)?;
    config.autoencoder = measured;
    let (first, count) = (first_sample(settings.seed), settings.latents);
    let cache = LatentCache::new(
        config.clone(),
        autoencoder.clone(),
        pictures.clone(),
        first,
        count,
    );
    let pairs = PairCache::new(config.clone(), autoencoder, pictures, first, count);
    let understanding = weights_file(&settings.state, "understanding");
    Ok(GenerationStage {
        config,
        special,
        tokenizer,
        cache,
        pairs,
        edits: settings.edits,
        understanding,
    })
}
