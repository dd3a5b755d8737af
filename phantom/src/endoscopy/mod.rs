//! Endoscopy of the colon, a view along the gut.

mod canvas;
mod instrument;
mod kinds;
mod lesions;
mod lumen;
mod mucosa;
mod render;
mod scene;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
