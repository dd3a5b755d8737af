//! A conversation as a file: saved for reading (HTML, Markdown) or to be opened here again (JSON).

pub(crate) mod base64;
pub(crate) mod collect;
pub(crate) mod form;
pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod read;
pub(crate) mod restore;

pub(crate) use crate::actions::saved::restore::open;
use crate::actions::{export, page::Page};
use leptos::task::spawn_local;

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

/// Saves the conversation with its images, settings, seeds and the model's hash. Without `names` the images that the person
/// opened are numbered: the name of a file or a series may say who the patient is. Where that may be written into an image, the
/// person is asked before.
pub(crate) fn save(page: Page, kind: Kind, names: bool) {
    spawn_local(async move {
        let suspects = collect::suspects(page.session);
        let Some(covers) = page.burned_in.covers(suspects).await else {
            return;
        };
        let saved = collect::collect(page.session, names, &covers).await;
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
