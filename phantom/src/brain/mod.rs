//! Brain MRI, axial slices at the level of the ventricles.

pub(crate) mod kinds;
mod lesions;
pub(crate) mod render;
pub(crate) mod scene;
pub(crate) mod sequence;
mod sulci;
mod vessels;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
