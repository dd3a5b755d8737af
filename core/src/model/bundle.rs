//! A loaded model: configuration, control tokens and the weights that are there.

use burn::tensor::Device;

use super::{Autoencoder, LoadError, LoadReport, LoadedTensors, Unified};
use unimed_package::{
    Quantization, TensorIndex,
    config::{ModelConfig, SpecialTokens, VisionDepth},
    host::Yielder,
    plan::{Part, Storage, vision_layers},
    scales_name,
};

/// Everything that the flows of [`crate::context`], [`crate::ask`] and [`crate::paint`] need.
#[derive(Debug, Clone)]
pub struct Model {
    /// Shapes.
    pub config: ModelConfig,
    /// Control tokens.
    pub special: SpecialTokens,
    /// `ema.safetensors`.
    pub unified: Unified,
    /// `ae.safetensors`.
    pub autoencoder: Autoencoder,
    vision_layers: usize,
    storage: Storage,
    /// Parts whose weights are on the device. What is not takes no memory, and would be drawn at random if it were used.
    present: Vec<Part>,
}

impl Model {
    /// A model with fresh weights, for training and tests.
    #[must_use]
    pub fn new(config: ModelConfig, special: SpecialTokens, device: &Device) -> Self {
        let layers = config.vision.num_hidden_layers;
        let storage = Storage::new(&config, layers, Quantization::None);
        Self {
            present: Part::ALL.to_vec(),
            ..Self::without_weights(config, special, layers, storage, device)
        }
    }

    /// A model of which nothing is on the device yet, with the vision layers that a weight file holds; see
    /// [`Self::insert`].
    #[must_use]
    pub fn blank(
        config: ModelConfig,
        special: SpecialTokens,
        depth: VisionDepth,
        weights: &dyn TensorIndex,
        device: &Device,
    ) -> Self {
        let layers = Unified::vision_layers(depth, vision_layers(weights));
        let storage = Storage::of(&config, layers, weights);
        Self::without_weights(config, special, layers, storage, device)
    }

    fn without_weights(
        config: ModelConfig,
        special: SpecialTokens,
        vision_layers: usize,
        storage: Storage,
        device: &Device,
    ) -> Self {
        let unified = Unified::new(&config, vision_layers, device);
        let autoencoder = Autoencoder::new(&config.autoencoder, device);
        Self {
            config,
            special,
            unified,
            autoencoder,
            vision_layers,
            storage,
            present: Vec::new(),
        }
    }

    /// Loads a whole model, every matrix in one buffer, whose decoder and bridges come from `weights` and whose autoencoder comes from
    /// `autoencoder` (the same index where one package holds both).
    ///
    /// `progress` hears the bytes of every tensor that was read; before each, `yielder` lets others run.
    ///
    /// # Errors
    ///
    /// [`LoadError`] names the tensor; [`LoadError::Stopped`].
    #[expect(clippy::too_many_arguments, reason = "each is a thing of its own")]
    pub async fn load(
        config: ModelConfig,
        special: SpecialTokens,
        depth: VisionDepth,
        weights: &dyn TensorIndex,
        autoencoder: &dyn TensorIndex,
        device: &Device,
        progress: &mut dyn FnMut(u64),
        yielder: &Yielder<'_>,
    ) -> Result<(Self, LoadReport), LoadError> {
        let mut model = Self::blank(config, special, depth, weights, device);
        let mut report = LoadReport::default();
        let (coders, others): (Vec<Part>, Vec<Part>) = Part::ALL
            .into_iter()
            .partition(|part| matches!(part, Part::Encoder | Part::Decoder));
        for (parts, index) in [(others, weights), (coders, autoencoder)] {
            let wanted = model.tensors(&parts);
            let limit = u64::MAX;
            let loaded =
                LoadedTensors::read(wanted, index, device, limit, &mut report, progress, yielder)
                    .await?;
            model.insert(&parts, loaded)?;
        }
        report.unused = model.unused(weights);
        Ok((model, report))
    }

    /// Names and shapes of the tensors of some parts, in the order of a package.
    #[must_use]
    pub fn tensors(&self, parts: &[Part]) -> Vec<(String, Vec<usize>)> {
        self.storage
            .weights()
            .filter(|weight| parts.contains(&weight.part))
            .map(|weight| (weight.name.clone(), weight.shape.clone()))
            .collect()
    }

    /// Takes the tensors of some parts in, which are there then. Products that read the same input are joined, unless the
    /// device cannot bind them together.
    ///
    /// # Errors
    ///
    /// [`LoadError::Packed`] for a matrix that has to be of floats.
    pub fn insert(&mut self, parts: &[Part], mut loaded: LoadedTensors) -> Result<(), LoadError> {
        let device = self.device();
        let blank = Unified::new(&self.config, self.vision_layers, &device);
        let unified = std::mem::replace(&mut self.unified, blank);
        self.unified = loaded.put(unified, "");
        let blank = Autoencoder::new(&self.config.autoencoder, &device);
        let autoencoder = std::mem::replace(&mut self.autoencoder, blank);
        self.autoencoder = loaded.put(autoencoder, "");
        let limit = loaded.max_binding_bytes();
        loaded.check_all_used()?;
        for (part, latents) in [(Part::Understanding, false), (Part::Generation, true)] {
            if parts.contains(&part) {
                self.unified.language_model.model.join(latents, limit);
            }
        }
        self.present.extend(parts);
        // What was joined lies somewhere else now.
        device.memory_cleanup();
        Ok(())
    }

    /// What its tensors take on a device.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The parts whose weights are on the device.
    #[must_use]
    pub fn present(&self) -> &[Part] {
        &self.present
    }

    /// Whether the weights of these parts are on the device.
    #[must_use]
    pub fn has(&self, parts: &[Part]) -> bool {
        parts.iter().all(|part| self.present.contains(part))
    }

    /// Tensors of the file that no module takes. The scales of a packed matrix belong to it.
    fn unused(&self, weights: &dyn TensorIndex) -> Vec<String> {
        let mut used = std::collections::HashSet::new();
        for (name, _) in self.tensors(&Part::ALL) {
            if weights.packed(&name).is_some() {
                used.extend(scales_name(&name));
            }
            used.insert(name);
        }
        let mut names = weights.names();
        names.retain(|name| !used.contains(name));
        names
    }

    /// The device that holds the weights.
    #[must_use]
    pub fn device(&self) -> Device {
        self.unified.device()
    }
}
