//! Keys and events that belong to the whole page: shortcuts, paste, drop anywhere.

use crate::{
    actions::{commands::run, dropped, page::Page},
    model::{
        commands::{Command, binding},
        mode::Mode,
        panel::PanelKind,
    },
};
use leptos::{ev, prelude::*};
use leptos_use::use_event_listener;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Starts to listen.
pub(crate) fn listen(page: Page) {
    let _ = use_event_listener(document(), ev::keydown, move |event| on_key(page, &event));
    let _ = use_event_listener(
        document(),
        ev::paste,
        move |event: web_sys::ClipboardEvent| {
            let files = event
                .clipboard_data()
                .map(|data| dropped::files_of(&data))
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
        if let Some(data) = event.data_transfer() {
            dropped::open(page.decoder, &data);
        }
    });
}

fn on_key(page: Page, event: &web_sys::KeyboardEvent) {
    let focus = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let tag = focus
        .as_ref()
        .map(|element| element.tag_name())
        .unwrap_or_default();
    // Sliders and boxes take no letters.
    let kind = focus.and_then(|element| element.get_attribute("type"));
    let typing = match tag.as_str() {
        "INPUT" => !matches!(kind.as_deref(), Some("range" | "checkbox" | "radio")),
        tag => matches!(tag, "TEXTAREA" | "SELECT"),
    };
    if event.key() == "Escape" && page.panel.get_untracked().is_none() {
        page.stop();
        return;
    }
    if typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "/" => page.focus_prompt(),
        "a" => page.session.conversation.mode.set(Mode::Ask),
        "m" => page.session.conversation.mode.set(Mode::Make),
        "o" => page.choose_file(),
        "?" => page.panel.set(Some(PanelKind::About)),
        key => {
            let settings = page.session.preferences.settings;
            let bound = settings.with_untracked(|settings| binding(key, &settings.keys));
            match bound {
                Some(bound) if viewer_listens(page, &tag, bound.command) => {
                    run(page, bound.command);
                }
                _ => return,
            }
        }
    }
    event.prevent_default();
}

/// Whether a key is the viewer's: with an image open, no panel over it, and nothing in the focus that has a use for
/// the key itself, as buttons have for the space bar and the conversation for the keys that scroll.
fn viewer_listens(page: Page, tag: &str, command: Command) -> bool {
    let open = page.session.images.current.get_untracked().is_some()
        && page.panel.get_untracked().is_none();
    let scrolls = matches!(
        command,
        Command::Step(_) | Command::End(_) | Command::Sideways(_)
    );
    open && match tag {
        "CANVAS" | "BODY" => true,
        "BUTTON" | "SUMMARY" => command != Command::Space,
        _ => !scrolls,
    }
}
