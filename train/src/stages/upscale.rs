//! Latents to images of twice the side: the decoder's upscale level on top of an autoencoder that stays as it is.
//!
//! What a picture of half the side does not tell of the other is drawn from noise, so an absolute error alone would
//! leave it out. Most of the loss is about how much there is of it, place by place: root mean squares of details over
//! small and over large windows, in bands of the Haar transform. The absolute error keeps the details that are told.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use burn::tensor::{Device, Tensor, TensorData};
use unimed_core::{
    model::{Autoencoder, haar},
    transforms::{normalized, to_image, to_tensor},
};
use unimed_imaging::{RgbImage, area_down};
use unimed_package::{
    config::{AutoencoderConfig, HAAR_DETAILS},
    host::Yielder,
};
use unimed_phantom::{FINE_SIDE, Modality, Split};

use super::autoencoder::psnr;
use crate::{
    TrainError,
    data::{fine_image, normals, rgb, sample_rng, split_modality},
    params::Params,
    pictures::{PictureSet, square},
    sharpness::Sharpness,
    trainer::{Loss, Stage},
};

/// Weight of the absolute error of details.
const ERROR: f64 = 0.3;
/// Weight of an image's power in each band.
const POWER: f64 = 0.5;
/// Sides of the windows of local power, in pixels of the bands, of which one is four of the image.
const WINDOWS: [usize; 2] = [4, 16];
/// Deviation that counts as nothing: half of a step of 8 bits.
const FLOOR: f64 = 0.004;
/// Share of the samples whose latents are blurred, as those of the flow are softer than encoded ones.
const SOFT: f64 = 0.5;
/// How much they are blurred at most.
const SOFTEST: f64 = 0.7;
/// Pictures that are measured of each kind, simulated and real.
const VALIDATION: u64 = 24;

/// Pictures of twice the side, noise, and how soft their latents are to be.
#[derive(Debug)]
pub struct UpscaleBatch {
    pixels: Vec<f32>,
    noise: Vec<f32>,
    soft: Vec<f32>,
}

/// Trains the upscale level.
#[derive(Debug)]
pub struct UpscaleStage {
    /// Shapes.
    pub config: AutoencoderConfig,
    /// Real pictures, of which every other sample is a square where there are any.
    pub pictures: Option<Arc<PictureSet>>,
    /// Scale and shift of the latents, which stay as they are.
    pub factors: HashMap<String, String>,
}

impl UpscaleStage {
    /// The picture of a sample.
    fn sample(&self, index: u64) -> RgbImage {
        match &self.pictures {
            Some(gallery) if index.is_multiple_of(2) => {
                let mut rng = sample_rng(9, index);
                square(gallery.draw(&mut rng), FINE_SIDE, &mut rng)
                    .expect("invariant: a picture of a gallery has pixels")
            }
            Some(_) => rgb(fine_image(Split::Train, index / 2)),
            None => rgb(fine_image(Split::Train, index)),
        }
    }
}

impl Stage for UpscaleStage {
    type Module = Autoencoder;
    type Data = UpscaleBatch;

    fn name(&self) -> &'static str {
        "autoencoder"
    }

    fn fresh(&self, device: &Device) -> Autoencoder {
        Autoencoder::new(&self.config, device)
    }

    fn trained(&self, name: &str) -> bool {
        name.starts_with("decoder.upscale.")
    }

    fn prepare(&self, _: &mut Params) -> Result<(), TrainError> {
        Err(TrainError::Value {
            what: "the weights to start from",
            found: "none".into(),
            expected: "those of an autoencoder, with --from: only its upscale level is trained"
                .into(),
        })
    }

    fn draw(&self, samples: Range<u64>) -> UpscaleBatch {
        let (first, count) = (samples.start, (samples.end - samples.start) as usize);
        let mut rng = sample_rng(10, first);
        let details = HAAR_DETAILS * (FINE_SIDE / 2) * (FINE_SIDE / 2);
        UpscaleBatch {
            noise: normals(&mut rng, count * details),
            soft: (0..count)
                .map(|_| {
                    let soft = rng.uniform() < SOFT;
                    (f64::from(u8::from(soft)) * rng.uniform() * SOFTEST) as f32
                })
                .collect(),
            pixels: samples
                .flat_map(|index| normalized(&self.sample(index), [0.5; 3], [0.5; 3]))
                .collect(),
        }
    }

    fn loss(&self, module: &Autoencoder, data: UpscaleBatch, device: &Device) -> Loss {
        let count = data.soft.len();
        let yielder = Yielder::never();
        let (means, wanted) = haar(batch(data.pixels, device));
        let soft = Tensor::from_data(TensorData::new(data.soft, [count, 1, 1, 1]), device);
        let made = pollster::block_on(async {
            let (posterior, _) = module.encoder.forward(means, &yielder).await?;
            let latent = softened(posterior.mean, soft);
            let plain = module.decoder.plain(latent, &yielder).await?;
            let level = module.decoder.upscale.as_ref();
            let level = level.expect("invariant: this stage trains it");
            let shape = level.noise_shape(plain.image.dims());
            let noise = Tensor::from_data(TensorData::new(data.noise, shape), device);
            module.decoder.details(plain, noise, &yielder).await
        });
        let made = made.expect("invariant: nobody cancels it");
        let error = relative_error(&made, &wanted);
        let (made, wanted) = (bands(made), bands(wanted));
        let scale = scale(&wanted);
        let mut value = error.clone() * ERROR;
        for window in WINDOWS {
            let of = |bands: &Tensor<4>| deviation(bands.clone(), window);
            value = value + ((of(&made) - of(&wanted)).abs() / scale.clone()).mean();
        }
        let side = made.dims()[2];
        let of = |bands: Tensor<4>| deviation(bands, side).log();
        let power = (of(made) - of(wanted)).abs().mean() * 2.0;
        let value = value + power.clone() * POWER;
        Loss {
            value,
            weight: count as f64,
            parts: vec![("error", error.inner()), ("power", power.inner())],
        }
    }

    fn validate(&self, module: &Autoencoder) -> Vec<(&'static str, f64)> {
        let mut sharp: BTreeMap<&'static str, Sharpness> = BTreeMap::new();
        let mut decibels = 0.0;
        for index in 0..VALIDATION {
            let picture = rgb(fine_image(Split::Validation, index));
            let made = doubled(module, &picture);
            decibels += psnr(&tensor(&made), &tensor(&picture)) / VALIDATION as f64;
            let own = sharp.entry(split_modality(index).key()).or_default();
            own.add(&made, &picture).expect("invariant: it has pixels");
        }
        let mut figures = vec![("psnr_fine", decibels)];
        figures.extend(sharp.into_iter().map(|(key, sharp)| (key, sharp.ratio())));
        if let Some(gallery) = self.pictures.as_ref().filter(|all| !all.held.is_empty()) {
            let step = gallery.held.len().div_ceil(VALIDATION as usize);
            let mut sharp: BTreeMap<&'static str, Sharpness> = BTreeMap::new();
            for (index, picture) in gallery.held.iter().step_by(step).enumerate() {
                let Some(modality) = picture.record.modality else {
                    continue;
                };
                let picture = square(picture, FINE_SIDE, &mut sample_rng(11, index as u64))
                    .expect("invariant: a picture of a gallery has pixels");
                let own = sharp.entry(real_key(modality)).or_default();
                own.add(&doubled(module, &picture), &picture)
                    .expect("invariant: it has pixels");
            }
            figures.extend(sharp.into_iter().map(|(key, sharp)| (key, sharp.ratio())));
        }
        figures
    }

    fn meta(&self, _: &Autoencoder) -> HashMap<String, String> {
        self.factors.clone()
    }
}

/// Images as a batch `[b, 3, side, side]`.
fn batch(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / (3 * FINE_SIDE * FINE_SIDE);
    let shape = [count, 3, FINE_SIDE, FINE_SIDE];
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn tensor(image: &RgbImage) -> Tensor<4> {
    to_tensor(image, [0.5; 3], [0.5; 3], &Device::flex())
}

/// A picture brought to half of its side, through the mean of the posterior and back.
fn doubled(module: &Autoencoder, picture: &RgbImage) -> RgbImage {
    let yielder = Yielder::never();
    let small = area_down(picture, 2).expect("invariant: it has pixels");
    let image = pollster::block_on(async {
        let (posterior, _) = module.encoder.forward(tensor(&small), &yielder).await?;
        let (decoded, _) = module.decoder.forward(posterior.mean, &yielder).await?;
        to_image(decoded).await
    });
    image.expect("invariant: nobody cancels it")
}

/// Latents, moved by a share `[b, 1, 1, 1]` towards their means over 3 x 3 places.
fn softened(latent: Tensor<4>, soft: Tensor<4>) -> Tensor<4> {
    let blurred = blurred(blurred(latent.clone(), 2), 3);
    latent.clone() + (blurred - latent) * soft
}

/// Binomial means of three along an axis, whose ends are repeated.
fn blurred(x: Tensor<4>, axis: usize) -> Tensor<4> {
    let length = x.dims()[axis];
    let part = |from, count| x.clone().narrow(axis, from, count);
    let before = Tensor::cat(vec![part(0, 1), part(0, length - 1)], axis);
    let after = Tensor::cat(vec![part(1, length - 1), part(length - 1, 1)], axis);
    (before + after) * 0.25 + x * 0.5
}

/// Mean absolute error of details, relative to the root mean square of an image's own.
fn relative_error(made: &Tensor<4>, wanted: &Tensor<4>) -> Tensor<1> {
    let error = (made.clone() - wanted.clone()).abs();
    (error / scale(wanted)).mean()
}

/// Root mean square of all numbers of an image, `[b, 1, 1, 1]`.
fn scale(x: &Tensor<4>) -> Tensor<4> {
    let [b, ..] = x.dims();
    let square = x
        .clone()
        .square()
        .reshape([b, x.dims()[1..].iter().product()]);
    (square.mean_dim(1) + FLOOR * FLOOR)
        .sqrt()
        .reshape([b, 1, 1, 1])
}

/// Details of brightness and of colour, split into four bands each by one more level of the Haar transform. Colours are
/// differences, so that the noise of a grey image is grey.
fn bands(details: Tensor<4>) -> Tensor<4> {
    let [b, c, height, width] = details.dims();
    let size = [b, c / HAAR_DETAILS, HAAR_DETAILS, height, width];
    let colours = details.reshape(size);
    let [red, green, blue] = [0, 1, 2].map(|at| colours.clone().narrow(1, at, 1));
    let brightness = colours.mean_dim(1);
    let parts = vec![brightness, red - green.clone(), green - blue];
    let parts = Tensor::cat(parts, 1).reshape([b, c, height, width]);
    let (low, high) = haar(parts);
    Tensor::cat(vec![low, high], 1) * 2.0
}

/// Root mean square over windows of this side.
fn deviation(bands: Tensor<4>, window: usize) -> Tensor<4> {
    (mean(bands.square(), window) + FLOOR * FLOOR).sqrt()
}

/// Means over windows of this side.
fn mean(x: Tensor<4>, window: usize) -> Tensor<4> {
    let [b, c, height, width] = x.dims();
    let (rows, columns) = (height / window, width / window);
    let x = x.reshape([b, c, rows, window, columns, window]);
    x.mean_dim(5).mean_dim(3).reshape([b, c, rows, columns])
}

/// Name of a modality's real pictures in the log.
fn real_key(modality: Modality) -> &'static str {
    match modality {
        Modality::ChestXray => "real_chest-xray",
        Modality::Fundus => "real_fundus",
        Modality::BrainMri => "real_brain-mri",
        Modality::Ct => "real_ct",
        Modality::Oct => "real_oct",
        Modality::Ultrasound => "real_ultrasound",
        Modality::Histopathology => "real_histopathology",
        Modality::Endoscopy => "real_endoscopy",
        _ => "real_other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(shape: [usize; 4], deviation: f32) -> Tensor<4> {
        let values = normals(&mut sample_rng(12, 1), shape.iter().product());
        let values = values
            .into_iter()
            .map(|v| v * deviation)
            .collect::<Vec<_>>();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    fn number(tensor: Tensor<4>) -> f32 {
        tensor.max().into_scalar::<f32>()
    }

    #[test]
    fn bands_keep_the_power_of_grey_noise_and_have_no_colour() {
        let grey = noise([1, 1, 3 * 32, 32], 0.2).reshape([1, 3, 32, 32]);
        let bands = bands(Tensor::cat(vec![grey.clone(), grey.clone(), grey], 1));
        assert_eq!(bands.dims(), [1, 36, 16, 16]);
        // Three channels of nine are brightness: the first of each of the low band and of the three high ones.
        let all = deviation(bands.clone(), 16);
        let bright = number(all.clone().narrow(1, 0, 3));
        assert!((0.17..0.23).contains(&bright), "{bright}");
        let colour = number(all.narrow(1, 3, 6));
        assert!(colour < 1.01 * FLOOR as f32, "{colour}");
    }

    #[test]
    fn soft_latents_are_between_their_own_and_their_means() {
        let latent = noise([1, 2, 8, 8], 1.0);
        let of = |soft: f32| {
            let soft = Tensor::full([1, 1, 1, 1], soft, &Device::flex());
            number(deviation(softened(latent.clone(), soft), 8).narrow(1, 0, 1))
        };
        assert_eq!(
            of(0.0),
            number(deviation(latent.clone(), 8).narrow(1, 0, 1))
        );
        assert!(of(1.0) < of(0.5) && of(0.5) < 0.9 * of(0.0));
    }
}
