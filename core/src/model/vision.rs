//! The vision tower: SigLIP over packed patches (Zhai et al., 2023; Dehghani et al., 2023).

use burn::{
    module::{Initializer, Module, Param},
    tensor::{Device, Int, Tensor, TensorData},
};

use crate::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig, attention, gelu_tanh};
use unimed_package::{
    config::VisionConfig,
    host::{Stopped, Yielder},
};

/// A learned row per position, stored under `weight`.
#[derive(Module, Debug)]
pub(super) struct PositionEmbedding {
    weight: Param<Tensor<2>>,
}

/// Patches to tokens.
#[derive(Module, Debug)]
pub(super) struct VisionEmbeddings {
    /// `[d, patch * patch * 3]`
    patch_embedding: Linear,
    position_embedding: PositionEmbedding,
}

/// Attention of the tower: biases everywhere, no rotation.
#[derive(Module, Debug)]
pub(super) struct VisionAttention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
    heads: usize,
}

impl VisionAttention {
    fn forward(&self, x: &Tensor<3>) -> Tensor<3> {
        let [b, t, d] = x.dims();
        let heads = |linear: &Linear| {
            let y = linear.forward(x.clone());
            y.reshape([b, t, self.heads, d / self.heads])
                .swap_dims(1, 2) // [b, h, t, d/h]
        };
        let y = attention(
            heads(&self.q_proj),
            heads(&self.k_proj),
            heads(&self.v_proj),
            None,
        );
        self.out_proj.forward(y.swap_dims(1, 2).reshape([b, t, d]))
    }
}

/// Feed-forward layer of the tower.
#[derive(Module, Debug)]
pub(super) struct VisionMlp {
    fc1: Linear,
    fc2: Linear,
}

/// One pre-norm block.
#[derive(Module, Debug)]
pub struct VisionLayer {
    layer_norm1: LayerNorm,
    self_attn: VisionAttention,
    layer_norm2: LayerNorm,
    mlp: VisionMlp,
}

impl VisionLayer {
    fn new(config: &VisionConfig, device: &Device) -> Self {
        let d = config.hidden_size;
        let norm = || {
            LayerNormConfig::new(d)
                .with_epsilon(config.layer_norm_eps)
                .init(device)
        };
        let square = || LinearConfig::new(d, d).init(device);
        Self {
            layer_norm1: norm(),
            self_attn: VisionAttention {
                q_proj: square(),
                k_proj: square(),
                v_proj: square(),
                out_proj: square(),
                heads: config.num_attention_heads,
            },
            layer_norm2: norm(),
            mlp: VisionMlp {
                fc1: LinearConfig::new(d, config.intermediate_size).init(device),
                fc2: LinearConfig::new(config.intermediate_size, d).init(device),
            },
        }
    }

    /// Applies the block to the tokens of one image per sample.
    #[must_use]
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = x.clone() + self.self_attn.forward(&self.layer_norm1.forward(x));
        let hidden = gelu_tanh(self.mlp.fc1.forward(self.layer_norm2.forward(x.clone())));
        x + self.mlp.fc2.forward(hidden)
    }
}

/// The blocks, under the checkpoint's extra level of naming.
#[derive(Module, Debug)]
pub(super) struct VisionEncoder {
    layers: Vec<VisionLayer>,
}

/// The tower: patch embedding, learned positions, blocks, a last norm; no class token, no pooling.
#[derive(Module, Debug)]
pub struct VisionTransformer {
    embeddings: VisionEmbeddings,
    encoder: VisionEncoder,
    post_layernorm: LayerNorm,
}

impl VisionTransformer {
    /// A fresh tower of `layers` blocks.
    #[must_use]
    pub fn new(config: &VisionConfig, layers: usize, device: &Device) -> Self {
        let d = config.hidden_size;
        let positions = Initializer::Normal {
            mean: 0.0,
            std: 0.02,
        };
        Self {
            embeddings: VisionEmbeddings {
                patch_embedding: LinearConfig::new(config.patch_dim(), d).init(device),
                position_embedding: PositionEmbedding {
                    weight: positions.init([config.side() * config.side(), d], device),
                },
            },
            encoder: VisionEncoder {
                layers: (0..layers)
                    .map(|_| VisionLayer::new(config, device))
                    .collect(),
            },
            post_layernorm: LayerNormConfig::new(d)
                .with_epsilon(config.layer_norm_eps)
                .init(device),
        }
    }

    /// The blocks in order.
    #[must_use]
    pub fn layers(&self) -> &[VisionLayer] {
        &self.encoder.layers
    }

    /// Patches and position ids to the input of the first block.
    ///
    /// # Shapes
    ///
    /// - patches: `[b, t, patch * patch * 3]`; `ids`: one per token, the same for all samples
    /// - output: `[b, t, d]`
    #[must_use]
    pub fn embed(&self, patches: Tensor<3>, ids: &[usize]) -> Tensor<3> {
        let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::from(ids.as_slice()), &patches.device());
        let positions = self
            .embeddings
            .position_embedding
            .weight
            .val()
            .select(0, ids);
        self.embeddings.patch_embedding.forward(patches) + positions.unsqueeze::<3>()
    }

    /// The last norm.
    #[must_use]
    pub fn finish(&self, x: Tensor<3>) -> Tensor<3> {
        self.post_layernorm.forward(x)
    }

    /// Patches to features.
    ///
    /// # Shapes
    ///
    /// - patches: `[b, t, patch * patch * 3]`, one image per sample
    /// - output: `[b, t, d]`
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn forward(
        &self,
        patches: Tensor<3>,
        ids: &[usize],
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<3>, Stopped> {
        let mut x = self.embed(patches, ids);
        for layer in &self.encoder.layers {
            x = layer.forward(x);
            yielder.tick().await?;
        }
        Ok(self.finish(x))
    }
}
