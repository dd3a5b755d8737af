//! Layers, one per file. Weights have the shapes and names of the official checkpoint.
//!
//! Letters in shapes: `b` batch, `t` tokens, `d` width, `h` heads, `c` channels.

mod activation;
mod attention;
mod conv;
mod embedding;
mod fused_linear;
mod group_norm;
mod layer_norm;
mod linear;
mod mlp;
pub mod operations;
mod position;
mod rms_norm;
mod rope;
mod timestep;
mod weight;

pub use activation::{gelu_tanh, silu};
pub use attention::{attention, attention_weights};
pub use conv::{Conv2d, Conv2dConfig};
pub use embedding::{Embedding, EmbeddingConfig};
pub use fused_linear::FusedLinear;
pub use group_norm::{GroupNorm, GroupNormConfig};
pub use layer_norm::{LayerNorm, LayerNormConfig};
pub use linear::{Linear, LinearConfig};
pub use mlp::{SwiGlu, SwiGluConfig};
pub use position::{PositionTable, PositionTableConfig, grid_position_ids, sincos_2d_row};
pub use rms_norm::{RmsNorm, RmsNormConfig};
pub use rope::{Rope, RopeConfig};
pub use timestep::{TimestepEmbedder, TimestepEmbedderConfig, timestep_features};
pub use weight::Weight;
