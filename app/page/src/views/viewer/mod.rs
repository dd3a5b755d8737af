//! The viewer: tools, the image or images on black, the strip of open images; a drop target all the time.

pub(crate) mod attention_overlay;
pub(crate) mod key_bindings;
pub(crate) mod measurements;
pub(crate) mod metadata;
pub(crate) mod notes;
pub(crate) mod opening;
pub(crate) mod overlay_text;
pub(crate) mod pane;
pub(crate) mod stage;
pub(crate) mod toolbar;

use crate::{
    actions::page::Page,
    language::tr,
    views::{
        thumbnails::Thumbnails,
        viewer::{
            opening::{FileInputs, FileNews},
            stage::Stage,
        },
        welcome::Welcome,
    },
};
use leptos::prelude::*;

/// Viewer, its tools and the strip of open images.
#[component]
pub(crate) fn ViewerPane() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let hovered = RwSignal::new(false);
    view! {
        <section
            class="viewer"
            class:hovered=move || hovered.get()
            data-testid="drop-zone"
            aria-label=tr("Image viewer")
            on:dragover=move |_| hovered.set(true)
            on:dragleave=move |_| hovered.set(false)
            on:drop=move |_| hovered.set(false)
        >
            <Welcome />
            <Show when=move || session.images.current.get().is_some()>
                <Stage />
            </Show>
            <FileInputs />
            <Thumbnails />
            <FileNews />
            <Show when=move || hovered.get()>
                <div class="drop-word">{tr("Drop to open. It stays on this device.")}</div>
            </Show>
        </section>
    }
}
