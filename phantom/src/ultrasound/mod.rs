//! Ultrasound of the liver, the kidney, the thyroid and the breast.

mod beam;
mod bodies;
mod canvas;
mod deep;
mod grid;
mod organ;
mod render;
mod scene;
mod superficial;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
