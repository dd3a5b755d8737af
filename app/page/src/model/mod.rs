//! Plain types: what the page is about, and arithmetic on it. Nothing here holds a signal or touches the page.

pub(crate) mod address;
pub(crate) mod attachments;
pub(crate) mod attention;
pub(crate) mod batch;
pub(crate) mod commands;
pub(crate) mod engine;
pub(crate) mod failures;
pub(crate) mod file;
pub(crate) mod image;
pub(crate) mod modality;
pub(crate) mod mode;
pub(crate) mod new_version;
pub(crate) mod notes;
pub(crate) mod panel;
pub(crate) mod progress;
pub(crate) mod samples;
pub(crate) mod sections;
pub(crate) mod settings;
pub(crate) mod task;
pub(crate) mod thread;
pub(crate) mod token_probability;
pub(crate) mod trial;
pub(crate) mod turn;
pub(crate) mod viewport;
