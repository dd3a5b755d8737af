//! What a person should know before believing an image: at the image itself, once, with a count.

use crate::{
    actions::page::Page,
    language::{tr, tr_of},
    model::notes::count_words,
    state::viewports::ImageView,
    views::icons::{Glyph, Icon},
};
use leptos::{ev, prelude::*};

/// The notes of an image in the corner of its pane. The first sentence stands there until it is closed; the number of
/// them stays and opens the list.
#[component]
pub(crate) fn Notes(image_view: ImageView) -> impl IntoView {
    let session = Page::of_context().session;
    let notes = session
        .known_image(image_view.id)
        .map_or_else(Vec::new, |image| image.notes);
    let notes_read = image_view.notes_read;
    // Not the browser's to keep: another image gets the same elements.
    let open = RwSignal::new(false);
    let toggle = move |event: ev::MouseEvent| {
        event.prevent_default();
        notes_read.set(true);
        open.update(|open| *open = !*open);
    };
    let count = count_words(notes.len());
    let first = notes.first().cloned()?;
    let list = notes.into_iter();
    let list = list
        .map(|note| view! { <li>{tr_of(note)}</li> })
        .collect_view();
    Some(view! {
        <div class="notes">
            <details data-testid="notes" prop:open=move || open.get()>
                <summary on:click=toggle><Glyph icon=Icon::Warning /><span>{count}</span></summary>
                <ul>{list}</ul>
            </details>
            <p class="first-note" role="status" data-testid="first-note" hidden=move || notes_read.get()>
                <span>{tr_of(first)}</span>
                <button class="plain" type="button" aria-label=tr("Close this message") title=tr("Close") on:click=move |_| notes_read.set(true)>
                    <Glyph icon=Icon::Close />
                </button>
            </p>
        </div>
    })
}
