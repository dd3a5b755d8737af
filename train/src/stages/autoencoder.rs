//! Images to latents and back: absolute errors of pixels, of their differences and of three
//! coarser scales, with a very small pull of the posterior towards N(0, 1).

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use burn::tensor::{Device, Tensor, TensorData};
use unimed_core::model::{Autoencoder, Posterior};
use unimed_package::{config::AutoencoderConfig, host::Pace};
use unimed_phantom::{SIDE, Split};

use crate::{
    data::{normals, pixels, sample_rng, split_case, training_case},
    params::Params,
    trainer::{Loss, Stage},
};

/// Weight of the differences of neighbouring pixels.
const GRADIENT: f64 = 0.5;
/// Weight of each coarser scale.
const COARSE: f64 = 0.5;
/// Weight of the pull towards N(0, 1), per latent value.
const KL: f64 = 3e-4;
/// Logarithm of the posterior's variance before training: little noise, so that the decoder learns
/// from a usable latent from the first step on.
const FIRST_LOGVAR: f32 = -6.0;
/// Scenes of the validation split that are measured.
const VALIDATION: u64 = 48;

/// Renders, and the noise that their posteriors are sampled with.
#[derive(Debug)]
pub struct Rendered {
    pixels: Vec<f32>,
    noise: Vec<f32>,
    count: usize,
}

/// Trains the autoencoder.
#[derive(Debug)]
pub struct AutoencoderStage {
    /// Shapes.
    pub config: AutoencoderConfig,
}

impl Stage for AutoencoderStage {
    type Module = Autoencoder;
    type Data = Rendered;

    fn name(&self) -> &'static str {
        "autoencoder"
    }

    fn fresh(&self, device: &Device) -> Autoencoder {
        Autoencoder::new(&self.config, device)
    }

    fn trained(&self, _: &str) -> bool {
        true
    }

    fn prepare(&self, params: &mut Params) -> Result<(), crate::TrainError> {
        let z = self.config.z_channels;
        if let Some(bias) = params.get_mut("encoder.conv_out.bias") {
            bias.values[z..].fill(FIRST_LOGVAR);
        }
        if let Some(weight) = params.get_mut("encoder.conv_out.weight") {
            let half = weight.values.len() / 2;
            weight.values[half..].iter_mut().for_each(|w| *w *= 0.1);
        }
        Ok(())
    }

    fn draw(&self, samples: Range<u64>) -> Rendered {
        let (first, count) = (samples.start, (samples.end - samples.start) as usize);
        let side = SIDE / self.config.downsample;
        Rendered {
            noise: normals(
                &mut sample_rng(1, first),
                count * self.config.z_channels * side * side,
            ),
            pixels: samples
                .flat_map(|index| pixels(&training_case(index).image))
                .collect(),
            count,
        }
    }

    fn loss(&self, module: &Autoencoder, data: Rendered, device: &Device) -> Loss {
        let image = batch(data.pixels, device);
        let pace = Pace::free();
        let (posterior, _) = pollster::block_on(module.encoder.forward(image.clone(), &pace))
            .expect("invariant: a free pace never stops");
        let Posterior { mean, logvar } = posterior;
        let noise = TensorData::new(data.noise, mean.dims());
        let noise = Tensor::<4>::from_data(noise, device);
        let sample = mean.clone() + (logvar.clone() * 0.5).exp() * noise;
        let (decoded, _) = pollster::block_on(module.decoder.forward(sample, &pace))
            .expect("invariant: a free pace never stops");
        let error = decoded - image;
        let absolute = error.clone().abs().mean();
        let kl = (mean.square() + logvar.clone().exp() - logvar - 1.0).mean() * 0.5;
        let mut value = absolute.clone() + differences(&error) * GRADIENT + kl.clone() * KL;
        let mut coarse = error;
        for _ in 0..3 {
            coarse = halved(coarse);
            value = value + coarse.clone().abs().mean() * COARSE;
        }
        Loss {
            value,
            weight: data.count as f64,
            parts: vec![("l1", absolute.inner()), ("kl", kl.inner())],
        }
    }

    fn validate(&self, module: &Autoencoder) -> Vec<(&'static str, f64)> {
        let mut sums = BTreeMap::new();
        for index in 0..VALIDATION {
            let case = split_case(Split::Validation, index);
            let image = batch(pixels(&case.image), &Device::flex());
            let (sum, count) = sums.entry(case.modality.key()).or_insert((0.0, 0.0));
            *sum += psnr(&reconstruct(module, image.clone()), &image);
            *count += 1.0;
        }
        let total: f64 = sums.values().map(|(sum, _)| sum).sum();
        let means = sums
            .into_iter()
            .map(|(key, (sum, count))| (key, sum / count));
        std::iter::once(("psnr", total / VALIDATION as f64))
            .chain(means)
            .collect()
    }

    fn meta(&self, module: &Autoencoder) -> HashMap<String, String> {
        let (mean, deviation) = latent_statistics(module, VALIDATION);
        HashMap::from([
            ("shift_factor".into(), mean.to_string()),
            ("scale_factor".into(), (1.0 / deviation).to_string()),
        ])
    }
}

/// Images as a batch `[b, 3, side, side]`.
pub(crate) fn batch(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / (3 * SIDE * SIDE);
    Tensor::from_data(TensorData::new(values, [count, 3, SIDE, SIDE]), device)
}

/// Through the mean of the posterior and back.
fn reconstruct(module: &Autoencoder, image: Tensor<4>) -> Tensor<4> {
    let pace = Pace::free();
    let (posterior, _) = pollster::block_on(module.encoder.forward(image, &pace))
        .expect("invariant: a free pace never stops");
    let (decoded, _) = pollster::block_on(module.decoder.forward(posterior.mean, &pace))
        .expect("invariant: a free pace never stops");
    decoded
}

/// Peak signal-to-noise ratio in dB of values in -1..=1.
fn psnr(image: &Tensor<4>, reference: &Tensor<4>) -> f64 {
    let error = image.clone().clamp(-1.0, 1.0) - reference.clone();
    let mean_square = f64::from(error.square().mean().into_scalar::<f32>());
    10.0 * (4.0 / mean_square.max(1e-12)).log10()
}

/// Mean absolute difference of neighbours in both directions.
fn differences(error: &Tensor<4>) -> Tensor<1> {
    let [_, _, height, width] = error.dims();
    let down = error.clone().narrow(2, 1, height - 1) - error.clone().narrow(2, 0, height - 1);
    let right = error.clone().narrow(3, 1, width - 1) - error.clone().narrow(3, 0, width - 1);
    down.abs().mean() + right.abs().mean()
}

/// Means of 2 x 2 blocks.
fn halved(x: Tensor<4>) -> Tensor<4> {
    let [b, c, height, width] = x.dims();
    let x = x.reshape([b, c, height / 2, 2, width / 2, 2]);
    x.mean_dim(5)
        .mean_dim(3)
        .reshape([b, c, height / 2, width / 2])
}

/// Mean and standard deviation of the posterior's mean over `count` training renders.
#[must_use]
pub fn latent_statistics(module: &Autoencoder, count: u64) -> (f64, f64) {
    let (mut sum, mut square, mut n) = (0.0, 0.0, 0.0);
    for index in 0..count {
        let image = batch(pixels(&training_case(index).image), &Device::flex());
        let (posterior, _) = pollster::block_on(module.encoder.forward(image, &Pace::free()))
            .expect("invariant: a free pace never stops");
        let values = posterior.mean.into_data().try_to_vec::<f32>();
        for value in values.expect("invariant: the encoder computes f32") {
            sum += f64::from(value);
            square += f64::from(value).powi(2);
            n += 1.0;
        }
    }
    let mean = sum / n;
    (mean, (square / n - mean * mean).max(1e-12).sqrt())
}
