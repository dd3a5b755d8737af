//! A loaded model: configuration, control tokens and all weights.

use burn::tensor::Device;

use super::{Autoencoder, LoadError, LoadReport, Unified, fill, tensor_names};
use unimed_package::{
    TensorIndex,
    config::{ModelConfig, SpecialTokens, VisionDepth},
    host::Pace,
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
}

impl Model {
    /// A model with fresh weights, for training and tests.
    #[must_use]
    pub fn new(config: ModelConfig, special: SpecialTokens, device: &Device) -> Self {
        let unified = Unified::new(&config, config.vision.num_hidden_layers, device);
        let autoencoder = Autoencoder::new(&config.autoencoder, device);
        Self {
            config,
            special,
            unified,
            autoencoder,
        }
    }

    /// Loads a model whose decoder and bridges come from `weights` and whose autoencoder comes from
    /// `autoencoder` (the same index where one package holds both).
    ///
    /// `progress` hears the bytes of every tensor that was read; before each, `pace` lets others run.
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
        pace: &Pace<'_>,
    ) -> Result<(Self, LoadReport), LoadError> {
        let names = weights.names();
        let stored = (0..)
            .take_while(|layer| {
                let prefix = format!("vit_model.vision_model.encoder.layers.{layer}.");
                names.iter().any(|name| name.starts_with(&prefix))
            })
            .count();
        let layers = Unified::vision_layers(depth, stored);
        let mut report = LoadReport::default();
        let unified = Unified::new(&config, layers, device);
        let unified = fill(unified, "", weights, device, &mut report, progress, pace).await?;
        let blank = Autoencoder::new(&config.autoencoder, device);
        let autoencoder_weights =
            fill(blank, "", autoencoder, device, &mut report, progress, pace).await?;
        report.unused = unused(weights, &unified, &autoencoder_weights);
        Ok((
            Self {
                config,
                special,
                unified,
                autoencoder: autoencoder_weights,
            },
            report,
        ))
    }

    /// The device that holds the weights.
    #[must_use]
    pub fn device(&self) -> Device {
        self.unified.device()
    }
}

/// Tensors of the file that no module takes. The scales of a packed matrix belong to it.
fn unused(weights: &dyn TensorIndex, unified: &Unified, autoencoder: &Autoencoder) -> Vec<String> {
    let mut used = std::collections::HashSet::new();
    for (name, _) in tensor_names(unified, "")
        .into_iter()
        .chain(tensor_names(autoencoder, ""))
    {
        if weights.packed(&name).is_some() {
            used.extend(scales_name(&name));
        }
        used.insert(name);
    }
    let mut names = weights.names();
    names.retain(|name| !used.contains(name));
    names
}
