//! Products with quantized weights, which stay packed in memory, what lies between them, and the layers of the autoencoder:
//! GPU kernels and their CPU twins.
//!
//! Of the products the rest of the engine sees [`PackedMatrix`]. Which variant of a kernel runs is
//! decided in [`choice`] and nowhere else; [`probe`] measures what the decision rests on. What
//! variants there are, why, and how fast they are: docs/reference/kernels.md.

pub mod argmax;
pub mod check;
pub mod choice;
pub mod conv;
#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
pub mod layer;
mod ops;
mod packed;
pub mod probe;

pub(crate) use packed::PackedBuffers;
pub use packed::PackedMatrix;
