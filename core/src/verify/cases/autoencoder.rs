//! Case `vae`: the autoencoder both ways.

use super::{Bench, Results, put};
use crate::{error::RunError, verify::VerifyError};

impl Bench<'_> {
    pub(super) async fn autoencoder(&self, results: &mut Results) -> Result<(), VerifyError> {
        let image = self.input::<4>("vae.in.image")?;
        let noise = self.input::<4>("vae.in.noise")?;
        let model = &self.model.autoencoder;
        let (posterior, encoder_mid) = model
            .encoder
            .forward(image, self.yielder)
            .await
            .map_err(RunError::from)?;
        let sampled = model.latent(&posterior, Some(noise));
        let mean_only = model.latent(&posterior, None);
        let (decoded, decoder_mid) = model
            .decoder
            .forward(model.unscale(sampled.clone()), self.yielder)
            .await
            .map_err(RunError::from)?;
        for (name, tensor) in [
            ("mean", posterior.mean),
            ("logvar", posterior.logvar),
            ("encoder_mid", encoder_mid),
            ("z_with_noise", sampled),
            ("z_mean_only", mean_only),
            ("decoder_mid", decoder_mid),
            ("decoded", decoded),
        ] {
            put(results, format!("vae.out.{name}"), tensor).await?;
        }
        Ok(())
    }
}
