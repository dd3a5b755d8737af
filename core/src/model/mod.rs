//! The model, part by part; each file reads from top to bottom.

mod autoencoder;
mod bundle;
mod cache;
mod decoder;
mod hidden_states;
mod key_value;
mod latent;
mod load;
mod self_attention;
mod unified;
mod vision;

pub use autoencoder::{
    Autoencoder, Decoder, Encoder, Plain, Posterior, Upscale, haar, inverse_haar,
};
pub use bundle::Model;
pub use cache::LayerCache;
pub(crate) use decoder::Residual;
pub use decoder::{DecoderLayer, LanguageModel, LayerStack};
pub use hidden_states::HiddenStates;
pub use key_value::KeyValue;
pub use latent::{patchify_latent, patchify_pixels, unpatchify_latent};
pub use load::{LoadError, LoadReport, LoadedTensors, fill, tensor_names};
pub use unified::{Connector, Unified, VisionModel};
pub use vision::{VisionLayer, VisionTransformer};
