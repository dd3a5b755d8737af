//! A published checkpoint, or a package of floats, into a package.
//!
//! The layout of all shards follows from the headers of the source, so shards are written from
//! front to back while the source is read in blocks; memory does not grow with the model. A
//! conversion that was stopped goes on at the shard that it was at.

mod block;
mod error;
mod input;
mod layout;
mod report;
mod resume;
mod shard;

use std::{collections::BTreeMap, ops::ControlFlow, path::Path};

use pollster::block_on;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use error::ConvertError;
pub use report::{ConvertReport, GroupReport, peak_memory};

use block::Blocks;
use input::{Description, Weights};
use layout::{Layout, Stored};
use resume::{Done, Unfinished};
use shard::ShardWriter;
use unimed_package::{
    CHUNK_BYTES, FileEntry, FolderSource, Manifest, OfficialDir, Package, Quantization,
    config::{ModelConfig, VisionDepth},
    hex,
};

/// Largest shard unless the caller chooses another, in bytes of tensors.
pub const SHARD_BYTES: u64 = 256 << 20;
/// Part of the job that a resumed conversion compares: raise it when the same options give other
/// bytes.
const REVISION: u32 = 1;
const TOKENIZER: &str = "tokenizer.json";

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Matrices in 4 bit, the output matrix in 8.
    Q4,
    /// Matrices in 8 bit.
    Q8,
    /// Everything in 16 bit.
    F16,
    /// Everything in 32 bit.
    F32,
}

impl Precision {
    /// What the manifest says.
    #[must_use]
    pub fn quantization(self) -> Quantization {
        match self {
            Self::Q4 => Quantization::Q4,
            Self::Q8 => Quantization::Q8,
            Self::F16 | Self::F32 => Quantization::None,
        }
    }

    /// For the provenance.
    fn words(self) -> &'static str {
        match self {
            Self::Q4 => "matrices quantized to 4 bit",
            Self::Q8 => "matrices quantized to 8 bit",
            Self::F16 => "stored in 16 bit",
            Self::F32 => "stored in 32 bit",
        }
    }
}

/// What to make.
#[derive(Debug, Clone)]
pub struct ConvertOptions {
    /// How weights are stored.
    pub precision: Precision,
    /// Largest shard in bytes of tensors; a tensor that is larger has a shard of its own.
    pub shard_bytes: u64,
    /// Vision layers to keep (docs/reference/model.md 11.1).
    pub vision_depth: VisionDepth,
    /// Name in the manifest; the source's by default.
    pub name: Option<String>,
    /// Licence in the manifest; the source's by default.
    pub licence: Option<String>,
    /// Threads that pack.
    pub threads: usize,
}

impl Default for ConvertOptions {
    fn default() -> Self {
        Self {
            precision: Precision::Q4,
            shard_bytes: SHARD_BYTES,
            vision_depth: VisionDepth::Auto,
            name: None,
            licence: None,
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }
}

/// How far a conversion is.
#[derive(Debug, Clone, Copy)]
pub struct ConvertProgress<'a> {
    /// Bytes of the source that are done, those of an earlier run included.
    pub done_bytes: u64,
    /// Bytes of the source in all.
    pub total_bytes: u64,
    /// The tensor at hand.
    pub tensor: &'a str,
}

/// Hears the progress after every block and may end the conversion.
pub type OnProgress<'a> = &'a mut dyn FnMut(ConvertProgress<'_>) -> ControlFlow<()>;

/// Converts the model in folder `source` into the package `target`.
///
/// # Errors
///
/// [`ConvertError`] names the file or tensor and says what to do. After an error, a stop or a kill
/// there is no `target`; a hidden folder beside it lets the same call go on.
pub fn convert(
    source: &Path,
    target: &Path,
    options: &ConvertOptions,
    progress: OnProgress<'_>,
) -> Result<ConvertReport, ConvertError> {
    if input::is_package(source) {
        let folder = FolderSource::new(source);
        let package = block_on(Package::open(&folder))?;
        let description = input::packaged(&folder, &package, options)?;
        run(&package, description, target, options, progress)
    } else {
        let weights = OfficialDir::open(source)?;
        let description = input::published(source, &weights, options)?;
        run(&weights, description, target, options, progress)
    }
}

fn run(
    weights: &dyn Weights,
    source: Description,
    target: &Path,
    options: &ConvertOptions,
    progress: OnProgress<'_>,
) -> Result<ConvertReport, ConvertError> {
    let [config, llm, vit] = &source.configs;
    let config = ModelConfig::from_json(&config.to_string(), &llm.to_string(), &vit.to_string())?;
    let layout = Layout::new(&config, weights, options)?;
    let mut unfinished = Unfinished::open(target, job(&source, &layout))?;
    let resumed = unfinished.done().len();
    let shards = write_shards(weights, &layout, options, &mut unfinished, progress)?;

    let tokenizer = unfinished.folder().join(TOKENIZER);
    shard::write_whole(&tokenizer, &source.tokenizer)?;
    let mut files = vec![shard::entry_of(TOKENIZER, &source.tokenizer)];
    files.extend(shards.iter().map(|done| done.file.clone()));
    let manifest = manifest(source, &layout, options, files);
    let mut json = serde_json::to_vec_pretty(&manifest).map_err(|error| ConvertError::Write {
        path: "manifest.json".to_owned(),
        why: error.to_string(),
    })?;
    json.push(b'\n');
    unfinished.finish(&json)?;
    Ok(report::report(target, &manifest, layout, &shards, resumed))
}

/// Writes the shards that an earlier run did not.
fn write_shards(
    weights: &dyn Weights,
    layout: &Layout,
    options: &ConvertOptions,
    unfinished: &mut Unfinished,
    progress: OnProgress<'_>,
) -> Result<Vec<Done>, ConvertError> {
    let total_bytes = layout.units().map(layout::Unit::source_bytes).sum();
    let count = layout.shards.len();
    let mut done_bytes = 0;
    let mut blocks = Blocks::new(options.threads);
    for (index, units) in layout.shards.iter().enumerate() {
        if index < unfinished.done().len() {
            done_bytes += units.iter().map(layout::Unit::source_bytes).sum::<u64>();
            continue;
        }
        let mut writer = ShardWriter::create(unfinished.folder(), units)?;
        let mut stats = BTreeMap::new();
        for unit in units {
            let stopped = || ConvertError::Stopped {
                path: unfinished.folder().display().to_string(),
            };
            let mut heard = |bytes| {
                done_bytes += bytes;
                let now = ConvertProgress {
                    done_bytes,
                    total_bytes,
                    tensor: &unit.weight.name,
                };
                match progress(now) {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(()) => Err(stopped()),
                }
            };
            let error =
                blocks.convert(unit, weights, &mut |bytes| writer.put(bytes), &mut heard)?;
            *stats.entry(unit.group()).or_default() += error;
        }
        let name = format!("model-{:05}-of-{count:05}.safetensors", index + 1);
        let file = writer.finish(&name)?;
        unfinished.add(Done { file, stats })?;
    }
    Ok(unfinished.done().to_vec())
}

fn manifest(
    source: Description,
    layout: &Layout,
    options: &ConvertOptions,
    files: Vec<FileEntry>,
) -> Manifest {
    let mut manifest = Manifest::new(
        &source.name,
        &source.licence,
        &source.provenance,
        source.configs,
    );
    manifest.quantization = options.precision.quantization();
    manifest.matrices = layout
        .units()
        .filter_map(|unit| match unit.stored {
            Stored::Packed(shape) => Some((unit.weight.name.clone(), shape)),
            Stored::Float(_) => None,
        })
        .collect();
    manifest.defaults = source.defaults;
    manifest.files = files;
    manifest
}

/// A hash of everything that decides what the shards hold: files, layout, code.
fn job(source: &Description, layout: &Layout) -> String {
    let shards: Vec<Vec<_>> = layout
        .shards
        .iter()
        .map(|units| {
            units
                .iter()
                .map(|unit| format!("{} {:?} {:?}", unit.weight.name, unit.source, unit.stored))
                .collect()
        })
        .collect();
    let all = json!({
        "revision": REVISION,
        "chunk": CHUNK_BYTES,
        "files": source.files,
        "shards": shards,
    });
    hex(Sha256::digest(all.to_string()))
}
