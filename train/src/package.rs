//! The trained stages as one model package, which is what ships.

use std::{fs, path::PathBuf};

use burn::tensor::Device;
use serde_json::json;
use unimed_core::model::{Autoencoder, Unified};
use unimed_package::{DType, Manifest, PackageWriter, TensorMeta, config::ModelConfig};

use unimed_phantom::Modality;

use crate::{
    TrainError,
    error::at,
    launch::{open_autoencoder, read_config},
    params::{Params, is_constant},
    stages::is_generation,
    state::{f16_bytes, load_all_weights, load_weights, weights_file},
};

/// Stages that hold decoder weights, the last first.
const DECODER_STAGES: [&str; 3] = ["unified", "generation", "understanding"];

/// What to put into a package.
#[derive(Debug, Clone)]
pub struct PackageSettings {
    /// Folder of the configuration files and the tokenizer.
    pub config: PathBuf,
    /// Folder of the stages' weights.
    pub state: PathBuf,
    /// Weights that are averaged with those of the stages, each file counting as much.
    pub average: Vec<PathBuf>,
    /// Folder to write; an older package there is replaced.
    pub out: PathBuf,
    /// Name of the model.
    pub name: String,
    /// Where the weights come from, in a sentence.
    pub provenance: String,
    /// What it was trained on.
    pub modalities: Vec<Modality>,
}

/// Writes the package from the averaged weights of the newest stages; returns its number of
/// parameters.
///
/// # Errors
///
/// [`TrainError`] when a stage is missing or the folder cannot be written.
pub fn write_package(settings: &PackageSettings) -> Result<usize, TrainError> {
    let mut config = read_config(&settings.config)?;
    let (autoencoder, measured) = open_autoencoder(&settings.state, &config.autoencoder)?;
    config.autoencoder = measured;
    let path = DECODER_STAGES
        .into_iter()
        .map(|stage| weights_file(&settings.state, stage))
        .find(|path| path.exists())
        .ok_or_else(|| TrainError::StageMissing {
            stage: "understanding",
            path: weights_file(&settings.state, "understanding"),
        })?;
    let device = Device::flex();
    let module = Unified::new(&config, config.vision.num_hidden_layers, &device);
    let mut unified = Params::of(&module, |_| true);
    load_all_weights(&path, &mut unified)?;
    for (number, path) in settings.average.iter().enumerate() {
        // What a file lacks stays as it is.
        let mut other = unified.clone();
        load_weights(path, &mut other)?;
        for (mean, other) in unified.entries.iter_mut().zip(&other.entries) {
            take_in(&mut mean.values, &other.values, number + 1);
        }
    }
    let tokenizer_path = settings.config.join("tokenizer.json");
    let tokenizer = fs::read(&tokenizer_path).map_err(at(&tokenizer_path))?;
    write_to(settings, &config, &unified, &autoencoder, &tokenizer)
}

/// Takes other values into the mean of so many.
///
/// The ends of two runs from the same weights lie around a better place than either (Wortsman et al., 2022).
fn take_in(mean: &mut [f32], other: &[f32], of: usize) {
    for (mean, other) in mean.iter_mut().zip(other) {
        *mean += (other - *mean) / (of + 1) as f32;
    }
}

fn write_to(
    settings: &PackageSettings,
    config: &ModelConfig,
    unified: &Params,
    autoencoder: &Autoencoder,
    tokenizer: &[u8],
) -> Result<usize, TrainError> {
    let mut manifest = Manifest::new(
        &settings.name,
        "MIT OR Apache-2.0",
        &settings.provenance,
        config.to_json()?,
    );
    manifest.defaults = defaults(config, &settings.modalities);
    // The writer swaps the whole folder; the model card beside the files stays.
    let card = settings.out.join("README.md");
    let kept = fs::read(&card).ok();
    let mut writer = PackageWriter::to_folder(manifest, &settings.out)?;
    writer.add_file("tokenizer.json", tokenizer)?;
    // One phase's tensors lie together: understanding expert, generation expert, vision, autoencoder.
    let phase = |name: &str| {
        if is_generation(name) {
            1
        } else {
            2 * u8::from(name.starts_with("vit_model") || name.starts_with("connector"))
        }
    };
    let autoencoder = Params::of(autoencoder, |_| true);
    let mut entries: Vec<_> = unified
        .entries
        .iter()
        .filter(|entry| !is_constant(&entry.name))
        .collect();
    entries.sort_by_key(|entry| phase(&entry.name));
    let mut count = 0;
    for entry in entries.into_iter().chain(&autoencoder.entries) {
        let meta = TensorMeta {
            dtype: DType::F16,
            shape: entry.shape.clone(),
        };
        writer.add_tensor(&entry.name, meta, f16_bytes(&entry.values))?;
        count += entry.values.len();
    }
    writer.finish()?;
    if let Some(kept) = kept {
        fs::write(&card, kept).map_err(at(&card))?;
    }
    Ok(count)
}

/// The settings with which the model paints and answers best, and what it knows.
///
/// An edit is one step without guidance: what is asked for is the picture that the source leaves likely,
/// and the first step of a flow gives its mean, which no sample of it comes nearer to on average.
///
/// A counterfactual takes four steps and is guided by the text twice as far: in one step without guidance fewer than half of the
/// findings that were asked for could be seen.
///
/// A painting begins without guidance: while an image is nearly noise, guidance draws what is asked for
/// everywhere it could be (Kynkäänniemi et al., 2024).
fn defaults(config: &ModelConfig, modalities: &[Modality]) -> serde_json::Value {
    let side = config.vae_transform.max_image_size * config.autoencoder.upscale_factor;
    let keys: Vec<&str> = modalities.iter().map(|modality| modality.key()).collect();
    let paint = |steps: usize, cfg_text: f64, guided_from: f64, shift: f64| {
        json!({
            "width": side, "height": side, "steps": steps,
            "cfg_text": cfg_text, "cfg_image": 1.0, "cfg_interval": [0.0, guided_from],
            "renorm": "global", "renorm_min": 0.0, "shift": shift, "seed": 42,
            "latent_noise": "mean",
        })
    };
    json!({
        "ask": { "temperature": null, "seed": 0, "max_tokens": 96 },
        "paint": paint(8, 6.0, 0.93, 3.0),
        "edit": paint(1, 1.0, 1.0, 1.0),
        "counterfactual": {
            "begins": unimed_phantom::COUNTERFACTUAL_BEGINNINGS,
            "paint": paint(4, 2.0, 1.0, 1.0),
        },
        "super_resolution": {
            "factor": unimed_phantom::SUPER_RESOLUTION_FACTOR,
            "requests": unimed_phantom::SUPER_RESOLUTION_REQUESTS,
        },
        "modalities": keys,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_counts_as_much() {
        let mut mean = vec![1.0, 5.0];
        take_in(&mut mean, &[3.0, 5.0], 1);
        assert_eq!(mean, [2.0, 5.0]);
        take_in(&mut mean, &[8.0, -1.0], 2);
        assert_eq!(mean, [4.0, 3.0]);
    }
}
