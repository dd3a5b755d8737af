//! What the page knows, as signals and stores; nothing here knows of workers or of what is seen.

pub(crate) mod capabilities;
pub(crate) mod conversation;
pub(crate) mod engine;
pub(crate) mod images;
pub(crate) mod kernel_timings;
pub(crate) mod pane_content;
pub(crate) mod pixels;
pub(crate) mod preferences;
pub(crate) mod reading;
pub(crate) mod session;
pub(crate) mod storage;
pub(crate) mod stored_settings;
pub(crate) mod subscriptions;
pub(crate) mod turn;
pub(crate) mod viewports;
