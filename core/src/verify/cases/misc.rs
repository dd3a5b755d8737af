//! Case `misc`: tables, grids and layouts.

use burn::tensor::Tensor;

use super::{Bench, Results, Value, integers, put};
use crate::{
    model::{patchify_latent, patchify_pixels, unpatchify_latent},
    nn::{RopeConfig, grid_position_ids, sincos_2d_row, timestep_features},
    paint::Schedule,
    verify::{VerifyError, fixtures::FixtureError},
};

impl Bench<'_> {
    pub(super) async fn misc(&self, results: &mut Results) -> Result<(), VerifyError> {
        self.time(results).await?;
        self.positions(results).await?;
        self.layouts(results).await?;
        for name in self.fixtures.outputs("misc") {
            let short = name.trim_start_matches("misc.out.");
            if let Some(rest) = short.strip_prefix("pos_ids_") {
                self.grid_ids(&name, rest, results)?;
            } else if let Some(rest) = short.strip_prefix("timesteps_n") {
                results.tensor(&name, Value::F32(schedule(rest)?.times().to_vec()));
            } else if let Some(rest) = short.strip_prefix("dts_n") {
                let schedule = schedule(rest)?;
                let lengths = (0..schedule.steps())
                    .map(|step| schedule.step(step).1)
                    .collect();
                results.tensor(&name, Value::F32(lengths));
            }
        }
        Ok(())
    }

    async fn time(&self, results: &mut Results) -> Result<(), VerifyError> {
        let (times, _) = self.fixtures.floats("misc.in.t")?;
        let embedder = &self.model.unified.time_embedder;
        let features = times
            .iter()
            .flat_map(|&t| timestep_features(t, embedder.features))
            .collect();
        results.tensor("misc.out.t_sinusoid", Value::F32(features));
        put(results, "misc.out.t_embed", embedder.forward(&times)).await
    }

    async fn positions(&self, results: &mut Results) -> Result<(), VerifyError> {
        let ids = |name: &str| -> Result<Vec<usize>, FixtureError> {
            Ok(self
                .fixtures
                .ids(name)?
                .into_iter()
                .map(|id| id as usize)
                .collect())
        };
        let unified = &self.model.unified;
        let rows = unified
            .latent_pos_embed
            .rows(&ids("misc.in.latent_pos_rows")?);
        put(results, "misc.out.latent_pos", rows).await?;
        let rows = unified.vit_pos_embed.rows(&ids("misc.in.vit_pos_rows")?);
        put(results, "misc.out.vit_pos", rows).await?;
        let real = ids("misc.in.real_latent_pos_rows")?;
        let rows = real
            .iter()
            .flat_map(|id| sincos_2d_row(id / 64, id % 64, 3584))
            .collect();
        results.tensor("misc.out.real_latent_pos_3584_64", Value::F32(rows));
        let rope = RopeConfig::new(128, 1e6);
        let (cosines, sines): (Vec<_>, Vec<_>) = ids("misc.in.rope_positions")?
            .into_iter()
            .map(|position| rope.row(position))
            .unzip();
        results.tensor("misc.out.rope_cos_128", Value::F32(cosines.concat()));
        results.tensor("misc.out.rope_sin_128", Value::F32(sines.concat()));
        Ok(())
    }

    async fn layouts(&self, results: &mut Results) -> Result<(), VerifyError> {
        let patch = self.model.config.latent_patch_size;
        let latent = self.input::<4>("misc.in.latent")?;
        let [_, _, height, width] = latent.dims();
        let tokens = patchify_latent(latent, patch);
        put(results, "misc.out.latent_tokens", tokens.clone()).await?;
        let back = unpatchify_latent(tokens, height / patch, width / patch, patch);
        put(results, "misc.out.latent_unpatchified", back).await?;
        let image: Tensor<3> = self.input("misc.in.vit_image")?;
        let patches = patchify_pixels(image.unsqueeze(), self.model.config.vision.patch_size);
        put(results, "misc.out.vit_patchify", patches).await
    }

    /// `pos_ids_H_W_P`: an image of H x W pixels cut into cells of P.
    fn grid_ids(&self, name: &str, rest: &str, results: &mut Results) -> Result<(), VerifyError> {
        let parts: Vec<usize> = rest
            .split('_')
            .filter_map(|part| part.parse().ok())
            .collect();
        let config = &self.model.config;
        let [height, width, cell] = parts[..] else {
            return Err(unknown(name));
        };
        let side = if cell == config.vision.patch_size {
            config.vit_max_num_patch_per_side
        } else {
            config.max_latent_size
        };
        let ids = grid_position_ids(height / cell, width / cell, side);
        results.tensor(name, integers(ids));
        Ok(())
    }
}

/// `7_shift3.0`: seven grid points, time shift 3.
fn schedule(rest: &str) -> Result<Schedule, VerifyError> {
    let (points, shift) = rest.split_once("_shift").ok_or_else(|| unknown(rest))?;
    let points: usize = points.parse().map_err(|_| unknown(rest))?;
    let shift: f32 = shift.parse().map_err(|_| unknown(rest))?;
    Schedule::new(points.saturating_sub(1), shift).map_err(|_| unknown(rest))
}

fn unknown(name: &str) -> VerifyError {
    FixtureError::Tensor {
        name: name.into(),
        why: "its name has an unknown form".into(),
    }
    .into()
}
