//! What can be done: each action changes the state, by itself or by a worker.

pub(crate) mod changed;
pub(crate) mod close;
pub(crate) mod commands;
pub(crate) mod decoder;
pub(crate) mod drag;
pub(crate) mod dropped;
pub(crate) mod engine;
pub(crate) mod engine_events;
pub(crate) mod export;
pub(crate) mod export_dicom;
pub(crate) mod leave;
pub(crate) mod model_folder;
pub(crate) mod models;
pub(crate) mod network;
pub(crate) mod new_version;
pub(crate) mod offline;
pub(crate) mod page;
pub(crate) mod png_text;
pub(crate) mod rendered;
pub(crate) mod request;
pub(crate) mod saved;
pub(crate) mod send;
pub(crate) mod service_worker;
pub(crate) mod trials;
pub(crate) mod varied;
pub(crate) mod viewer;
