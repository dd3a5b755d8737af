//! Histopathology of the breast at high magnification (about 1 micrometre a pixel, so that a nucleus
//! is 6 to 9 pixels wide), stained with H&E or by immunohistochemistry.

mod blob;
mod carcinoma;
mod cells;
mod changes;
mod growth;
pub(crate) mod kinds;
pub(crate) mod render;
pub(crate) mod scene;
pub(crate) mod stain;
mod tissue;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
