//! The stages of the curriculum, one per file.

mod autoencoder;
mod editing;
mod generation;
mod judge;
mod latents;
mod masked;
mod modality_number;
mod packed;
mod patch_patterns;
mod places;
mod real_labels;
mod real_paintings;
mod real_questions;
mod spatial_prior;
mod understanding;
mod unified;
mod upscale;
mod vision;

pub use autoencoder::{AutoencoderStage, latent_statistics};
pub use editing::{PaintedPair, PairCache, ResponseOrder, edit};
pub use generation::{GenerationStage, LatentCache, Painted};
pub use judge::{
    JUDGE_MODALITIES, Judge, JudgeNet, JudgeStage, Verdict, class_of, classes, names_a_finding,
};
pub use packed::Packed;
pub use understanding::{
    UnderstandingStage, answer_loss, is_generation, is_understanding, token_scores,
};
pub use unified::{Mixture, UnifiedStage};
pub use upscale::UpscaleStage;
pub use vision::VisionStage;
