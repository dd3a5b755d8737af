//! Chest X-ray, PA projection.

mod anatomy;
mod findings;
pub(crate) mod kinds;
mod layers;
mod organs;
pub(crate) mod render;
pub(crate) mod scene;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
