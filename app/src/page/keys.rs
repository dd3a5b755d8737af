//! Keys and events that belong to the whole page: shortcuts, paste, drop anywhere.

use super::{Page, panel::PanelKind, state::Mode};
use leptos::{ev, prelude::*};
use leptos_use::use_event_listener;
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, File, HtmlElement};

/// Starts to listen.
pub(crate) fn listen(page: Page) {
    let _ = use_event_listener(document(), ev::keydown, move |event| on_key(page, &event));
    let _ = use_event_listener(
        document(),
        ev::paste,
        move |event: web_sys::ClipboardEvent| {
            let files = event
                .clipboard_data()
                .map(|data| files_of(&data))
                .unwrap_or_default();
            if !files.is_empty() {
                event.prevent_default();
                page.decoder.open_files(files);
            }
        },
    );
    // A file dropped beside the viewer must not replace the page.
    let _ = use_event_listener(document(), ev::dragover, |event| event.prevent_default());
    let _ = use_event_listener(document(), ev::drop, move |event: web_sys::DragEvent| {
        event.prevent_default();
        let files = event
            .data_transfer()
            .map(|data| files_of(&data))
            .unwrap_or_default();
        if !files.is_empty() {
            page.decoder.open_files(files);
        }
    });
}

/// The files of a drop or paste.
fn files_of(data: &DataTransfer) -> Vec<File> {
    let Some(files) = data.files() else {
        return Vec::new();
    };
    (0..files.length())
        .filter_map(|place| files.get(place))
        .collect()
}

fn on_key(page: Page, event: &web_sys::KeyboardEvent) {
    let typing = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        .is_some_and(|element| {
            matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
        });
    if event.key() == "Escape" && page.panel.get_untracked().is_none() {
        page.stop();
        return;
    }
    if typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "/" => {
            if let Some(prompt) = page.prompt_box.get_untracked() {
                // Focusing an element that is in the page is never refused.
                let _ = prompt.focus();
            }
        }
        "a" => page.session.mode.set(Mode::Ask),
        "m" => page.session.mode.set(Mode::Make),
        "o" => page.choose_file(),
        "?" => page.panel.set(Some(PanelKind::About)),
        _ => return,
    }
    event.prevent_default();
}
