//! What a person should know before believing an image: at the image itself, once, with a count.

use super::desk::Desk;
use crate::{
    Page,
    icons::{Glyph, Icon},
    language::{say, tr, tr_of},
    state::OpenImage,
};
use leptos::{ev, prelude::*};

/// Sentences that start so matter less than all others: they change nothing of what is seen or measured.
const MINOR: [&str; 4] = [
    "One file came twice",
    "The file says that names",
    "The picture has been compressed",
    "The files of this series differ",
];

/// Notes without those that are said twice, the most important first; among equals as the reader has them.
pub(crate) fn ordered(notes: &[String]) -> Vec<String> {
    let minor = |note: &String| {
        note.ends_with("came twice and are shown once.")
            || MINOR.iter().any(|start| note.starts_with(start))
    };
    let mut all: Vec<String> = Vec::new();
    for wanted in [false, true] {
        for note in notes.iter().filter(|note| minor(note) == wanted) {
            if !all.contains(note) {
                all.push(note.clone());
            }
        }
    }
    all
}

/// "2 notes"; empty where there is none.
pub(crate) fn count_words(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => tr("1 note").to_owned(),
        _ => say("{} notes", &[&count.to_string()]),
    }
}

/// What an image is called, with its notes: for tooltips and for those who cannot see them.
pub(crate) fn name_and_notes(image: &OpenImage) -> String {
    let notes = image.notes.iter().map(|note| tr_of(note.clone()));
    std::iter::once(image.name.clone())
        .chain(notes)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The notes of an image in the corner of its pane. The first sentence stands there until it is closed; the number of
/// them stays and opens the list.
#[component]
pub(crate) fn Notes(desk: Desk) -> impl IntoView {
    let session = Page::of_context().session;
    let notes = session
        .known_image(desk.id)
        .map_or_else(Vec::new, |image| image.notes);
    let told = desk.told;
    // Not the browser's to keep: another image gets the same elements.
    let open = RwSignal::new(false);
    let toggle = move |event: ev::MouseEvent| {
        event.prevent_default();
        told.set(true);
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
            <p class="first-note" role="status" data-testid="first-note" hidden=move || told.get()>
                <span>{tr_of(first)}</span>
                <button class="plain" type="button" aria-label=tr("Close this message") title=tr("Close") on:click=move |_| told.set(true)>
                    <Glyph icon=Icon::Close />
                </button>
            </p>
        </div>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_picture_comes_first_and_nothing_twice() {
        let notes = [
            "2 files came twice and are shown once.",
            "The picture has been compressed with loss before.",
            "This file has overlay graphics, which are not shown.",
            "The slices of this series are not equally spaced.",
            "This file has overlay graphics, which are not shown.",
        ]
        .map(str::to_owned);
        assert_eq!(
            ordered(&notes),
            [
                "This file has overlay graphics, which are not shown.",
                "The slices of this series are not equally spaced.",
                "2 files came twice and are shown once.",
                "The picture has been compressed with loss before.",
            ]
        );
    }

    #[test]
    fn one_note_is_no_two() {
        assert_eq!([0, 1, 2].map(count_words), ["", "1 note", "2 notes"]);
    }
}
