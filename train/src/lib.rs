//! Training of UniMed models on simulated images, and their evaluation.
//!
//! The model is the engine's own ([`unimed_core::model`]); here are the data, the losses, the loop
//! and the checkpoints. Read it in this order: [`trainer`], [`stages`], [`sequence`], [`flow`],
//! [`evaluate`], [`benchmark`].

pub mod benchmark;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod flow;
pub mod fused;
pub mod import;
pub mod launch;
pub mod log;
pub mod optim;
pub mod package;
pub mod params;
pub mod pictures;
pub mod probe;
pub mod sequence;
pub mod sharpness;
pub mod stages;
pub mod state;
pub mod trainer;
pub mod unknown;
pub mod vocabulary;

pub use error::TrainError;
