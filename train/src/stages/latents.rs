//! Pictures as the tokens of their latents.

use burn::tensor::Device;
use unimed_core::model::{Autoencoder, patchify_latent};
use unimed_package::{config::ModelConfig, host::Yielder};
use unimed_phantom::SIDE;

use super::autoencoder::batch;

/// Pixels on each side of what one token of a latent stands for.
pub(crate) fn token_pixels(config: &ModelConfig, latent: &[half::f16]) -> usize {
    SIDE / (latent.len() / config.latent_dim()).isqrt() // training images are square
}

/// The scaled latents of some pictures as tokens, in 16 bit. `values` are theirs of -1 to 1, `[n, 3, SIDE, SIDE]`.
pub(crate) fn encode_latents(
    config: &ModelConfig,
    autoencoder: &Autoencoder,
    values: Vec<f32>,
) -> Vec<Vec<half::f16>> {
    let count = values.len() / (3 * SIDE * SIDE);
    let yielder = Yielder::never();
    let latents = autoencoder.encode(batch(values, &Device::flex()), None, &yielder);
    let latents = pollster::block_on(latents).expect("invariant: nobody cancels it");
    let tokens = patchify_latent(latents, config.latent_patch_size);
    let values = tokens
        .into_data()
        .try_to_vec::<f32>()
        .expect("invariant: latents are f32");
    values
        .chunks(values.len() / count)
        .map(|latent| latent.iter().map(|&v| half::f16::from_f32(v)).collect())
        .collect()
}
