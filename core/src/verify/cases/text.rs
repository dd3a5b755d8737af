//! Cases `text`, `und` and `und_inter`: reading and greedy decoding.

use super::{Bench, Results, Value, integers, put, token_ids};
use crate::{
    ask::Decoding,
    context::{Context, in_sequence_order},
    error::read,
    verify::{VerifyError, agreement::Agreement, fixtures::FixtureError},
};

impl Bench<'_> {
    pub(super) async fn text(&self, results: &mut Results) -> Result<(), VerifyError> {
        let ids = self.fixtures.ids("text.in.prompt_ids")?;
        let segment = self.model.text_segment(&ids);
        let mut context = Context::default();
        let trace = self.model.trace(&context, &segment, self.yielder).await?;
        for (layer, hidden) in trace.layers.into_iter().enumerate() {
            put(results, format!("text.out.hidden_layer{layer}"), hidden).await?;
        }
        put(results, "text.out.hidden_final", trace.hidden_final.clone()).await?;
        let logits = read(self.model.unified.language_model.logits(trace.hidden_final)).await?;
        let vocab = self.model.config.decoder.vocab_size;
        results.tensor("text.out.logits_last", last_row(&logits, vocab));
        results.tensor("text.out.logits_all", Value::F32(logits));
        self.model
            .append(&mut context, segment, self.yielder)
            .await?;
        self.cache("text.out.", &context, &[], results).await?;
        let stored = self.fixtures.meta("text", "kv_lens")?;
        results.fact("kv_lens", vec![context.kv_len()], stored);
        results.fact(
            "ropes",
            vec![context.rope()],
            self.fixtures.meta("text", "ropes")?,
        );
        self.decode("text", "", &context, results).await
    }

    /// Image, then question; `twice` resizes the image for the autoencoder first.
    pub(super) async fn understanding(
        &self,
        case: &str,
        twice: bool,
        results: &mut Results,
    ) -> Result<(), VerifyError> {
        let mut picture = self.picture("img.in.a")?;
        if twice {
            picture = self.vae_picture(&picture)?;
        }
        let pixels = self.pixels(&self.vit_picture(&picture)?);
        let segment = self.model.vision_segment(pixels, self.yielder).await?;
        let mut context = Context::default();
        let positions = integers(segment.positions(context.rope()));
        results.tensor(format!("{case}.out.image_position_ids"), positions);
        put(
            results,
            format!("{case}.out.image_seq_in"),
            segment.stream.understanding.clone(),
        )
        .await?;
        let hidden = self
            .model
            .append(&mut context, segment, self.yielder)
            .await?;
        let hidden = in_sequence_order(hidden);
        put(results, format!("{case}.out.image_hidden_final"), hidden).await?;
        let counters = vec![context.kv_len(), context.rope()];
        results.fact(
            "after_image",
            counters,
            self.fixtures.meta(case, "after_image")?,
        );

        let ids = self.fixtures.ids("und.in.prompt_ids")?;
        let segment = self.model.text_segment(&ids);
        let positions = integers(segment.positions(context.rope()));
        results.tensor(format!("{case}.out.text_position_ids"), positions);
        let hidden = self
            .model
            .append(&mut context, segment, self.yielder)
            .await?
            .understanding;
        put(
            results,
            format!("{case}.out.text_hidden_final"),
            hidden.clone(),
        )
        .await?;
        let logits = read(self.model.unified.language_model.logits(hidden)).await?;
        let vocab = self.model.config.decoder.vocab_size;
        results.tensor(
            format!("{case}.out.prefill_last_logits"),
            last_row(&logits, vocab),
        );
        let counters = vec![context.kv_len(), context.rope()];
        results.fact(
            "after_text",
            counters,
            self.fixtures.meta(case, "after_text")?,
        );
        self.cache(&format!("{case}.out."), &context, &[], results)
            .await?;
        self.decode(case, "", &context, results).await
    }

    /// Greedy decoding; `flow` is the name of an interleaved flow with its dot, or empty.
    pub(super) async fn decode(
        &self,
        case: &str,
        flow: &str,
        context: &Context,
        results: &mut Results,
    ) -> Result<(), VerifyError> {
        if self.forced {
            return self.predict(case, flow, context, results).await;
        }
        let max_length = self
            .fixtures
            .scalar("max_length")?
            .as_u64()
            .and_then(|n| n.try_into().ok());
        let Some(max_length) = max_length else {
            let why = "is not a count".to_owned();
            return Err(FixtureError::Meta {
                name: "scalars.max_length".into(),
                why,
            }
            .into());
        };
        let decoding = Decoding {
            temperature: None,
            max_length,
            seed: 0,
        };
        let mut steps: Vec<Vec<f32>> = Vec::new();
        let decoded = self
            .model
            .decode_text(
                context,
                &decoding,
                self.yielder,
                &mut |_| {},
                Some(&mut |logits| steps.push(logits.to_vec())),
            )
            .await?;
        let name = |what: &str| format!("{case}.out.{flow}gen.{what}");
        results.tensor(name("ids"), token_ids(&decoded.ids));
        let (first, last) = (steps.first().cloned(), steps.last().cloned());
        results.tensor(
            name("first_step_logits"),
            Value::F32(first.unwrap_or_default()),
        );
        results.tensor(name("step_logits"), Value::F32(steps.concat()));
        let best = best(&last.unwrap_or_default());
        let meta = |what: &str| format!("out.{flow}gen.{what}");
        for (key, found) in [
            ("argmax_last", serde_json::Value::from(best)),
            ("stopped_by_eos", decoded.ended.into()),
        ] {
            results.fact(meta(key), found, self.fixtures.meta(case, &meta(key))?);
        }
        Ok(())
    }

    /// Predicts every stored token from those before it.
    async fn predict(
        &self,
        case: &str,
        flow: &str,
        context: &Context,
        results: &mut Results,
    ) -> Result<(), VerifyError> {
        let name = |what: &str| format!("{case}.out.{flow}gen.{what}");
        let ids = self.fixtures.ids(&name("ids"))?;
        let after_last = format!("out.{flow}gen.argmax_last");
        let after_last = self.fixtures.meta(case, &after_last)?.as_u64();
        let after_last = after_last.and_then(|id| id.try_into().ok());
        // The set holds the floats' logits of some texts whole, of others those of the first step.
        let floats = (self.fixtures.floats(&name("step_logits")))
            .or_else(|_| self.fixtures.floats(&name("first_step_logits")))
            .map_or_else(|_| Vec::new(), |(values, _)| values);
        let vocab = self.model.config.decoder.vocab_size;
        let mut context = context.clone();
        let mut steps: Vec<Vec<f32>> = Vec::new();
        for (at, &id) in ids.iter().enumerate() {
            let segment = self.model.token_segment(id);
            let hidden = self
                .model
                .append(&mut context, segment, self.yielder)
                .await?;
            let logits = read(
                self.model
                    .unified
                    .language_model
                    .logits(hidden.understanding),
            )
            .await?;
            let next = ids.get(at + 1).map(|&id| id as usize).or(after_last);
            if let Some(next) = next {
                let place = || format!("{case}.{flow}gen {at}");
                let floats = floats.chunks_exact(vocab).nth(at);
                results.agreement += Agreement::of(place, &logits, best(&logits), next, floats);
            }
            steps.push(logits);
        }
        let first = steps.first().cloned().unwrap_or_default();
        results.tensor(name("first_step_logits"), Value::F32(first));
        results.tensor(name("step_logits"), Value::F32(steps.concat()));
        Ok(())
    }
}

/// The most probable token; the first of equal ones.
fn best(logits: &[f32]) -> usize {
    (1..logits.len()).fold(
        0,
        |best, id| {
            if logits[id] > logits[best] { id } else { best }
        },
    )
}

/// The last of the rows.
fn last_row(rows: &[f32], width: usize) -> Value {
    Value::F32(rows[rows.len() - width..].to_vec())
}
