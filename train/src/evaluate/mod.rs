//! What a package can do, measured on fresh scenes of the test split through the engine's own
//! flows, beside the baselines that anything could reach.

mod agreement;
mod board;
mod editing;
mod likeness;
mod painting;
mod pictures;
mod questions;
mod report;
mod reports;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;
use serde_json::json;
use unimed_core::{
    device::{Compute, open_device},
    engine::Engine,
};
use unimed_imaging::RgbImage;
use unimed_package::{FolderSource, Package, host::NoopHost};
use unimed_phantom::{Modality, SIDE};

pub(crate) use board::wilson;
pub use board::{BoardAnswer, BoardScores, BoardSet, Share};
pub use pictures::{
    FindingScores, MarkedCount, MarkedScores, Marks, MarksReport, OtherScores, PictureSettings,
    PicturesReport, QuestionScores, evaluate_marks, evaluate_pictures, split_of,
};
pub(crate) use report::rounded;
pub use report::{
    AttributeScores, ByModality, CounterfactualScores, Counts, Decibels, JudgeScores,
    PaintingScores, Report,
};

use crate::{
    TrainError,
    error::at,
    fused,
    params::Params,
    stages::{JUDGE_MODALITIES, Judge, JudgeNet, Verdict, classes},
    state::load_all_weights,
};

/// A part of the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Closed and open questions, with the blind baseline.
    Questions,
    /// Facts of reports.
    Reports,
    /// Closed questions about combinations that training never showed.
    HeldOut,
    /// Questions about two or three images.
    Comparisons,
    /// The autoencoder's round trip.
    Autoencoder,
    /// Images from text, named by the judge.
    TextToImage,
    /// Images from images: sequences, super-resolution, stains, counterfactuals.
    Edits,
    /// The quantized package against its reference.
    Agreement,
    /// Modalities of real pictures.
    Board,
}

impl Task {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 9] = [
        Self::Questions,
        Self::Reports,
        Self::HeldOut,
        Self::Comparisons,
        Self::Autoencoder,
        Self::TextToImage,
        Self::Edits,
        Self::Agreement,
        Self::Board,
    ];
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct EvalSettings {
    /// The package.
    pub package: PathBuf,
    /// Seed of the scenes; any seed gives scenes that no training saw.
    pub seed: u64,
    /// Scenes per modality; images are made for at most 100 of them.
    pub count: u64,
    /// Which parts.
    pub tasks: Vec<Task>,
    /// Weights of the judge.
    pub judge: PathBuf,
    /// The package whose weights a quantized one is compared with.
    pub reference: Option<PathBuf>,
    /// Steps of a painting, where not the package's own number.
    pub steps: Option<usize>,
    /// The folder of fetched packages that hold the real pictures.
    pub board: Option<PathBuf>,
}

impl EvalSettings {
    /// Images that are made per modality and task.
    fn images(&self) -> u64 {
        /// Each takes about a second.
        const MOST: u64 = 100;
        self.count.min(MOST)
    }
}

/// A package on the CPU, as the page runs it.
#[derive(Debug)]
pub struct Loaded {
    /// The engine.
    pub engine: Engine,
    /// What the package was trained on.
    pub modalities: Vec<Modality>,
    /// Steps of a painting, where not the package's own number.
    pub steps: Option<usize>,
}

/// Opens a package folder.
///
/// # Errors
///
/// [`TrainError`] names the file or tensor.
pub fn open(folder: &Path) -> Result<Loaded, TrainError> {
    fused::install();
    let source = FolderSource::new(folder);
    let package = pollster::block_on(Package::open(&source))?;
    let modalities = modalities(&package.manifest().defaults["modalities"])?;
    let device =
        pollster::block_on(open_device(Compute::Cpu)).map_err(|error| TrainError::Value {
            what: "the CPU backend",
            found: error.to_string(),
            expected: "a build with it".into(),
        })?;
    let host = NoopHost::new();
    let engine = pollster::block_on(Engine::load(&source, &device, &host, &mut |_| {}))?;
    Ok(Loaded {
        engine,
        modalities,
        steps: None,
    })
}

/// The modalities that a manifest names; all of them where it names none.
fn modalities(named: &serde_json::Value) -> Result<Vec<Modality>, TrainError> {
    let Some(keys) = named.as_array() else {
        return Ok(Modality::ALL.to_vec());
    };
    keys.iter()
        .map(|key| {
            let known = Modality::ALL
                .into_iter()
                .find(|modality| key == modality.key());
            known.ok_or_else(|| TrainError::Value {
                what: "a modality in the manifest",
                found: key.to_string(),
                expected: Modality::ALL.map(Modality::key).join(", "),
            })
        })
        .collect()
}

/// Opens the judge's weights. The file says which modalities it tells apart.
///
/// # Errors
///
/// [`TrainError`] when there are none: a number is measured or absent, never stored.
pub fn open_judge(path: &Path) -> Result<Judge, TrainError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let bad = |why: String| TrainError::Weights {
        path: path.to_owned(),
        why,
    };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(e.to_string()))?;
    let named = header
        .metadata()
        .as_ref()
        .and_then(|meta| meta.get(JUDGE_MODALITIES))
        .ok_or_else(|| bad(format!("its header has no {JUDGE_MODALITIES}")))?;
    let keys: Vec<&str> = named.split(',').collect();
    let modalities = modalities(&json!(keys))?;
    let device = Device::flex();
    let net = JudgeNet::new(classes(&modalities).len(), &device);
    let mut params = Params::of(&net, |_| false);
    load_all_weights(path, &mut params)?;
    let net = params.fill(net, &device);
    Ok(Judge { net, modalities })
}

impl Judge {
    /// What the judge sees in a picture.
    fn verdict(&self, values: Vec<f32>) -> Verdict {
        self.verdicts(single(values))[0]
    }

    /// The judge's features of a picture.
    fn feature_row(&self, values: Vec<f32>) -> Vec<f32> {
        self.net
            .features(single(values))
            .into_data()
            .try_to_vec::<f32>()
            .expect("invariant: the judge computes f32")
    }
}

fn single(values: Vec<f32>) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, [1, 3, SIDE, SIDE]), &Device::flex())
}

/// Values of -1 to 1 as the judge reads them.
fn normalized(image: &RgbImage) -> Vec<f32> {
    unimed_core::transforms::normalized(image, [0.5; 3], [0.5; 3])
}

/// Measures a package.
///
/// # Errors
///
/// [`TrainError`].
pub fn evaluate(settings: &EvalSettings, note: &mut dyn FnMut(&str)) -> Result<Report, TrainError> {
    let start = Instant::now();
    let mut loaded = open(&settings.package)?;
    loaded.steps = settings.steps;
    let mut report = Report::new(settings.seed, settings.count);
    let has = |task| settings.tasks.contains(&task);
    if has(Task::Questions) {
        questions::measure(&loaded, settings, &mut report, note)?;
    }
    if has(Task::Reports) {
        reports::measure(&loaded, settings, &mut report, note)?;
    }
    if has(Task::HeldOut) {
        questions::held_out(&loaded, settings, &mut report, note)?;
    }
    if has(Task::Comparisons) {
        questions::comparisons(&loaded, settings, &mut report, note)?;
    }
    if has(Task::Autoencoder) {
        painting::round_trip(&loaded, settings, &mut report, note)?;
    }
    if has(Task::TextToImage) || has(Task::Edits) {
        let judge = open_judge(&settings.judge)?;
        if let Some(unknown) = loaded
            .modalities
            .iter()
            .find(|modality| !judge.modalities.contains(modality))
        {
            return Err(TrainError::Value {
                what: "the judge",
                found: format!("one that was not trained on {}", unknown.key()),
                expected: "one that knows what the package knows; train it (`unimed train judge`) \
                           or name another with --judge"
                    .into(),
            });
        }
        if has(Task::TextToImage) {
            painting::measure(&loaded, &judge, settings, &mut report, note)?;
        }
        if has(Task::Edits) {
            editing::measure(&loaded, &judge, settings, &mut report, note)?;
        }
    }
    if let Some(reference) = settings.reference.as_ref().filter(|_| has(Task::Agreement)) {
        agreement::measure(&loaded, &open(reference)?, settings, &mut report, note)?;
    }
    if let Some(fetched) = settings.board.as_ref().filter(|_| has(Task::Board)) {
        board::measure(&loaded, fetched, &mut report, note)?;
    }
    report.seconds = start.elapsed().as_secs_f64().round();
    Ok(report)
}
