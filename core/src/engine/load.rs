//! A package onto a device: first the side that answers, then, when images are to be made, the other one.

use unimed_imaging::RgbImage;

use super::{AskOptions, Defaults, Engine, EngineError, Explain, ModelInfo, PaintOptions};
use crate::{
    compute::Compute,
    device::ComputeDevice,
    model::{LoadReport, LoadedTensors, Model},
};
use unimed_package::{
    Manifest, Package, PackageError, Source, TensorIndex,
    config::{ModelConfig, SpecialTokens, VisionDepth},
    host::{Host, Yielder},
    plan::{Part, Storage, vision_layers},
    scales_name,
};
use unimed_tokenizer::Tokenizer;

/// Name of the tokenizer's file in a package.
const TOKENIZER_FILE: &str = "tokenizer.json";

/// How far loading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadProgress {
    /// Bytes that are on the device.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// What is going on: `loading`, then `compiling`.
    pub phase: &'static str,
}

/// The parts of a model that make images, on the way to the device. Reading them needs no engine, so that the engine can
/// answer meanwhile; see [`Engine::add_generation`].
#[derive(Debug)]
pub struct GenerationParts {
    parts: Vec<Part>,
    loaded: LoadedTensors,
}

/// Parts of a model that are to be read, with their tensors.
#[derive(Debug, Clone)]
pub struct PartsToRead {
    parts: Vec<Part>,
    tensors: Vec<(String, Vec<usize>)>,
}

impl PartsToRead {
    /// What answers questions: what is to be fetched of a package before there can be an engine.
    ///
    /// # Errors
    ///
    /// [`EngineError::Config`], [`EngineError::Plan`].
    pub fn for_answers(package: &Package<'_>, device: &ComputeDevice) -> Result<Self, EngineError> {
        let config = package_config(package)?;
        let storage = Storage::of(&config, vision_layers(package), package);
        let parts = super::plan::answering(&config, &storage, device)?;
        Ok(Self::of(parts, &storage))
    }

    fn of(parts: Vec<Part>, storage: &Storage) -> Self {
        Self {
            tensors: storage
                .weights()
                .filter(|weight| parts.contains(&weight.part))
                .map(|weight| (weight.name.clone(), weight.shape.clone()))
                .collect(),
            parts,
        }
    }

    /// Whether a tensor of a package is one of these, or has the scales of one.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tensors
            .iter()
            .any(|(wanted, _)| wanted == name || scales_name(wanted).as_deref() == Some(name))
    }
}

impl GenerationParts {
    /// Reads tensor after tensor, verified, onto the device.
    ///
    /// # Errors
    ///
    /// As [`Engine::load`].
    pub async fn read(
        needed: PartsToRead,
        weights: &dyn TensorIndex,
        device: &ComputeDevice,
        host: &dyn Host,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, EngineError> {
        let mut report = Report::new(stored_bytes(weights, &needed.tensors), progress);
        let loaded = LoadedTensors::read(
            needed.tensors,
            weights,
            &device.device,
            device.max_binding_bytes,
            &mut LoadReport::default(),
            &mut |bytes| report.add(bytes),
            &Yielder::new(host),
        )
        .await?;
        let parts = needed.parts;
        Ok(Self { parts, loaded })
    }
}

impl Engine {
    /// Loads a whole package: manifest, tokenizer, then tensor after tensor, verified, onto the device.
    ///
    /// On a GPU a throw-away question and step follow, so that pipelines are compiled before the
    /// first real one.
    ///
    /// # Errors
    ///
    /// [`EngineError`] names the file or tensor; [`crate::error::RunError::Stopped`] when the host
    /// stops the job.
    pub async fn load(
        source: &dyn Source,
        device: &ComputeDevice,
        host: &dyn Host,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, EngineError> {
        let package = Package::open(source).await?;
        let mut engine = Self::load_understanding(&package, device, host, progress).await?;
        engine
            .load_generation(&package, device, host, progress)
            .await?;
        Ok(engine)
    }

    /// Loads what answers questions and no more: about half of a package. Images can be made after
    /// [`Self::load_generation`] or [`Self::add_generation`].
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub async fn load_understanding(
        package: &Package<'_>,
        device: &ComputeDevice,
        host: &dyn Host,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, EngineError> {
        Yielder::new(host).yield_now().await?;
        let config = package_config(package)?;
        let tokenizer = Tokenizer::from_json(&package.file(TOKENIZER_FILE).await?)?;
        let info = info(package, &config)?;
        Self::answering(package, config, tokenizer, info, device, host, progress).await
    }

    /// [`Self::load_understanding`] with weights from anywhere.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub async fn answering(
        weights: &dyn TensorIndex,
        config: ModelConfig,
        tokenizer: Tokenizer,
        info: ModelInfo,
        device: &ComputeDevice,
        host: &dyn Host,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, EngineError> {
        let yielder = Yielder::new(host);
        let special = special(&tokenizer, &config)?;
        let mut model = Model::blank(config, special, VisionDepth::Auto, weights, &device.device);
        let parts = super::plan::answering(&model.config, model.storage(), device)?;
        let PartsToRead { parts, tensors } = PartsToRead::of(parts, model.storage());
        let mut report = Report::new(stored_bytes(weights, &tensors), progress);
        let loaded = LoadedTensors::read(
            tensors,
            weights,
            &device.device,
            device.max_binding_bytes,
            &mut LoadReport::default(),
            &mut |bytes| report.add(bytes),
            &yielder,
        )
        .await?;
        model.insert(&parts, loaded)?;
        yielder.yield_now().await?;
        let engine = Self::from_parts(model, tokenizer, info);
        if device.compute == Compute::Gpu {
            report.compiling();
            engine.warm_up_answering(host).await?;
        }
        Ok(engine)
    }

    /// Loads what makes images, unless it is there.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub async fn load_generation(
        &mut self,
        package: &Package<'_>,
        device: &ComputeDevice,
        host: &dyn Host,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<(), EngineError> {
        let Some(needed) = self.needed_for_making(device)? else {
            return Ok(());
        };
        let side = GenerationParts::read(needed, package, device, host, progress).await?;
        self.add_generation(side, device, host).await
    }

    /// What is still to be read before images can be made; nothing when it is there.
    ///
    /// # Errors
    ///
    /// [`EngineError::Plan`] for a device that cannot hold a row of a matrix.
    pub fn needed_for_making(
        &self,
        device: &ComputeDevice,
    ) -> Result<Option<PartsToRead>, EngineError> {
        let storage = self.model.storage();
        let mut parts = super::plan::generation(&self.model.config, storage, device)?;
        parts.retain(|part| !self.model.has(&[*part]));
        Ok((!parts.is_empty()).then(|| PartsToRead::of(parts, storage)))
    }

    /// Whether what makes images is on the device.
    #[must_use]
    pub fn makes_images(&self) -> bool {
        self.model
            .has(&[Part::Generation, Part::Encoder, Part::Decoder])
    }

    pub(super) fn require_making(&self) -> Result<(), EngineError> {
        if self.makes_images() {
            Ok(())
        } else {
            Err(EngineError::AnswersOnly)
        }
    }

    /// Takes in what [`GenerationParts::read`] has read.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub async fn add_generation(
        &mut self,
        side: GenerationParts,
        device: &ComputeDevice,
        host: &dyn Host,
    ) -> Result<(), EngineError> {
        self.model.insert(&side.parts, side.loaded)?;
        if device.compute == Compute::Gpu {
            self.warm_up_making(host).await?;
        }
        Ok(())
    }

    /// Answers once about nothing.
    async fn warm_up_answering(&self, host: &dyn Host) -> Result<(), EngineError> {
        let ask = AskOptions {
            max_tokens: 2,
            ..AskOptions::default()
        };
        let image = self.smallest_image();
        self.ask(std::slice::from_ref(&image), "?", &ask, host, &mut |_| {})
            .await?;
        self.forget();
        Ok(())
    }

    /// Makes one image of nothing.
    async fn warm_up_making(&self, host: &dyn Host) -> Result<(), EngineError> {
        let paint = warm_up_painting(self.info());
        let image = self.smallest_image();
        self.paint(&[image], "?", &paint, host, &mut |_| {}).await?;
        Ok(())
    }

    fn smallest_image(&self) -> RgbImage {
        let (smallest, _) = self.info().paint_sides;
        RgbImage::filled(smallest, smallest, [0; 3])
    }
}

/// Adds up what was read.
struct Report<'a> {
    done_bytes: u64,
    total_bytes: u64,
    progress: &'a mut dyn FnMut(LoadProgress),
}

impl<'a> Report<'a> {
    fn new(total_bytes: u64, progress: &'a mut dyn FnMut(LoadProgress)) -> Self {
        Self {
            done_bytes: 0,
            total_bytes,
            progress,
        }
    }

    fn add(&mut self, bytes: u64) {
        self.done_bytes = (self.done_bytes + bytes).min(self.total_bytes);
        self.tell("loading");
    }

    fn compiling(&mut self) {
        self.done_bytes = self.total_bytes;
        self.tell("compiling");
    }

    fn tell(&mut self, phase: &'static str) {
        (self.progress)(LoadProgress {
            done_bytes: self.done_bytes,
            total_bytes: self.total_bytes,
            phase,
        });
    }
}

/// Bytes of tensors as they are stored.
fn stored_bytes(weights: &dyn TensorIndex, tensors: &[(String, Vec<usize>)]) -> u64 {
    let bytes = |name: &str| match weights.packed(name) {
        Some(shape) => Some(shape.bytes()),
        None => {
            let meta = weights.meta(name)?;
            Some(meta.elements()? * meta.dtype.bytes() as u64)
        }
    };
    tensors.iter().filter_map(|(name, _)| bytes(name)).sum()
}

/// The configuration in a package.
fn package_config(package: &Package<'_>) -> Result<ModelConfig, EngineError> {
    let manifest = package.manifest();
    Ok(ModelConfig::from_json(
        &manifest.config.to_string(),
        &manifest.llm_config.to_string(),
        &manifest.vit_config.to_string(),
    )?)
}

/// The least painting that runs every kind of kernel that one of default size runs.
fn warm_up_painting(info: &ModelInfo) -> PaintOptions {
    let (smallest, _) = info.paint_sides;
    PaintOptions {
        width: smallest,
        height: smallest,
        steps: 1,
        think: None,
        explain: Explain::No,
        preview_every: 0,
        ..info.defaults.paint.clone()
    }
}

/// The tokenizer names the control tokens; the configuration may only agree.
fn special(tokenizer: &Tokenizer, config: &ModelConfig) -> Result<SpecialTokens, EngineError> {
    let special = tokenizer.special();
    match config.special_token_ids {
        Some(configured) if configured != special => Err(EngineError::Setting {
            what: "special_token_ids of the configuration",
            found: format!("{configured:?}"),
            expected: format!("{special:?} as in tokenizer.json"),
        }),
        _ => Ok(special),
    }
}

fn info(package: &Package<'_>, config: &ModelConfig) -> Result<ModelInfo, EngineError> {
    let manifest = package.manifest();
    Ok(ModelInfo {
        name: manifest.name.clone(),
        licence: manifest.licence.clone(),
        parameters: package.parameters(),
        bytes: manifest.total_bytes(),
        max_read_side: config.vit_transform.max_image_size,
        paint_sides: (config.painted_token_pixels(), config.max_paint_side()),
        paint_multiple: config.painted_token_pixels(),
        defaults: defaults(manifest)?,
    })
}

/// What the manifest leaves out has the official value.
fn defaults(manifest: &Manifest) -> Result<Defaults, PackageError> {
    if manifest.defaults.is_null() {
        return Ok(Defaults::default());
    }
    serde_json::from_value(manifest.defaults.clone()).map_err(|error| PackageError::Manifest {
        why: format!("defaults: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warm_up_makes_the_smallest_image_that_the_model_makes() {
        let mut defaults = Defaults::default();
        (defaults.paint.width, defaults.paint.height) = (1024, 1024);
        (defaults.paint.steps, defaults.paint.preview_every) = (49, 3);
        let info = ModelInfo {
            name: String::new(),
            licence: String::new(),
            parameters: 0,
            bytes: 0,
            max_read_side: 980,
            paint_sides: (16, 1024),
            paint_multiple: 16,
            defaults,
        };
        let paint = warm_up_painting(&info);
        assert_eq!((paint.width, paint.height, paint.steps), (16, 16, 1));
        assert_eq!(paint.preview_every, 0);
    }
}
