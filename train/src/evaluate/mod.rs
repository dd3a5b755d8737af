//! What a package can do, measured on fresh scenes of the test split through the engine's own
//! flows, beside the baselines that anything could reach.

mod painting;
mod questions;
mod report;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use burn::tensor::Device;
use unimed_core::{
    config::{ModelConfig, VisionDepth},
    engine::Defaults,
    model::Model,
    package::{FolderSource, Package},
    tokenizer::{SpecialTokens, Tokenizer},
};

pub use report::{ByModality, Counts, JudgeScores, PaintingScores, Report};

use crate::{TrainError, params::Params, stages::Judge, state::load_weights};

/// A part of the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Closed and open questions, with the blind baseline.
    Questions,
    /// The autoencoder's round trip.
    Autoencoder,
    /// Images from text, named by the judge.
    TextToImage,
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct EvalSettings {
    /// The package.
    pub package: PathBuf,
    /// Seed of the scenes; any seed gives scenes that no training saw.
    pub seed: u64,
    /// Scenes per modality; images are painted for at most 100 of them.
    pub count: u64,
    /// Which parts.
    pub tasks: Vec<Task>,
    /// Weights of the judge.
    pub judge: PathBuf,
}

/// A package on the CPU, as the engine runs it.
#[derive(Debug)]
pub struct Loaded {
    /// The model.
    pub model: Model,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// The settings in its manifest.
    pub defaults: Defaults,
}

/// Opens a package folder.
///
/// # Errors
///
/// [`TrainError`] names the file or tensor.
pub fn open(folder: &Path) -> Result<Loaded, TrainError> {
    let source = FolderSource::new(folder);
    let package = pollster::block_on(Package::open(&source))?;
    let manifest = package.manifest();
    let config = ModelConfig::from_json(
        &manifest.config.to_string(),
        &manifest.llm_config.to_string(),
        &manifest.vit_config.to_string(),
    )?;
    let tokenizer = Tokenizer::from_json(&pollster::block_on(package.file("tokenizer.json"))?)
        .map_err(|error| TrainError::Tokenizer(error.to_string()))?;
    let special =
        SpecialTokens::of(&tokenizer).map_err(|error| TrainError::Tokenizer(error.to_string()))?;
    let defaults = serde_json::from_value(manifest.defaults.clone()).unwrap_or_default();
    let device = Device::flex();
    let (model, _) = pollster::block_on(Model::load(
        config,
        special,
        VisionDepth::Auto,
        &package,
        &package,
        &device,
        &mut |_| {},
    ))?;
    Ok(Loaded {
        model,
        tokenizer,
        defaults,
    })
}

/// Opens the judge's weights.
///
/// # Errors
///
/// [`TrainError`] when there are none: a number is measured or absent, never stored.
pub fn open_judge(path: &Path) -> Result<Judge, TrainError> {
    let device = Device::flex();
    let judge = Judge::new(&device);
    let mut params = Params::of(&judge, |_| false);
    load_weights(path, &mut params)?;
    Ok(params.fill(judge, &device))
}

/// Measures a package.
///
/// # Errors
///
/// [`TrainError`].
pub fn evaluate(settings: &EvalSettings, note: &mut dyn FnMut(&str)) -> Result<Report, TrainError> {
    let start = Instant::now();
    let loaded = open(&settings.package)?;
    let mut report = Report::new(settings.seed, settings.count);
    let has = |task| settings.tasks.contains(&task);
    if has(Task::Questions) {
        questions::measure(&loaded, settings, &mut report, note)?;
    }
    if has(Task::Autoencoder) {
        painting::round_trip(&loaded, settings, &mut report, note)?;
    }
    if has(Task::TextToImage) {
        let judge = open_judge(&settings.judge)?;
        painting::measure(&loaded, &judge, settings, &mut report, note)?;
    }
    report.seconds = start.elapsed().as_secs_f64().round();
    Ok(report)
}
