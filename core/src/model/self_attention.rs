//! Attention of a decoder layer, with projections of both experts.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use super::{
    cache::{HeadShape, LayerCache},
    hidden_states::HiddenStates,
    key_value::KeyValue,
};
use crate::{
    kernels::layer::Projected,
    nn::{FusedLinear, Linear, LinearConfig, RmsNorm, RmsNormConfig, Rope, attention},
};
use unimed_package::config::DecoderConfig;

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
    /// Queries, keys and values in one product, by expert; see [`Self::join`].
    #[module(skip)]
    joined: [Option<JoinedExpert>; 2],
}

/// What of an expert is one tensor at inference.
#[derive(Debug, Clone)]
struct JoinedExpert {
    /// Queries, keys and values.
    products: FusedLinear,
    /// Weights of the norms of queries and of keys, `[2, d]`.
    norms: Tensor<2>,
}

/// What one expert projects with.
struct Expert<'a> {
    layers: [&'a Linear; 3],
    norms: [&'a RmsNorm; 2],
    joined: Option<&'a JoinedExpert>,
}

impl SelfAttention {
    pub(super) fn new(config: &DecoderConfig, device: &Device) -> Self {
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
            joined: [None, None],
        }
    }

    /// Joins the projections of one expert into one product. For inference: the parameters are gone then.
    pub(super) fn join(&mut self, latents: bool, max_binding_bytes: u64) {
        let (layers, norms) = if latents {
            (
                [
                    &mut self.q_proj_moe_gen,
                    &mut self.k_proj_moe_gen,
                    &mut self.v_proj_moe_gen,
                ],
                [&self.q_norm_moe_gen, &self.k_norm_moe_gen],
            )
        } else {
            (
                [&mut self.q_proj, &mut self.k_proj, &mut self.v_proj],
                [&self.q_norm, &self.k_norm],
            )
        };
        let norms = norms_of(norms);
        self.joined[usize::from(latents)] = FusedLinear::new(layers, max_binding_bytes)
            .map(|products| JoinedExpert { products, norms });
    }

    /// Layers and norms of one expert.
    fn expert(&self, latents: bool) -> Expert<'_> {
        if latents {
            Expert {
                layers: [
                    &self.q_proj_moe_gen,
                    &self.k_proj_moe_gen,
                    &self.v_proj_moe_gen,
                ],
                norms: [&self.q_norm_moe_gen, &self.k_norm_moe_gen],
                joined: self.joined[1].as_ref(),
            }
        } else {
            Expert {
                layers: [&self.q_proj, &self.k_proj, &self.v_proj],
                norms: [&self.q_norm, &self.k_norm],
                joined: self.joined[0].as_ref(),
            }
        }
    }

    /// Queries, keys and values of one kind of tokens side by side, `[n, d]`.
    fn projected(&self, x: Tensor<2>, latents: bool) -> Projected {
        let Expert {
            layers,
            norms,
            joined,
        } = self.expert(latents);
        match joined {
            Some(JoinedExpert { products, norms }) => Projected {
                values: products.matmul(x),
                bias: products.bias(),
                norms: norms.clone(),
            },
            None => Projected {
                values: FusedLinear::apart(layers, &x),
                bias: FusedLinear::bias_apart(layers),
                norms: norms_of(norms),
            },
        }
    }

    /// Reads tokens into a cache and lets them look at everything in it; no gradients.
    ///
    /// # Shapes
    ///
    /// - understanding, latents: `[n, d]`, normalized
    /// - tables: `[2, t, head_dim]`
    pub(super) fn advance(
        &self,
        understanding: Tensor<2>,
        latents: Option<Tensor<2>>,
        tables: &Tensor<3>,
        cache: &mut LayerCache,
        causal: bool,
    ) -> (Tensor<2>, Option<Tensor<2>>) {
        let t_und = understanding.dims()[0];
        let mut parts = vec![self.projected(understanding, false)];
        parts.extend(latents.map(|latents| self.projected(latents, true)));
        let shape = HeadShape {
            heads: self.heads,
            kv_heads: self.kv_heads,
            epsilon: self.q_norm.epsilon,
        };
        let both = parts.len() == 2;
        let y = cache.attend(parts, tables, shape, causal);
        if !both {
            return (self.o_proj.weight.matmul(y), None);
        }
        let t = y.dims()[0];
        let understanding = self.o_proj.weight.matmul(y.clone().narrow(0, 0, t_und));
        let latents = y.narrow(0, t_und, t - t_und);
        (
            understanding,
            Some(self.o_proj_moe_gen.weight.matmul(latents)),
        )
    }

    /// Queries, keys and values of one kind of tokens, before rotation, `[b, heads, t, head_dim]` each.
    pub(super) fn project(&self, x: Tensor<3>, latents: bool) -> [Tensor<4>; 3] {
        let [b, t, _] = x.dims();
        let Expert {
            layers,
            norms,
            joined,
        } = self.expert(latents);
        let [queries, keys, values] = match joined {
            Some(joined) => joined.products.split(x),
            None => layers.map(|layer| layer.forward(x.clone())),
        };
        let split = |y: Tensor<3>, heads: usize| {
            let width = y.dims()[2] / heads;
            y.reshape([b, t, heads, width])
        };
        let queries = norms[0].forward(split(queries, self.heads));
        let keys = norms[1].forward(split(keys, self.kv_heads));
        let values = split(values, self.kv_heads);
        [queries, keys, values].map(|y| y.swap_dims(1, 2))
    }

    pub(super) fn forward(
        &self,
        x: HiddenStates,
        rope: &Rope,
        past: Option<&KeyValue>,
        mask: Option<&Tensor<4>>,
    ) -> (HiddenStates, KeyValue) {
        let t_und = x.understanding.dims()[1];
        let [mut q, mut k, mut v] = self.project(x.understanding, false);
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
        let understanding = self.o_proj.forward(y.clone().narrow(1, 0, t_und));
        let latents =
            (t > t_und).then(|| self.o_proj_moe_gen.forward(y.narrow(1, t_und, t - t_und)));
        (
            HiddenStates {
                understanding,
                latents,
            },
            new,
        )
    }
}

/// Weights of the norms of queries and of keys, `[2, d]`.
fn norms_of(norms: [&RmsNorm; 2]) -> Tensor<2> {
    let rows = norms.map(|norm| norm.weight.val().unsqueeze::<2>());
    Tensor::cat(rows.to_vec(), 0)
}
