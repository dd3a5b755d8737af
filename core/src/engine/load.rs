//! A package onto a device.

use unimed_imaging::RgbImage;

use super::{AskOptions, Defaults, Engine, EngineError, Explain, ModelInfo, PaintOptions};
use crate::{device::ComputeDevice, model::Model};
use unimed_package::{
    Manifest, Package, PackageError, Source,
    config::{ModelConfig, SpecialTokens, VisionDepth},
    host::{Host, Pace},
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

impl Engine {
    /// Loads a package: manifest, tokenizer, then tensor after tensor, verified, onto the device.
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
        Self::load_package(&Package::open(source).await?, device, host, progress).await
    }

    /// [`Self::load`] of a package that is open already.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub async fn load_package(
        package: &Package<'_>,
        device: &ComputeDevice,
        host: &dyn Host,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, EngineError> {
        let pace = Pace::new(host);
        pace.pause().await?;
        let manifest = package.manifest();
        let config = ModelConfig::from_json(
            &manifest.config.to_string(),
            &manifest.llm_config.to_string(),
            &manifest.vit_config.to_string(),
        )?;
        let tokenizer = Tokenizer::from_json(&package.file(TOKENIZER_FILE).await?)?;
        let special = special(&tokenizer, &config)?;
        let total_bytes = manifest.total_bytes();
        let mut done_bytes = manifest.file(TOKENIZER_FILE)?.size;
        let info = info(package, &config)?;
        let (model, _) = Model::load(
            config,
            special,
            VisionDepth::Auto,
            package,
            package,
            &device.device,
            &mut |bytes| {
                done_bytes = (done_bytes + bytes).min(total_bytes);
                progress(LoadProgress {
                    done_bytes,
                    total_bytes,
                    phase: "loading",
                });
            },
            &pace,
        )
        .await?;
        pace.pause().await?;
        let engine = Self::from_parts(model, tokenizer, info);
        if device.compute == crate::device::Compute::Gpu {
            progress(LoadProgress {
                done_bytes: total_bytes,
                total_bytes,
                phase: "compiling",
            });
            engine.warm_up(host).await?;
        }
        Ok(engine)
    }

    /// Runs every kind of work once on nothing.
    async fn warm_up(&self, host: &dyn Host) -> Result<(), EngineError> {
        let (smallest, _) = self.info().paint_sides;
        let image = RgbImage::filled(smallest, smallest, [0; 3]);
        let ask = AskOptions {
            max_tokens: 2,
            ..AskOptions::default()
        };
        self.ask(std::slice::from_ref(&image), "?", &ask, host, &mut |_| {})
            .await?;
        let paint = warm_up_painting(self.info());
        self.paint(&[image], "?", &paint, host, &mut |_| {}).await?;
        Ok(())
    }
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
        paint_sides: (config.token_pixels(), config.max_paint_side()),
        paint_multiple: config.token_pixels(),
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
