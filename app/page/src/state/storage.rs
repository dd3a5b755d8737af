//! This browser's storage.

use std::cell::Cell;

thread_local! {
    /// Whether the person had everything removed: then nothing is written again until the page is loaded anew.
    static FORGOTTEN: Cell<bool> = const { Cell::new(false) };
}

/// This browser's storage, if the page may use it.
pub(crate) fn storage() -> Option<web_sys::Storage> {
    if FORGOTTEN.get() {
        return None;
    }
    leptos::prelude::window().local_storage().ok().flatten()
}

/// What the names of this page's entries begin with: others on the same origin have theirs.
const PREFIX: &str = "unimed.";

/// Removes what this page has stored, and nothing of others.
pub(crate) fn forget() {
    let Some(storage) = storage() else { return };
    FORGOTTEN.set(true);
    let count = storage.length().unwrap_or(0);
    let names: Vec<String> = (0..count)
        .filter_map(|at| storage.key(at).ok().flatten())
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    for name in names {
        // Removing is never refused where reading is not.
        let _ = storage.remove_item(&name);
    }
}
