//! What a first visitor sees in the viewer: where to drop, samples, three examples that run on one click.

use crate::{
    actions::page::Page,
    language::tr,
    model::{
        mode::Mode,
        samples::{EXAMPLES, SAMPLES},
    },
    views::icons::{Glyph, Icon},
};
use leptos::prelude::*;

/// The empty viewer. It is hidden, not removed, while an image is open: its pictures would be requested again.
#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let page = Page::of_context();
    let samples = SAMPLES
        .iter()
        .map(|sample| {
            view! {
                <button
                    class="sample"
                    type="button"
                    data-testid="sample"
                    title=sample.credit
                    on:click=move |_| { page.decoder.open_sample(sample); }
                >
                    <img src=format!("samples/{}", sample.preview) alt="" width="128" height="128" />
                    <span class="sample-name">{tr(sample.name)}</span>
                    <span class="meta">{tr(sample.nature)}</span>
                </button>
            }
        })
        .collect_view();
    let examples = EXAMPLES
        .iter()
        .map(|example| {
            let sample = example.sample.and_then(|place| SAMPLES.get(place));
            let run = move |_| page.run_example(example.mode, example.words, sample);
            let verb = match example.mode {
                Mode::Ask => tr("Ask"),
                Mode::Make => tr("Make"),
            };
            let about = sample.map(|sample| tr(sample.name));
            view! {
                <button class="example" type="button" on:click=run>
                    <span class="example-verb">{verb}</span>
                    <span class="example-words" lang="en" translate="no">{example.words}</span>
                    <span class="example-about">{about}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="welcome" hidden=move || page.session.images.current.get().is_some()>
            <button class="drop-target" type="button" on:click=move |_| page.choose_file()>
                <Glyph icon=Icon::Open />
                <span class="drop-title">{tr("Drop images or a folder here, paste one, or click to open")}</span>
                <span class="meta">{tr("DICOM, NIfTI, PNG, JPEG, WebP, TIFF, BMP, or a ZIP of them. It stays on this device.")}</span>
            </button>
            <button class="button folder" type="button" data-testid="open-folder" on:click=move |_| page.choose_folder()>
                {tr("Open a folder, for instance a DICOM study")}
            </button>
            <h2 class="welcome-head">{tr("Or take a sample")}</h2>
            <div class="samples">{samples}</div>
            <h2 class="welcome-head">{tr("Or see what it does")}</h2>
            <div class="examples">{examples}</div>
            <p><a href="lesson.html">{tr("Or learn: lessons with fresh cases")}</a></p>
        </div>
    }
}
