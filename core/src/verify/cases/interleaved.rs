//! Case `inter`: texts and images in any order, as the metadata list them.

use serde_json::{Value as Json, json};

use super::{Bench, Results, put};
use crate::{
    context::{Context, Segment, in_sequence_order},
    error::RunError,
    verify::{VerifyError, fixtures::FixtureError},
};

impl Bench<'_> {
    pub(super) async fn interleaved(&self, results: &mut Results) -> Result<(), VerifyError> {
        for flow in self.fixtures.meta_keys("inter") {
            if flow.starts_with("out.") {
                continue;
            }
            self.flow(&flow, results).await?;
        }
        Ok(())
    }

    async fn flow(&self, flow: &str, results: &mut Results) -> Result<(), VerifyError> {
        let stored = self.fixtures.meta("inter", flow)?;
        let mut context = Context::default();
        let mut latents = Vec::new(); // where segments with latents lie in the cache
        let mut found = Vec::new();
        let mut last = None;
        for step in stored.as_array().into_iter().flatten() {
            let (kind, arg) = (
                step["step"].as_str().unwrap_or(""),
                step["arg"].as_str().unwrap_or(""),
            );
            let mut segments = Vec::new();
            for segment in self.segments(kind, arg).await? {
                let length = segment.stream.tokens();
                let positions = segment.positions(context.rope());
                let generation = segment.stream.latents.is_some();
                if generation {
                    latents.push((context.kv_len(), length));
                }
                segments.push(json!({
                    "query_len": length,
                    "first_position": positions.first(),
                    "last_position": positions.last(),
                    "kv_len_before": context.kv_len(),
                    "causal": segment.causal,
                    "mode": if generation { "gen" } else { "und" },
                }));
                let hidden = self
                    .model
                    .append(&mut context, segment, self.yielder)
                    .await?;
                last = Some(in_sequence_order(hidden));
            }
            let (kv_len, rope) = (context.kv_len(), context.rope());
            found.push(json!({
                "step": kind, "arg": arg, "kv_len": kv_len, "rope": rope, "segments": segments,
            }));
        }
        results.fact(flow, Json::from(found), stored);
        let Some(last) = last else { return Ok(()) };
        put(
            results,
            format!("inter.out.{flow}.last_hidden"),
            last.clone(),
        )
        .await?;
        let row = last.dims()[1] - 1;
        let logits = self
            .model
            .unified
            .language_model
            .logits(last.narrow(1, row, 1));
        put(results, format!("inter.out.{flow}.last_logits"), logits).await?;
        self.cache(&format!("inter.out.{flow}."), &context, &latents, results)
            .await?;
        let ids = format!("inter.out.{flow}.gen.ids");
        if self.fixtures.outputs("inter").contains(&ids) {
            self.decode("inter", &format!("{flow}."), &context, results)
                .await?;
        }
        Ok(())
    }

    /// Segments of one step: `text`, `vit`, `vae` or `vae+vit`.
    async fn segments(&self, kind: &str, arg: &str) -> Result<Vec<Segment>, VerifyError> {
        if kind == "text" {
            let ids = self.fixtures.ids(&format!("inter.in.{arg}_ids"))?;
            return Ok(vec![self.model.text_segment(&ids)]);
        }
        let mut segments = Vec::new();
        let picture = self.vae_picture(&self.picture(arg)?)?;
        for part in kind.split('+') {
            match part {
                "vae" => {
                    let letter = arg.rsplit('.').next().unwrap_or("");
                    let noise = self.input::<4>(&format!("inter.in.vae_noise_{letter}"))?;
                    let pixels = self.pixels(&self.vae_picture(&picture)?);
                    let encoder = &self.model.autoencoder;
                    let latent = encoder
                        .encode(pixels, Some(noise), self.yielder)
                        .await
                        .map_err(RunError::from)?;
                    segments.push(self.model.latent_segment(latent));
                }
                "vit" => {
                    let pixels = self.pixels(&self.vit_picture(&picture)?);
                    segments.push(self.model.vision_segment(pixels, self.yielder).await?);
                }
                _ => {
                    let why = format!("step {kind} is not known");
                    return Err(FixtureError::Meta {
                        name: "inter".into(),
                        why,
                    }
                    .into());
                }
            }
        }
        Ok(segments)
    }
}
