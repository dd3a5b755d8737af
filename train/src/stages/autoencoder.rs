//! Images to latents and back: absolute errors of pixels, of their differences and of three
//! coarser scales, with a very small pull of the posterior towards N(0, 1).

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use burn::tensor::{Device, Tensor, TensorData};
use unimed_core::{
    model::{Autoencoder, Posterior},
    transforms::normalized,
};
use unimed_package::{config::AutoencoderConfig, host::Yielder};
use unimed_phantom::{SIDE, Split};

use crate::{
    data::{normals, pixels, sample_rng, split_case, training_case},
    params::Params,
    pictures::{PictureSet, square},
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

/// Pictures, and the noise that their posteriors are sampled with.
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
    /// Real pictures, of which every other sample is a square where there are any.
    pub pictures: Option<Arc<PictureSet>>,
}

impl AutoencoderStage {
    /// The pixels of a sample, `[3, side, side]`.
    fn sample(&self, index: u64) -> Vec<f32> {
        match &self.pictures {
            Some(gallery) if index.is_multiple_of(2) => {
                let mut rng = sample_rng(7, index);
                let image = square(gallery.draw(&mut rng), SIDE, &mut rng)
                    .expect("invariant: a picture of a gallery has pixels");
                normalized(&image, [0.5; 3], [0.5; 3])
            }
            Some(_) => pixels(&training_case(index / 2).image),
            None => pixels(&training_case(index).image),
        }
    }
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
            pixels: samples.flat_map(|index| self.sample(index)).collect(),
            count,
        }
    }

    fn loss(&self, module: &Autoencoder, data: Rendered, device: &Device) -> Loss {
        let image = batch(data.pixels, device);
        let yielder = Yielder::never();
        let (posterior, _) = pollster::block_on(module.encoder.forward(image.clone(), &yielder))
            .expect("invariant: nobody cancels it");
        let Posterior { mean, logvar } = posterior;
        let noise = TensorData::new(data.noise, mean.dims());
        let noise = Tensor::<4>::from_data(noise, device);
        let sample = mean.clone() + (logvar.clone() * 0.5).exp() * noise;
        let (decoded, _) = pollster::block_on(module.decoder.forward(sample, &yielder))
            .expect("invariant: nobody cancels it");
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
        let mut figures = vec![("psnr", total / VALIDATION as f64)];
        figures.extend(means);
        if let Some(gallery) = self.pictures.as_ref().filter(|all| !all.held.is_empty()) {
            // Evenly spread over the pictures kept for validation, which stand source by source.
            let step = gallery.held.len().div_ceil(VALIDATION as usize);
            let shown: Vec<_> = gallery.held.iter().step_by(step).collect();
            let decibels = shown.iter().enumerate().map(|(index, picture)| {
                let image = square(picture, SIDE, &mut sample_rng(8, index as u64))
                    .expect("invariant: a picture of a gallery has pixels");
                let image = batch(normalized(&image, [0.5; 3], [0.5; 3]), &Device::flex());
                psnr(&reconstruct(module, image.clone()), &image)
            });
            figures.push(("real_psnr", decibels.sum::<f64>() / shown.len() as f64));
        }
        figures
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
    let yielder = Yielder::never();
    let (posterior, _) = pollster::block_on(module.encoder.forward(image, &yielder))
        .expect("invariant: nobody cancels it");
    let (decoded, _) = pollster::block_on(module.decoder.forward(posterior.mean, &yielder))
        .expect("invariant: nobody cancels it");
    decoded
}

/// Peak signal-to-noise ratio in dB of values in -1..=1.
pub(super) fn psnr(image: &Tensor<4>, reference: &Tensor<4>) -> f64 {
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
        let (posterior, _) = pollster::block_on(module.encoder.forward(image, &Yielder::never()))
            .expect("invariant: nobody cancels it");
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::{
        launch::read_config,
        pictures::{
            Folder,
            made::{Made, line},
        },
    };

    #[test]
    fn every_other_sample_is_a_square_of_a_real_picture() {
        let made = Made::new("squares");
        // Black, with a white left half, so that what is mirrored is seen.
        made.picture("a.png", (300, 150), [0; 3], [0, 0, 150, 150]);
        made.index(&[line(
            "a.png",
            json!({"split": "train", "width": 300, "height": 150}),
        )]);
        let folder = Folder::open(made.path()).expect("sound");
        let gallery = PictureSet::training(&[folder]).expect("pictures");
        let config = read_config(&Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/default"));
        let stage = AutoencoderStage {
            config: config.expect("committed").autoencoder,
            pictures: Some(Arc::new(gallery)),
        };
        let size = 3 * SIDE * SIDE;
        let drawn = stage.draw(0..40);
        assert_eq!((drawn.count, drawn.pixels.len()), (40, 40 * size));
        let (mut falls, mut rises) = (0, 0);
        for (index, sample) in drawn.pixels.chunks(size).enumerate() {
            if index % 2 == 1 {
                let scene = pixels(&training_case(index as u64 / 2).image);
                assert_eq!(sample, scene, "{index}");
                continue;
            }
            let row = &sample[SIDE * SIDE / 2..][..SIDE];
            assert!(row.iter().all(|value| (-1.0..=1.0).contains(value)));
            falls += u32::from(row[0] > row[SIDE - 1] + 1.0);
            rises += u32::from(row[0] < row[SIDE - 1] - 1.0);
        }
        assert!(falls > 2 && rises > 2, "{falls} fall, {rises} rise");
    }
}
