//! The whole model: decoder, vision tower, connector and the bridges of the flow.

use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData},
};

use super::{LanguageModel, VisionTransformer};
use crate::nn::{
    Linear, LinearConfig, PositionTable, PositionTableConfig, TimestepEmbedder,
    TimestepEmbedderConfig, gelu_tanh,
};
use unimed_package::{
    config::{ModelConfig, VisionDepth},
    host::{Stopped, Yielder},
};

/// The tower, under the checkpoint's extra level of naming.
#[derive(Module, Debug)]
pub struct VisionModel {
    /// The tower.
    pub vision_model: VisionTransformer,
}

/// Vision width to decoder width: `fc2(gelu(fc1(x)))`.
#[derive(Module, Debug)]
pub struct Connector {
    fc1: Linear,
    fc2: Linear,
}

impl Connector {
    /// Applies the connector to each token.
    #[must_use]
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.fc2.forward(gelu_tanh(self.fc1.forward(x)))
    }
}

/// All weights of `ema.safetensors`, with its names.
#[derive(Module, Debug)]
pub struct Unified {
    /// The two-expert decoder.
    pub language_model: LanguageModel,
    /// The vision tower.
    pub vit_model: VisionModel,
    /// Vision to decoder.
    pub connector: Connector,
    /// Positions of vision tokens, added after the connector.
    pub vit_pos_embed: PositionTable,
    /// Positions of latents.
    pub latent_pos_embed: PositionTable,
    /// Time of the flow.
    pub time_embedder: TimestepEmbedder,
    /// Latent to decoder.
    pub vae2llm: Linear,
    /// Decoder to velocity.
    pub llm2vae: Linear,
}

impl Unified {
    /// A fresh model; `vision_layers` says how many blocks of the tower exist.
    #[must_use]
    pub fn new(config: &ModelConfig, vision_layers: usize, device: &Device) -> Self {
        let d = config.decoder.hidden_size;
        let table = |side| PositionTableConfig::new(side, d).init(device);
        Self {
            language_model: LanguageModel::new(&config.decoder, device),
            vit_model: VisionModel {
                vision_model: VisionTransformer::new(&config.vision, vision_layers, device),
            },
            connector: Connector {
                fc1: LinearConfig::new(config.vision.hidden_size, d).init(device),
                fc2: LinearConfig::new(d, d).init(device),
            },
            vit_pos_embed: table(config.vit_max_num_patch_per_side),
            latent_pos_embed: table(config.max_latent_size),
            time_embedder: TimestepEmbedderConfig::new(d).init(device),
            vae2llm: LinearConfig::new(config.latent_dim(), d).init(device),
            llm2vae: LinearConfig::new(d, config.latent_dim()).init(device),
        }
    }

    /// How many vision blocks to build when the weight file holds `stored` of them.
    #[must_use]
    pub fn vision_layers(depth: VisionDepth, stored: usize) -> usize {
        match depth {
            VisionDepth::Auto => stored,
            VisionDepth::Layers(layers) => layers,
        }
    }

    /// The device that holds the weights.
    #[must_use]
    pub fn device(&self) -> Device {
        self.llm2vae.weight.device()
    }

    /// Embeds token ids of one sequence, `[1, t, d]`.
    #[must_use]
    pub fn embed_ids(&self, ids: &[u32]) -> Tensor<3> {
        let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        let count = ids.len();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, count]), &self.device());
        self.language_model.embed(ids)
    }

    /// Patches to decoder inputs: tower, connector, position table.
    ///
    /// # Shapes
    ///
    /// - patches: `[b, t, patch * patch * 3]`, one image per sample
    /// - output: `[b, t, d]`
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the host stops the job.
    pub async fn vision_tokens(
        &self,
        patches: Tensor<3>,
        ids: &[usize],
        yielder: &Yielder<'_>,
    ) -> Result<Tensor<3>, Stopped> {
        let features = self
            .vit_model
            .vision_model
            .forward(patches, ids, yielder)
            .await?;
        Ok(self.connector.forward(features) + self.vit_pos_embed.rows(ids).unsqueeze::<3>())
    }

    /// Latent tokens to decoder inputs: `vae2llm(z) + time + position`.
    ///
    /// # Shapes
    ///
    /// - latents: `[b, t, latent_dim]`; times: one for all samples or one per sample
    /// - output: `[b, t, d]`
    #[must_use]
    pub fn latent_tokens(&self, latents: Tensor<3>, times: &[f32], ids: &[usize]) -> Tensor<3> {
        let time = self.time_embedder.forward(times).unsqueeze_dim::<3>(1); // [1 or b, 1, d]
        let position = self.latent_pos_embed.rows(ids).unsqueeze::<3>(); // [1, t, d]
        self.vae2llm.forward(latents) + time + position
    }

    /// Velocities of final hidden states of latents, `[b, t, d]` to `[b, t, latent_dim]`.
    #[must_use]
    pub fn velocity(&self, hidden: Tensor<3>) -> Tensor<3> {
        self.llm2vae.forward(hidden)
    }
}
