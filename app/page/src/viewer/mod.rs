//! The viewer: tools, the image or images on black, the strip of open images; a drop target all the time.

mod camera;
mod deeds;
pub(crate) mod desk;
pub(crate) mod gaze;
pub(crate) mod gestures;
mod hand;
pub(crate) mod keymap;
mod link;
mod marks;
mod measure;
pub(crate) mod metadata;
pub(crate) mod notes;
mod opening;
mod painter;
mod pane;
mod pose;
pub(crate) mod rebind;
mod scale;
pub(crate) mod shown;
pub(crate) mod stack;
mod stage;
mod tone;
mod toolbar;
mod words;

use super::{Page, thumbnails::Thumbnails, welcome::Welcome};
use crate::language::tr;
use leptos::prelude::*;
use opening::{FileInputs, FileNews};
use stage::Stage;

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
            <Show when=move || session.current.get().is_some()>
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
