//! What the engine measured on this browser's adapters: kept for the next visit, read by the engine only.

use crate::state::storage::storage;
use std::collections::BTreeMap;

/// Where the records lie in the browser's storage.
const STORAGE_KEY: &str = "unimed.speeds";

/// The records by adapter; none when there is no storage or it cannot be read.
pub(crate) fn load() -> BTreeMap<String, String> {
    storage()
        .and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten())
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// Keeps a record in the place of an older one of the same adapter, if this browser lets us.
pub(crate) fn keep(adapter: String, record: String) {
    let mut records = load();
    records.insert(adapter, record);
    let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&records)) else {
        return;
    };
    // Without storage the next visit measures again.
    let _ = storage.set_item(STORAGE_KEY, &text);
}
