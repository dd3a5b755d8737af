//! Settings of an earlier visit, in this browser's storage.

use crate::{model::settings::Settings, state::storage::storage};

/// Where the settings lie in the browser's storage.
const STORAGE_KEY: &str = "unimed.settings";

/// Reads the settings of an earlier visit; the defaults when there are none or they cannot be read.
pub(crate) fn load() -> Settings {
    storage()
        .and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten())
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// Keeps the settings for the next visit, if this browser lets us.
pub(crate) fn store(settings: &Settings) {
    let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(settings)) else {
        return;
    };
    // A full or forbidden storage means only that the next visit starts with the defaults.
    let _ = storage.set_item(STORAGE_KEY, &text);
}
