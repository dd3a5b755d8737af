//! A conversation as a file: saved for reading (HTML, Markdown) or to be opened here again (JSON).

mod base64;
mod collect;
mod form;
mod html;
mod markdown;
mod read;
mod restore;

use super::{Page, export};
use leptos::task::spawn_local;
pub(crate) use restore::open;

/// What a conversation is saved as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A web page without scripts.
    Html,
    /// Text with marks.
    Markdown,
    /// For this page.
    Json,
}

/// Saves the conversation with its images, settings, seeds and the model's hash.
pub(crate) fn save(page: Page, kind: Kind) {
    spawn_local(async move {
        let saved = collect::collect(page.session).await;
        let (text, name, sort) = match kind {
            Kind::Html => (html::write(&saved), "conversation.html", "text/html"),
            Kind::Markdown => (markdown::write(&saved), "conversation.md", "text/markdown"),
            Kind::Json => (
                unimed_protocol::encode(&saved),
                "conversation.json",
                "application/json",
            ),
        };
        if let Err(refusal) = export::save(text.as_bytes(), name, sort) {
            web_sys::console::error_2(&"the conversation could not be saved".into(), &refusal);
        }
    });
}
