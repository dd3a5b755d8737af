//! The decoder: a Qwen2-shaped transformer with two experts per layer (Liang et al., 2024).
//!
//! The routing is hard: text, vision tokens and image markers run through the plain
//! ("understanding") weights, latents through the `_moe_gen` ("generation") weights, and all of
//! them meet in one attention. A [`HiddenStates`] therefore carries the two kinds of tokens apart, and
//! attention sees those of the understanding expert first. Attention does not care about the order of its tokens as
//! long as positions and mask follow the same order.

use burn::{
    module::Module,
    tensor::{Device, Int, Tensor},
};

use super::{
    cache::LayerCache, hidden_states::HiddenStates, key_value::KeyValue,
    self_attention::SelfAttention,
};
use crate::{
    kernels::layer,
    nn::{
        Embedding, EmbeddingConfig, Linear, LinearConfig, RmsNorm, RmsNormConfig, Rope, RopeConfig,
        SwiGlu, SwiGluConfig,
    },
};
use unimed_package::{
    config::DecoderConfig,
    host::{Stopped, Yielder},
};

/// One layer with both experts.
#[derive(Module, Debug)]
pub struct DecoderLayer {
    input_layernorm: RmsNorm,
    input_layernorm_moe_gen: RmsNorm,
    self_attn: SelfAttention,
    post_attention_layernorm: RmsNorm,
    post_attention_layernorm_moe_gen: RmsNorm,
    mlp: SwiGlu,
    mlp_moe_gen: SwiGlu,
}

impl DecoderLayer {
    fn new(config: &DecoderConfig, device: &Device) -> Self {
        let norm = || {
            RmsNormConfig::new(config.hidden_size)
                .with_epsilon(config.rms_norm_eps)
                .init(device)
        };
        let mlp = || SwiGluConfig::new(config.hidden_size, config.intermediate_size).init(device);
        Self {
            input_layernorm: norm(),
            input_layernorm_moe_gen: norm(),
            self_attn: SelfAttention::new(config, device),
            post_attention_layernorm: norm(),
            post_attention_layernorm_moe_gen: norm(),
            mlp: mlp(),
            mlp_moe_gen: mlp(),
        }
    }

    /// Runs the layer.
    ///
    /// # Shapes
    ///
    /// - rope: positions of the text and vision tokens, then of the latents
    /// - mask: `[b or 1, 1, t, past + t]` in the same order, added to the scores
    #[must_use]
    pub fn forward(
        &self,
        x: HiddenStates,
        rope: &Rope,
        past: Option<&KeyValue>,
        mask: Option<&Tensor<4>>,
    ) -> (HiddenStates, KeyValue) {
        let normal = x.clone().map(
            |x| self.input_layernorm.forward(x),
            |x| self.input_layernorm_moe_gen.forward(x),
        );
        let (attended, new) = self.self_attn.forward(normal, rope, past, mask);
        let x = x.add(attended);
        let hidden = x.clone().map(
            |x| self.mlp.forward(self.post_attention_layernorm.forward(x)),
            |x| {
                self.mlp_moe_gen
                    .forward(self.post_attention_layernorm_moe_gen.forward(x))
            },
        );
        (x.add(hidden), new)
    }
}

impl DecoderLayer {
    /// Rotated queries of plain tokens, `[b, t, d]` to `[b, heads, t, head_dim]`: what they look for
    /// among the keys.
    #[must_use]
    pub fn queries(&self, x: Tensor<3>, rope: &Rope) -> Tensor<4> {
        let [q, _, _] = self
            .self_attn
            .project(self.input_layernorm.forward(x), false);
        rope.apply(q)
    }

    fn device(&self) -> Device {
        self.mlp.down_proj.weight.device()
    }

    /// Joins products of one expert that read the same input, where that makes a buffer of no more than
    /// `max_binding_bytes`. For inference: their parameters are gone then.
    fn join(&mut self, latents: bool, max_binding_bytes: u64) {
        self.self_attn.join(latents, max_binding_bytes);
        if latents {
            self.mlp_moe_gen.join(max_binding_bytes);
        } else {
            self.mlp.join(max_binding_bytes);
        }
    }

    /// Runs the layer on new tokens and what its cache holds; no gradients.
    ///
    /// # Shapes
    ///
    /// - tables: `[2, t, head_dim]`, positions of the text and vision tokens, then of the latents
    pub(crate) fn advance(
        &self,
        x: Residual,
        tables: &Tensor<3>,
        cache: &mut LayerCache,
        causal: bool,
    ) -> Residual {
        let (understanding, normal) = x.understanding.normalized(&self.input_layernorm);
        let latents = x
            .latents
            .map(|rows| rows.normalized(&self.input_layernorm_moe_gen));
        let (latents, normal_latents) = latents.unzip();
        let (attended, attended_latents) =
            self.self_attn
                .advance(normal, normal_latents, tables, cache, causal);
        let understanding =
            Rows::sum(understanding, attended).fed(&self.post_attention_layernorm, &self.mlp);
        let latents = latents.zip(attended_latents).map(|(latents, attended)| {
            Rows::sum(latents, attended)
                .fed(&self.post_attention_layernorm_moe_gen, &self.mlp_moe_gen)
        });
        Residual {
            understanding,
            latents,
        }
    }
}

/// Rows of the residual stream, `[n, d]`, and what is to be added to them when they are read next.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    x: Tensor<2>,
    added: Option<Tensor<2>>,
}

impl Rows {
    fn sum(x: Tensor<2>, added: Tensor<2>) -> Self {
        Self {
            x,
            added: Some(added),
        }
    }

    /// The sum, and its norm.
    fn normalized(self, norm: &RmsNorm) -> (Tensor<2>, Tensor<2>) {
        let (weight, variant) = (norm.weight.val(), layer::chosen(self.x.dims()[0]));
        match self.added {
            Some(added) => layer::add_rms_norm(self.x, added, weight, norm.epsilon, variant),
            None => {
                let normal = layer::rms_norm(self.x.clone(), weight, norm.epsilon, variant);
                (self.x, normal)
            }
        }
    }

    fn fed(self, norm: &RmsNorm, mlp: &SwiGlu) -> Self {
        let (x, normal) = self.normalized(norm);
        Self::sum(x, mlp.advance(normal))
    }

    fn value(self) -> Tensor<2> {
        match self.added {
            Some(added) => self.x + added,
            None => self.x,
        }
    }
}

/// A stream of one sequence between two layers.
#[derive(Debug, Clone)]
pub(crate) struct Residual {
    understanding: Rows,
    latents: Option<Rows>,
}

impl Residual {
    pub(crate) fn new(stream: HiddenStates) -> Self {
        let rows = |x: Tensor<3>| {
            let [_, t, d] = x.dims();
            Rows {
                x: x.reshape([t, d]),
                added: None,
            }
        };
        Self {
            understanding: rows(stream.understanding),
            latents: stream.latents.map(rows),
        }
    }

    pub(crate) fn stream(self) -> HiddenStates {
        HiddenStates {
            understanding: self.understanding.value().unsqueeze(),
            latents: self.latents.map(|rows| rows.value().unsqueeze()),
        }
    }
}

/// Embedding, layers and last norms.
#[derive(Module, Debug)]
pub struct LayerStack {
    /// Rows of tokens.
    pub embed_tokens: Embedding,
    layers: Vec<DecoderLayer>,
    norm: RmsNorm,
    norm_moe_gen: RmsNorm,
    head_dim: usize,
    rope_theta: f64,
}

impl LayerStack {
    /// The layers in order.
    #[must_use]
    pub fn layers(&self) -> &[DecoderLayer] {
        &self.layers
    }

    /// Rotation tables for this decoder.
    #[must_use]
    pub fn rope(&self) -> RopeConfig {
        RopeConfig::new(self.head_dim, self.rope_theta)
    }

    /// The last norms of both experts.
    #[must_use]
    pub fn finish(&self, x: HiddenStates) -> HiddenStates {
        x.map(|x| self.norm.forward(x), |x| self.norm_moe_gen.forward(x))
    }

    /// Reads new tokens of one sequence into the caches, one a layer; returns their last hidden states. No gradients.
    ///
    /// `after` hears each cache when its layer is done.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job; some caches then hold the tokens, others do not.
    pub async fn advance(
        &self,
        x: HiddenStates,
        positions: &[usize],
        caches: &mut [LayerCache],
        causal: bool,
        yielder: &Yielder<'_>,
        after: &dyn Fn(&mut LayerCache),
    ) -> Result<HiddenStates, Stopped> {
        let tables = self.rope().stacked(positions, &x.understanding.device());
        let mut x = Residual::new(x);
        for (layer, cache) in self.layers.iter().zip(caches) {
            x = layer.advance(x, &tables, cache, causal);
            after(cache);
            yielder.tick().await?;
        }
        Ok(self.finish_residual(x))
    }

    /// The last norms of both experts.
    pub(crate) fn finish_residual(&self, x: Residual) -> HiddenStates {
        let last = |rows: Rows, norm| rows.normalized(norm).1.unsqueeze::<3>();
        HiddenStates {
            understanding: last(x.understanding, &self.norm),
            latents: x.latents.map(|rows| last(rows, &self.norm_moe_gen)),
        }
    }

    /// Joins products of one expert that read the same input, where that makes a buffer of no more than
    /// `max_binding_bytes`. For inference: their parameters are gone then.
    pub(super) fn join(&mut self, latents: bool, max_binding_bytes: u64) {
        for layer in &mut self.layers {
            layer.join(latents, max_binding_bytes);
            // The pieces go back layer by layer, so that no more than one layer is there twice.
            layer.device().memory_cleanup();
        }
    }

    /// Runs all layers and the last norms; returns the new keys and values of each layer.
    ///
    /// `past` is empty or has one entry per layer.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn forward(
        &self,
        mut x: HiddenStates,
        rope: &Rope,
        past: &[KeyValue],
        mask: Option<&Tensor<4>>,
        yielder: &Yielder<'_>,
    ) -> Result<(HiddenStates, Vec<KeyValue>), Stopped> {
        let mut cache = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let (y, new) = layer.forward(x, rope, past.get(index), mask);
            cache.push(new);
            x = y;
            yielder.tick().await?;
        }
        Ok((self.finish(x), cache))
    }
}

/// The decoder with its output matrix.
#[derive(Module, Debug)]
pub struct LanguageModel {
    /// Embedding, layers and norms.
    pub model: LayerStack,
    /// Output matrix; not tied to the embedding.
    pub lm_head: Linear,
}

impl LanguageModel {
    /// A fresh decoder.
    #[must_use]
    pub fn new(config: &DecoderConfig, device: &Device) -> Self {
        let d = config.hidden_size;
        let norm = || {
            RmsNormConfig::new(d)
                .with_epsilon(config.rms_norm_eps)
                .init(device)
        };
        Self {
            model: LayerStack {
                embed_tokens: EmbeddingConfig::new(config.vocab_size, d).init(device),
                layers: (0..config.num_hidden_layers)
                    .map(|_| DecoderLayer::new(config, device))
                    .collect(),
                norm: norm(),
                norm_moe_gen: norm(),
                head_dim: config.head_dim(),
                rope_theta: config.rope_theta,
            },
            lm_head: LinearConfig::new(d, config.vocab_size)
                .with_bias(false)
                .init(device),
        }
    }

    /// Embeds token ids, `[b, t]` to `[b, t, d]`.
    #[must_use]
    pub fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        self.model.embed_tokens.forward(ids)
    }

    /// Logits of final hidden states, `[b, t, d]` to `[b, t, vocab]`.
    #[must_use]
    pub fn logits(&self, hidden: Tensor<3>) -> Tensor<3> {
        self.lm_head.forward(hidden)
    }
}
