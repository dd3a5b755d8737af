//! The autoencoder: a FLUX-style convolutional encoder and decoder with one attention block each.
//!
//! Names and order follow the official checkpoint. `decoder.up` is indexed by resolution level, so
//! it runs backwards. With a pixel-unshuffle factor (default model) blocks of pixels are folded
//! into channels before the first convolution and unfolded after the last; the official form has
//! factor 1.
//!
//! With `upscale_factor` 2 (default model) the decoder writes an image of twice the side of the one that was encoded.

mod blocks;
mod decoder;
mod encoder;
mod upscale;

pub use decoder::{Decoder, Plain};
pub use encoder::{Encoder, Posterior};
pub use upscale::{Upscale, haar, inverse_haar};

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use unimed_package::{
    config::AutoencoderConfig,
    host::{Stopped, Yielder},
};

/// Encoder, decoder and the scale between them.
#[derive(Module, Debug)]
pub struct Autoencoder {
    /// Image to posterior.
    pub encoder: Encoder,
    /// Latent to image.
    pub decoder: Decoder,
    scale_factor: f64,
    shift_factor: f64,
}

impl Autoencoder {
    /// A fresh autoencoder.
    #[must_use]
    pub fn new(config: &AutoencoderConfig, device: &Device) -> Self {
        Self {
            encoder: Encoder::new(config, device),
            decoder: Decoder::new(config, device),
            scale_factor: config.scale_factor,
            shift_factor: config.shift_factor,
        }
    }

    /// Image to latent: `scale * (mean + exp(logvar / 2) * noise - shift)`; without noise the mean
    /// stands for the sample.
    ///
    /// # Shapes
    ///
    /// - image: `[b, 3, height, width]` in -1..=1
    /// - noise, output: `[b, z, height / downsample, width / downsample]`
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn encode(
        &self,
        image: Tensor<4>,
        noise: Option<Tensor<4>>,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<4>, Stopped> {
        let (posterior, _) = self.encoder.forward(image, yielder).await?;
        Ok(self.latent(&posterior, noise))
    }

    /// The scaled latent of a posterior; see [`Self::encode`].
    #[must_use]
    pub fn latent(&self, posterior: &Posterior, noise: Option<Tensor<4>>) -> Tensor<4> {
        let sample = match noise {
            Some(noise) => posterior.mean.clone() + (posterior.logvar.clone() * 0.5).exp() * noise,
            None => posterior.mean.clone(),
        };
        (sample - self.shift_factor) * self.scale_factor
    }

    /// Latent to image, not clamped.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn decode(
        &self,
        latent: Tensor<4>,
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<4>, Stopped> {
        let (image, _) = self.decoder.forward(self.unscale(latent), yielder).await?;
        Ok(image)
    }

    /// Undoes scale and shift.
    #[must_use]
    pub fn unscale(&self, latent: Tensor<4>) -> Tensor<4> {
        latent / self.scale_factor + self.shift_factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pixel_unshuffle: usize) -> AutoencoderConfig {
        AutoencoderConfig {
            in_channels: 3,
            out_ch: 3,
            ch: 8,
            ch_mult: vec![1, 2],
            num_res_blocks: 1,
            z_channels: 4,
            downsample: 2 * pixel_unshuffle,
            scale_factor: 0.5,
            shift_factor: 0.25,
            norm_groups: 4,
            pixel_unshuffle,
            upscale_factor: 1,
        }
    }

    #[test]
    fn shapes_of_both_ways() {
        let device = Device::flex();
        for unshuffle in [1, 4] {
            let config = config(unshuffle);
            config.validate().expect("valid");
            let model = Autoencoder::new(&config, &device);
            let image = Tensor::<4>::zeros([2, 3, 32, 48], &device);
            let yielder = Yielder::never();
            let latent = pollster::block_on(model.encode(image, None, &yielder)).expect("free");
            let d = config.downsample;
            assert_eq!(latent.dims(), [2, 4, 32 / d, 48 / d]);
            let image = pollster::block_on(model.decode(latent, &yielder)).expect("free");
            assert_eq!(image.dims(), [2, 3, 32, 48]);
        }
    }

    /// The decoder of a model with an upscale level, and the same without it.
    fn with_and_without() -> (Autoencoder, Autoencoder) {
        let device = Device::flex();
        let config = AutoencoderConfig {
            upscale_factor: 2,
            ..config(4)
        };
        config.validate().expect("valid");
        let large = Autoencoder::new(&config, &device);
        let mut small = large.clone();
        small.decoder.upscale = None;
        (large, small)
    }

    #[test]
    fn an_image_of_twice_the_side_has_the_means_of_the_plain_one() {
        let (large, small) = with_and_without();
        let latent = Tensor::<4>::random(
            [2, 4, 3, 2],
            burn::tensor::Distribution::Normal(0.0, 1.0),
            &Device::flex(),
        );
        let yielder = Yielder::never();
        let decode = |model: &Autoencoder| {
            pollster::block_on(model.decode(latent.clone(), &yielder)).expect("free")
        };
        let (image, plain) = (decode(&large), decode(&small));
        assert_eq!(plain.dims(), [2, 3, 24, 16]);
        assert_eq!(image.dims(), [2, 3, 48, 32]);
        let (means, details) = haar(image.clone());
        let error = (means - plain).abs().max().into_scalar::<f32>();
        assert!(error < 1e-5, "{error}");
        assert!(
            details.abs().max().into_scalar::<f32>() > 1e-3,
            "no details"
        );
        // The same noise each time.
        decode(&large)
            .into_data()
            .assert_eq(&image.into_data(), true);
    }

    #[test]
    fn other_factors_are_refused() {
        for (upscale_factor, unshuffle) in [(0, 4), (2, 1), (3, 4), (4, 4)] {
            let config = AutoencoderConfig {
                upscale_factor,
                ..config(unshuffle)
            };
            let error = config
                .validate()
                .expect_err("not such a factor")
                .to_string();
            assert!(error.contains("upscale_factor"), "{error}");
        }
    }

    #[test]
    fn noise_moves_the_latent_by_the_deviation() {
        let device = Device::flex();
        let model = Autoencoder::new(&config(1), &device);
        let map = |value: f64| Tensor::<4>::full([1, 4, 1, 1], value, &device);
        let posterior = Posterior {
            mean: map(1.0),
            logvar: map(2.0 * 3.0_f64.ln()),
        };
        let value = |noise: Option<Tensor<4>>| -> f32 {
            model
                .latent(&posterior, noise)
                .into_data()
                .try_to_vec::<f32>()
                .expect("f32")[0]
        };
        assert_eq!(value(None), 0.375); // 0.5 * (1 - 0.25)
        assert!((value(Some(map(2.0))) - 3.375).abs() < 1e-5); // 0.5 * (1 + 3 * 2 - 0.25)
    }
}
