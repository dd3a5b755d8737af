//! What a viewport computes: geometry, windows, measurements. No signal, no element of the page; tested natively.

pub(crate) mod camera;
pub(crate) mod layout;
pub(crate) mod link;
pub(crate) mod measure;
pub(crate) mod orientation;
pub(crate) mod pixel_scale;
pub(crate) mod pointer;
pub(crate) mod pointer_tools;
pub(crate) mod scale_bar;
pub(crate) mod series;
pub(crate) mod slice_renderer;
pub(crate) mod window_level;
