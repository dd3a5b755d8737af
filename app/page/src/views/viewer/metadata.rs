//! What the file says beside its pixels: a table to search, with a mark on what can tell who the patient is.

use crate::{
    actions::page::Page,
    language::{say, tr, tr_of},
    state::pixels,
};
use js_sys::JsString;
use leptos::prelude::*;
use unimed_imaging::Row;

/// Rows that are shown at once; more slow a browser down, and nobody reads them without a search.
const MOST_ROWS: usize = 400;

/// The table of the image in the viewer.
#[component]
pub(crate) fn Metadata() -> impl IntoView {
    let session = Page::of_context().session;
    let search = RwSignal::new(String::new());
    let only_identifying = RwSignal::new(false);
    let rows = Memo::new(move |_| {
        let series = session.images.current.get().and_then(pixels::series);
        series.map_or_else(Vec::new, |series| series.info.metadata.clone())
    });
    let found = Memo::new(move |_| {
        // The browser has the alphabets of the world; this program would have to bring them.
        let lower = |text: &str| String::from(JsString::from(text).to_lower_case());
        rows.with(|rows| search.with(|search| filter(rows, search, only_identifying.get(), lower)))
    });
    let identifying = move || rows.with(|rows| rows.iter().filter(|row| row.identifying).count());
    let body = move || {
        found
            .get()
            .into_iter()
            .take(MOST_ROWS)
            .map(|row| {
                let mark = row
                    .identifying
                    .then(|| view! { <span class="identifies">{tr("identifies")}</span> });
                view! {
                    <tr class:identifying=row.identifying>
                        <td class="numbers">{row.tag}</td>
                        <td class=format!("depth-{}", row.depth.min(4))>{row.name}{mark}</td>
                        <td class="meta-value">{row.value}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    let count = move || {
        let found = found.with(Vec::len);
        if found > MOST_ROWS {
            say(
                "The first {} of {} rows; search for the others.",
                &[&MOST_ROWS.to_string(), &found.to_string()],
            )
        } else {
            say(
                "{} of {} rows.",
                &[&found.to_string(), &rows.with(Vec::len).to_string()],
            )
        }
    };
    let notes = move || {
        let image = session.images.current_image().into_iter();
        image
            .flat_map(|image| image.notes)
            .map(|note| view! { <p>{tr_of(note)}</p> })
            .collect_view()
    };
    view! {
        {notes}
        <p class="meta">
            {tr("Marked rows can tell who the patient is (DICOM PS3.15, basic profile). ")}
            {tr("The model is given pixels only, never this table. Text burnt into the pixels is not found here.")}
        </p>
        <div class="meta-search">
            <input
                type="search"
                placeholder=tr("Search name, tag or value")
                aria-label=tr("Search the metadata")
                data-testid="meta-search"
                prop:value=move || search.get()
                on:input=move |event| search.set(event_target_value(&event))
            />
            <label class="attached">
                <input
                    type="checkbox"
                    data-testid="meta-identifying"
                    prop:checked=move || only_identifying.get()
                    on:change=move |event| only_identifying.set(event_target_checked(&event))
                />
                {move || say("only the {} that identify", &[&identifying().to_string()])}
            </label>
        </div>
        <Show
            when=move || rows.with(|rows| !rows.is_empty())
            fallback=|| view! { <p>{tr("This file brings no metadata that can be shown.")}</p> }
        >
            <div class="table-room" tabindex="0" role="region" aria-label=tr("Metadata")>
                <table class="meta-table" data-testid="meta-table">
                    <thead><tr><th>{tr("Tag")}</th><th>{tr("Name")}</th><th>{tr("Value")}</th></tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
            <p class="meta numbers" role="status">{count}</p>
        </Show>
    }
}

/// The rows that hold all words of a search, in any order and case.
fn filter(
    rows: &[Row],
    search: &str,
    only_identifying: bool,
    lower: impl Fn(&str) -> String,
) -> Vec<Row> {
    let words: Vec<String> = search.split_whitespace().map(&lower).collect();
    rows.iter()
        .filter(|row| row.identifying || !only_identifying)
        .filter(|row| {
            let text = lower(&format!("{} {} {}", row.tag, row.name, row.value));
            words.iter().all(|word| text.contains(word))
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_tags_names_and_values() {
        let row = |tag: &str, name: &str, value: &str, identifying| Row {
            tag: tag.into(),
            name: name.into(),
            value: value.into(),
            depth: 0,
            identifying,
        };
        let rows = [
            row("(0010,0010)", "PatientName", "Doe^Jane", true),
            row("(0008,0060)", "Modality", "CT", false),
        ];
        let names = |search: &str, only| -> Vec<String> {
            filter(&rows, search, only, str::to_lowercase)
                .into_iter()
                .map(|row| row.name)
                .collect()
        };
        assert_eq!(names("", false).len(), 2);
        assert_eq!(names("jane patient", false), ["PatientName"]);
        assert_eq!(names("0008", false), ["Modality"]);
        assert_eq!(names("", true), ["PatientName"]);
        assert!(names("mri", false).is_empty());
    }
}
