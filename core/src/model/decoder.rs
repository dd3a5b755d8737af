//! The decoder: a Qwen2-shaped transformer with two experts per layer (Liang et al., 2024).
//!
//! The routing is hard: text, vision tokens and image markers run through the plain
//! ("understanding") weights, latents through the `_moe_gen` ("generation") weights, and all of
//! them meet in one attention. A [`Stream`] therefore carries the two kinds of tokens apart, and
//! attention sees the plain ones first. Attention does not care about the order of its tokens as
//! long as positions and mask follow the same order.

use burn::{
    module::Module,
    tensor::{Device, Int, Tensor},
};

use crate::nn::{
    Embedding, EmbeddingConfig, Linear, LinearConfig, RmsNorm, RmsNormConfig, Rope, RopeConfig,
    SwiGlu, SwiGluConfig, attention,
};
use unimed_package::{
    config::DecoderConfig,
    host::{Pace, Stopped},
};

/// Hidden states of one forward call, by expert.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Tokens of the plain expert, `[b, t_und, d]`.
    pub und: Tensor<3>,
    /// Latents, for the generation expert, `[b, t_gen, d]`.
    pub latents: Option<Tensor<3>>,
}

impl Stream {
    /// A stream of plain tokens only.
    #[must_use]
    pub fn und(und: Tensor<3>) -> Self {
        Self { und, latents: None }
    }

    /// Tokens of both kinds.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.und.dims()[1] + self.latents.as_ref().map_or(0, |latents| latents.dims()[1])
    }

    /// Applies one function to each kind.
    fn map(
        self,
        und: impl FnOnce(Tensor<3>) -> Tensor<3>,
        gen_: impl FnOnce(Tensor<3>) -> Tensor<3>,
    ) -> Self {
        Self {
            und: und(self.und),
            latents: self.latents.map(gen_),
        }
    }

    fn add(self, other: Self) -> Self {
        Self {
            und: self.und + other.und,
            latents: self.latents.zip(other.latents).map(|(a, b)| a + b),
        }
    }
}

/// Keys (after norm and rotation) and values of one layer; both `[b, kv_heads, t, head_dim]`.
#[derive(Debug, Clone)]
pub struct KeyValue {
    /// Keys.
    pub k: Tensor<4>,
    /// Values.
    pub v: Tensor<4>,
}

impl KeyValue {
    /// `past`, then `self`.
    #[must_use]
    pub fn after(self, past: Option<&Self>) -> Self {
        match past {
            None => self,
            Some(past) => Self {
                k: Tensor::cat(vec![past.k.clone(), self.k], 2),
                v: Tensor::cat(vec![past.v.clone(), self.v], 2),
            },
        }
    }
}

/// Projections of both experts.
#[derive(Module, Debug)]
pub(super) struct SelfAttention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
    q_norm: RmsNorm,
    k_norm: RmsNorm,
    q_proj_moe_gen: Linear,
    k_proj_moe_gen: Linear,
    v_proj_moe_gen: Linear,
    o_proj_moe_gen: Linear,
    q_norm_moe_gen: RmsNorm,
    k_norm_moe_gen: RmsNorm,
    heads: usize,
    kv_heads: usize,
}

impl SelfAttention {
    fn new(config: &DecoderConfig, device: &Device) -> Self {
        let (d, head_dim) = (config.hidden_size, config.head_dim());
        let (q, kv) = (
            config.num_attention_heads * head_dim,
            config.num_key_value_heads * head_dim,
        );
        let linear = |input, output, bias| {
            LinearConfig::new(input, output)
                .with_bias(bias)
                .init(device)
        };
        let norm = || {
            RmsNormConfig::new(head_dim)
                .with_epsilon(config.rms_norm_eps)
                .init(device)
        };
        Self {
            q_proj: linear(d, q, true),
            k_proj: linear(d, kv, true),
            v_proj: linear(d, kv, true),
            o_proj: linear(q, d, false),
            q_norm: norm(),
            k_norm: norm(),
            q_proj_moe_gen: linear(d, q, true),
            k_proj_moe_gen: linear(d, kv, true),
            v_proj_moe_gen: linear(d, kv, true),
            o_proj_moe_gen: linear(q, d, false),
            q_norm_moe_gen: norm(),
            k_norm_moe_gen: norm(),
            heads: config.num_attention_heads,
            kv_heads: config.num_key_value_heads,
        }
    }

    /// Queries, keys and values of one kind of tokens, before rotation.
    fn project(&self, x: Tensor<3>, latents: bool) -> [Tensor<4>; 3] {
        let [b, t, _] = x.dims();
        let split = |y: Tensor<3>, heads: usize| {
            let width = y.dims()[2] / heads;
            y.reshape([b, t, heads, width])
        };
        let (q, k, v, q_norm, k_norm) = if latents {
            (
                &self.q_proj_moe_gen,
                &self.k_proj_moe_gen,
                &self.v_proj_moe_gen,
                &self.q_norm_moe_gen,
                &self.k_norm_moe_gen,
            )
        } else {
            (
                &self.q_proj,
                &self.k_proj,
                &self.v_proj,
                &self.q_norm,
                &self.k_norm,
            )
        };
        let queries = q_norm.forward(split(q.forward(x.clone()), self.heads));
        let keys = k_norm.forward(split(k.forward(x.clone()), self.kv_heads));
        let values = split(v.forward(x), self.kv_heads);
        [queries, keys, values].map(|y| y.swap_dims(1, 2)) // [b, heads, t, head_dim]
    }

    fn forward(
        &self,
        x: Stream,
        rope: &Rope,
        past: Option<&KeyValue>,
        mask: Option<&Tensor<4>>,
    ) -> (Stream, KeyValue) {
        let t_und = x.und.dims()[1];
        let [mut q, mut k, mut v] = self.project(x.und, false);
        if let Some(latents) = x.latents {
            let [q_gen, k_gen, v_gen] = self.project(latents, true);
            q = Tensor::cat(vec![q, q_gen], 2);
            k = Tensor::cat(vec![k, k_gen], 2);
            v = Tensor::cat(vec![v, v_gen], 2);
        }
        let new = KeyValue {
            k: rope.apply(k),
            v,
        };
        let all = new.clone().after(past);
        let y = attention(rope.apply(q), all.k, all.v, mask).swap_dims(1, 2); // [b, t, h, head_dim]
        let [b, t, h, head_dim] = y.dims();
        let y = y.reshape([b, t, h * head_dim]);
        let und = self.o_proj.forward(y.clone().narrow(1, 0, t_und));
        let latents =
            (t > t_und).then(|| self.o_proj_moe_gen.forward(y.narrow(1, t_und, t - t_und)));
        (Stream { und, latents }, new)
    }
}

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
    /// - rope: positions of the plain tokens, then of the latents
    /// - mask: `[b or 1, 1, t, past + t]` in the same order, added to the scores
    #[must_use]
    pub fn forward(
        &self,
        x: Stream,
        rope: &Rope,
        past: Option<&KeyValue>,
        mask: Option<&Tensor<4>>,
    ) -> (Stream, KeyValue) {
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
    pub fn finish(&self, x: Stream) -> Stream {
        x.map(|x| self.norm.forward(x), |x| self.norm_moe_gen.forward(x))
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
        mut x: Stream,
        rope: &Rope,
        past: &[KeyValue],
        mask: Option<&Tensor<4>>,
        pace: &Pace<'_>,
    ) -> Result<(Stream, Vec<KeyValue>), Stopped> {
        let mut cache = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let (y, new) = layer.forward(x, rope, past.get(index), mask);
            cache.push(new);
            x = y;
            pace.tick().await?;
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
