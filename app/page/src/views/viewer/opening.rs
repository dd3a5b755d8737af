//! The inputs behind "Open", and what is said about files that are being read or could not be.

use crate::{
    actions::page::Page,
    language::{say, tr},
    views::error_card::ErrorCard,
};
use leptos::{html, prelude::*};

/// The inputs behind every "Open", one for files and one for folders; always in the page.
#[component]
pub(crate) fn FileInputs() -> impl IntoView {
    let page = Page::of_context();
    let open = move |input: NodeRef<html::Input>| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let Some(files) = input.files() else { return };
        let files = (0..files.length())
            .filter_map(|place| files.get(place))
            .map(|file| (crate::actions::decoder::path_of(&file), file))
            .collect();
        // Else the browser says nothing when the same file is chosen again.
        input.set_value("");
        page.decoder.open_files(files);
    };
    Effect::new(move |_| {
        if let Some(input) = page.folder_input.get() {
            // Setting a plain attribute is never refused.
            let _ = input.set_attribute("webkitdirectory", "");
        }
    });
    view! {
        <input
            class="hidden"
            type="file"
            multiple
            aria-label=tr("Open images")
            tabindex="-1"
            data-testid="file-input"
            node_ref=page.file_input
            on:change=move |_| open(page.file_input)
        />
        <input
            class="hidden"
            type="file"
            multiple
            aria-label=tr("Open a folder")
            tabindex="-1"
            data-testid="folder-input"
            node_ref=page.folder_input
            on:change=move |_| open(page.folder_input)
        />
    }
}

/// Files that are being read, and those that could not be.
#[component]
pub(crate) fn FileNews() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let reading = move || {
        session
            .images
            .reading
            .get()
            .into_iter()
            .map(|file| {
                view! {
                    <div class="reading">
                        <span role="status">{say("Reading {}", &[&file.name])}</span>
                        <button class="button" type="button" on:click=move |_| page.decoder.cancel(file.id)>{tr("Cancel")}</button>
                    </div>
                }
            })
            .collect_view()
    };
    let close = move |id| {
        Callback::new(move |()| {
            session.images.lost.set(None);
            session
                .images
                .file_errors
                .update(|list| list.retain(|user_error| user_error.id != id));
        })
    };
    let many = Memo::new(move |_| session.images.file_errors.with(Vec::len) > 1);
    view! {
        <div class="file-news" class:many=move || many.get()>
            {reading}
            <Show when=move || many.get()>
                <div class="trouble-sum">
                    <span>{move || say("{} files could not be opened", &[&session.images.file_errors.with(Vec::len).to_string()])}</span>
                    <button class="button" type="button" data-testid="close-troubles" on:click=move |_| {
                        session.images.lost.set(None);
                        session.images.file_errors.set(Vec::new());
                    }>{tr("Close all")}</button>
                </div>
            </Show>
            <For each=move || session.images.file_errors.get() key=|user_error| user_error.id let:news>
                <ErrorCard user_error=news.user_error close=close(news.id) />
            </For>
        </div>
    }
}
