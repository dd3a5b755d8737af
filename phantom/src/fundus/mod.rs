//! Colour fundus photograph, 45 degree field.

mod kinds;
mod render;
mod scene;
mod vessels;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
