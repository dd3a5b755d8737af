//! Cases `t2i` and `edit`: sampling with every kind of guidance.

use burn::tensor::Tensor;
use serde_json::Value as Json;

use super::{Bench, Results, Value, integers, put};
use crate::{
    context::{ConditionImage, Context, GuidanceContexts, in_sequence_order},
    model::patchify_latent,
    nn::grid_position_ids,
    paint::{Canvas, Guidance, Renorm, Sampling, Schedule},
    transforms::to_image,
    verify::{VerifyError, fixtures::FixtureError},
};

impl Bench<'_> {
    pub(super) async fn text_to_image(&self, results: &mut Results) -> Result<(), VerifyError> {
        let ids = self.fixtures.ids("t2i.in.prompt_ids")?;
        let mut branches = GuidanceContexts::default();
        branches.add_text(self.model, &ids, self.yielder).await?;
        self.contexts("t2i", &branches, results)?;
        self.cache("t2i.out.ctx.", &branches.main, &[], results)
            .await?;
        let noise = self.input::<2>("t2i.in.init_noise")?.unsqueeze::<3>();
        let canvas = self
            .first_step("t2i", &branches, noise.clone(), results)
            .await?;
        let side = self.model.config.max_latent_size;
        let grid = grid_position_ids(canvas.rows, canvas.columns, side);
        results.tensor("t2i.out.latent_position_ids", integers(grid));
        self.variants("t2i", &branches, noise, results).await
    }

    pub(super) async fn edit(&self, results: &mut Results) -> Result<(), VerifyError> {
        let picture = self.vae_picture(&self.picture("img.in.a")?)?;
        let (vae, vit) = (self.vae_picture(&picture)?, self.vit_picture(&picture)?);
        let noise = self.input::<4>("edit.in.vae_noise")?;
        let latent = self
            .model
            .autoencoder
            .encode(self.pixels(&vae), Some(noise), self.yielder)
            .await
            .map_err(crate::error::RunError::from)?;
        let tokens = patchify_latent(latent.clone(), self.model.config.latent_patch_size);
        put(results, "edit.out.vae_latent_tokens", tokens).await?;

        // The two image segments once more, step by step, for their inner values.
        let mut context = Context::default();
        let segment = self.model.latent_segment(latent.clone());
        let length = segment.stream.tokens();
        results.tensor("edit.out.vae_position_ids", integers(segment.positions(0)));
        let trace = self.model.trace(&context, &segment, self.yielder).await?;
        put(results, "edit.out.vae_seq_in", trace.input).await?;
        put(results, "edit.out.vae_hidden_final", trace.hidden_final).await?;
        self.model
            .append(&mut context, segment, self.yielder)
            .await?;
        let segment = self
            .model
            .vision_segment(self.pixels(&vit), self.yielder)
            .await?;
        results.tensor(
            "edit.out.vit_position_ids",
            integers(segment.positions(context.rope())),
        );
        let hidden = self
            .model
            .append(&mut context, segment, self.yielder)
            .await?;
        put(
            results,
            "edit.out.vit_hidden_final",
            in_sequence_order(hidden),
        )
        .await?;

        let mut branches = GuidanceContexts::default();
        let image = ConditionImage {
            latent: Some(latent),
            pixels: Some(self.pixels(&vit)),
        };
        branches.add_image(self.model, image, self.yielder).await?;
        let ids = self.fixtures.ids("edit.in.prompt_ids")?;
        branches.add_text(self.model, &ids, self.yielder).await?;
        self.contexts("edit", &branches, results)?;
        let stored = self.fixtures.meta("edit", "packed_timesteps")?;
        results.fact("packed_timesteps", vec![0], stored);
        self.cache("edit.out.ctx.", &branches.main, &[(0, length)], results)
            .await?;
        let noise = self.input::<2>("edit.in.init_noise")?.unsqueeze::<3>();
        self.first_step("edit", &branches, noise.clone(), results)
            .await?;
        self.variants("edit", &branches, noise, results).await
    }

    /// Token and position counters of the three contexts.
    fn contexts(
        &self,
        case: &str,
        branches: &GuidanceContexts,
        results: &mut Results,
    ) -> Result<(), VerifyError> {
        for (key, context) in [
            ("gen_context", &branches.main),
            ("cfg_text_context", &branches.without_text),
            ("cfg_img_context", branches.without_image()),
        ] {
            let found = vec![context.kv_len(), context.rope()];
            results.fact(key, found, self.fixtures.meta(case, key)?);
        }
        Ok(())
    }

    /// Inner values and unguided velocities at the first grid point.
    async fn first_step(
        &self,
        case: &str,
        branches: &GuidanceContexts,
        noise: Tensor<3>,
        results: &mut Results,
    ) -> Result<Canvas, VerifyError> {
        let variant = self
            .variant_names(case)
            .into_iter()
            .next()
            .unwrap_or_default();
        let sampling = self.sampling(case, &variant)?;
        let canvas = sampling.canvas;
        let (t, _) = sampling.schedule.step(0);
        let segment = self
            .model
            .noisy_segment(noise.clone(), t, canvas.rows, canvas.columns);
        let positions = integers(segment.positions(branches.main.rope()));
        results.tensor(format!("{case}.out.position_ids"), positions);
        let trace = self
            .model
            .trace(&branches.main, &segment, self.yielder)
            .await?;
        put(results, format!("{case}.out.step0_seq_in"), trace.input).await?;
        for (layer, hidden) in trace.layers.into_iter().enumerate() {
            put(
                results,
                format!("{case}.out.step0_hidden_layer{layer}"),
                hidden,
            )
            .await?;
        }
        put(
            results,
            format!("{case}.out.step0_hidden_final"),
            trace.hidden_final,
        )
        .await?;
        for (name, context) in [
            ("cond", &branches.main),
            ("cfg_text", &branches.without_text),
            ("cfg_img", branches.without_image()),
        ] {
            let velocity = self
                .model
                .velocity(context, noise.clone(), t, canvas, self.yielder)
                .await?;
            put(results, format!("{case}.out.step0_v_{name}"), velocity).await?;
        }
        Ok(canvas)
    }

    /// Names of the guidance variants: `out.NAME.params` in the metadata.
    fn variant_names(&self, case: &str) -> Vec<String> {
        self.fixtures
            .meta_keys(case)
            .iter()
            .filter_map(|key| {
                Some(
                    key.strip_prefix("out.")?
                        .strip_suffix(".params")?
                        .to_owned(),
                )
            })
            .collect()
    }

    async fn variants(
        &self,
        case: &str,
        branches: &GuidanceContexts,
        noise: Tensor<3>,
        results: &mut Results,
    ) -> Result<(), VerifyError> {
        for variant in self.variant_names(case) {
            let sampling = self.sampling(case, &variant)?;
            self.scales(case, &variant, &sampling, results)?;
            let (mut states, mut velocities) = (vec![noise.clone()], Vec::new());
            let mut on_step = |step: &crate::paint::FlowStep| {
                states.push(step.x.clone());
                velocities.push(step.velocity.clone());
            };
            let latent = self
                .model
                .sample(
                    branches,
                    &sampling,
                    noise.clone(),
                    self.yielder,
                    &mut on_step,
                )
                .await?;
            let name = |what: &str| format!("{case}.out.{variant}.{what}");
            let last = velocities.len() - 1;
            // Some variants store every state, the others those after two steps and the last.
            let stored = self.fixtures.floats(&name("x"))?.1[0];
            let kept = if stored == states.len() {
                states
            } else {
                [1, 2, last + 1].map(|index| states[index].clone()).to_vec()
            };
            put(results, name("x"), Tensor::cat(kept, 0)).await?;
            let kept = [0, 1, last].map(|index| velocities[index].clone()).to_vec();
            put(results, name("v"), Tensor::cat(kept, 0)).await?;
            put(results, name("final_latent"), latent.clone()).await?;
            let decoded = self
                .model
                .decode_latent(latent, sampling.canvas, self.yielder)
                .await?;
            put(results, name("decoded"), decoded.clone()).await?;
            let image = to_image(decoded).await?;
            results.tensor(name("image_u8"), Value::U8(image.pixels));
        }
        Ok(())
    }

    fn sampling(&self, case: &str, variant: &str) -> Result<Sampling, VerifyError> {
        let key = format!("out.{variant}.params");
        let params = self.fixtures.meta(case, &key)?;
        let bad = |what: &str| FixtureError::Meta {
            name: format!("{case}.{key}"),
            why: format!("{what} is missing or of another form"),
        };
        let number = |what: &str| params[what].as_f64().ok_or_else(|| bad(what));
        let count = |what: &str| {
            params[what]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .ok_or_else(|| bad(what))
        };
        let cell = self.model.config.painted_token_pixels();
        let interval = &params["cfg_interval"];
        let edge = |index: usize| {
            interval[index]
                .as_f64()
                .map(|t| t as f32)
                .ok_or_else(|| bad("cfg_interval"))
        };
        let renorm: Renorm = serde_json::from_value(params["cfg_renorm_type"].clone())
            .map_err(|_| bad("cfg_renorm_type"))?;
        let steps = count("num_timesteps")?.saturating_sub(1);
        let shift = number("timestep_shift")? as f32;
        Ok(Sampling {
            canvas: Canvas {
                rows: count("height")? / cell,
                columns: count("width")? / cell,
            },
            schedule: Schedule::new(steps, shift).map_err(|_| bad("num_timesteps"))?,
            guidance: Guidance {
                text_scale: number("cfg_text_scale")? as f32,
                image_scale: number("cfg_img_scale")? as f32,
                interval: (edge(0)?, edge(1)?),
                renorm,
                renorm_min: number("cfg_renorm_min")? as f32,
            },
        })
    }

    /// Time and scales of every step.
    fn scales(
        &self,
        case: &str,
        variant: &str,
        sampling: &Sampling,
        results: &mut Results,
    ) -> Result<(), VerifyError> {
        let key = format!("out.{variant}.steps");
        let steps: Vec<Json> = (0..sampling.schedule.steps())
            .map(|index| {
                let (t, _) = sampling.schedule.step(index);
                let (text, image) = sampling.guidance.scales(t);
                serde_json::json!({ "t": t, "cfg_text_scale": text, "cfg_img_scale": image })
            })
            .collect();
        results.fact(&key, steps, self.fixtures.meta(case, &key)?);
        Ok(())
    }
}
