//! Optical coherence tomography, a horizontal B-scan through the macula.

mod kinds;
mod layers;
mod lesions;
mod render;
mod scene;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
