//! The cases, one file per part of the model. Each recomputes every output that it knows.

mod autoencoder;
mod flow;
mod images;
mod interleaved;
mod misc;
mod text;
mod vision;

use burn::tensor::{Tensor, TensorData};
use unimed_imaging::RgbImage;

use super::{
    VerifyError,
    check::Results,
    fixtures::{FixtureError, Fixtures, Value},
};
use crate::{
    context::Context,
    error::read,
    model::{KeyValue, Model},
    transforms::to_tensor,
};
use unimed_package::{Quantization, host::Yielder};

/// Names of all cases that this engine can run.
pub const CASES: [&str; 10] = [
    "img",
    "vit",
    "vae",
    "text",
    "und",
    "und_inter",
    "t2i",
    "edit",
    "inter",
    "misc",
];

pub(super) async fn run(
    model: &Model,
    fixtures: &Fixtures,
    case: &str,
    quantization: Quantization,
    yielder: &Yielder<'_>,
    results: &mut Results,
) -> Result<(), VerifyError> {
    let bench = Bench {
        model,
        fixtures,
        forced: quantization != Quantization::None,
        yielder,
    };
    match case {
        "img" => bench.images(results),
        "vit" => bench.vision(results).await,
        "vae" => bench.autoencoder(results).await,
        "text" => bench.text(results).await,
        "und" => bench.understanding("und", false, results).await,
        "und_inter" => bench.understanding("und_inter", true, results).await,
        "t2i" => bench.text_to_image(results).await,
        "edit" => bench.edit(results).await,
        "inter" => bench.interleaved(results).await,
        "misc" => bench.misc(results).await,
        _ => Ok(()), // its outputs count as skipped
    }
}

/// What every case works with.
struct Bench<'a> {
    model: &'a Model,
    fixtures: &'a Fixtures,
    /// Texts are decoded with the stored tokens as input.
    forced: bool,
    yielder: &'a Yielder<'a>,
}

impl Bench<'_> {
    /// A stored float tensor on the device.
    fn input<const D: usize>(&self, name: &str) -> Result<Tensor<D>, FixtureError> {
        let (values, shape) = self.fixtures.floats(name)?;
        if shape.len() != D {
            let why = format!("has {} axes, expected {D}", shape.len());
            return Err(FixtureError::Tensor {
                name: name.into(),
                why,
            });
        }
        Ok(Tensor::from_data(
            TensorData::new(values, shape),
            &self.model.device(),
        ))
    }

    /// A stored picture, height x width x 3.
    fn picture(&self, name: &str) -> Result<RgbImage, FixtureError> {
        let (pixels, shape) = self.fixtures.bytes(name)?;
        match shape[..] {
            [height, width, 3] => Ok(RgbImage {
                width,
                height,
                pixels,
            }),
            _ => Err(FixtureError::Tensor {
                name: name.into(),
                why: format!("has shape {shape:?}, expected height x width x 3"),
            }),
        }
    }

    /// The picture resized for the autoencoder.
    fn vae_picture(&self, image: &RgbImage) -> Result<RgbImage, VerifyError> {
        Ok(self.model.config.vae_transform.rule().apply(image)?)
    }

    /// The picture resized for the vision tower.
    fn vit_picture(&self, image: &RgbImage) -> Result<RgbImage, VerifyError> {
        Ok(self.model.config.vit_transform.rule().apply(image)?)
    }

    fn pixels(&self, image: &RgbImage) -> Tensor<4> {
        let config = &self.model.config;
        to_tensor(
            image,
            config.image_mean,
            config.image_std,
            &self.model.device(),
        )
    }

    /// Keys and values of the layers whose numbers appear among the stored outputs, written as
    /// `{prefix}k{layer}` and `{prefix}v{layer}`, `[tokens, kv_heads, head_dim]`.
    async fn cache(
        &self,
        prefix: &str,
        context: &Context,
        latent_segments: &[(usize, usize)],
        results: &mut Results,
    ) -> Result<(), VerifyError> {
        for (layer, cached) in context.layers().iter().enumerate() {
            let Some(cached) = cached.joined() else {
                continue;
            };
            let ordered: KeyValue = latent_segments
                .iter()
                .fold(cached, |kv, &(at, length)| kv.in_sequence_order(at, length));
            for (letter, tensor) in [("k", ordered.k), ("v", ordered.v)] {
                let values = read(tensor.swap_dims(1, 2)).await?;
                results.tensor(format!("{prefix}{letter}{layer}"), Value::F32(values));
            }
        }
        Ok(())
    }
}

/// Records a float tensor.
async fn put<const D: usize>(
    results: &mut Results,
    name: impl Into<String>,
    tensor: Tensor<D>,
) -> Result<(), VerifyError> {
    results.tensor(name, Value::F32(read(tensor).await?));
    Ok(())
}

/// Positions or ids as the fixtures store them.
fn integers(values: impl IntoIterator<Item = usize>) -> Value {
    Value::I32(
        values
            .into_iter()
            .map(|value| i32::try_from(value).unwrap_or(i32::MAX))
            .collect(),
    )
}

/// Token ids as the fixtures store them.
fn token_ids(ids: &[u32]) -> Value {
    integers(ids.iter().map(|&id| id as usize))
}
