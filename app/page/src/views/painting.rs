//! A painting in the conversation: at its final size from the first step, sharpening in place.

use crate::{
    actions::{export, export_dicom, page::Page},
    language::{say, tr},
    model::{
        mode::Mode,
        task::Task,
        turn::{Job, Status},
    },
    state::{pixels, turn::Turn},
    views::{
        difference::DifferenceMap,
        icons::{Glyph, Icon},
    },
};
use leptos::{html, prelude::*};

/// The image, its tag, and what can be done with it.
#[component]
pub(crate) fn PaintedImage(turn: Turn, status: Memo<Status>) -> impl IntoView {
    let page = Page::of_context();
    let canvas = NodeRef::<html::Canvas>::new();
    let job = RwSignal::from(turn.job.clone());
    let outcome = RwSignal::from(turn.outcome.clone());
    let image = Memo::new(move |_| outcome.with(|outcome| outcome.image));
    Effect::new(move |_| {
        if let (Some(canvas), Some((id, _))) = (canvas.get(), image.get()) {
            pixels::show(id, &canvas);
        }
    });
    let size = Memo::new(move |_| {
        job.with(|job| match job {
            Job::Paint { settings, .. } => (settings.width, settings.height),
            Job::Ask { .. } => (1, 1),
        })
    });
    let words = job.with_untracked(|job| job.words().to_owned());
    let shown = move || image.get().is_some();
    let ended =
        Memo::new(move |_| shown() && matches!(status.get(), Status::Done | Status::Stopped));
    let nothing = move || !shown() && status.get() == Status::Stopped;
    let hidden = move || status.get() == Status::Error || nothing();
    let figures = move || outcome.with(|outcome| outcome.figures.clone());
    // It may still be on its way.
    let attachments = turn.attachments.clone();
    let source = Memo::new(move |_| {
        attachments.with(|attachments| attachments.sources.first().map(|one| one.id))
    });
    let saved = turn.attachments().as_saved;
    let turn = StoredValue::new(turn);
    let model = move || {
        let model = page.session.engine.model;
        model
            .with_untracked(|model| model.as_ref().map(|model| model.name.clone()))
            .unwrap_or_default()
    };
    let download = move |_| export::download(&turn.get_value(), page.burned_in, &model());
    let download_dicom =
        move |_| export_dicom::download(&turn.get_value(), page.burned_in, &model());
    let open = move |_| {
        if let Some(image) = turn.get_value().result_image() {
            page.session.images.turn_to(image);
        }
    };
    let different = RwSignal::new(false);
    let compare = move || {
        if let (Some(image), Some(source)) =
            (turn.get_value().result_image(), source.get_untracked())
        {
            page.session.images.turn_to(image);
            page.viewer.compare_with(source);
        }
    };
    // A counterfactual is its before and after: both are shown as soon as it is there.
    Effect::new(move |was: Option<bool>| {
        let done = status.get() == Status::Done;
        let counterfactual =
            untrack(|| page.session.conversation.task.get()) == Task::Counterfactual;
        if was == Some(false) && done && counterfactual && source.get_untracked().is_some() {
            compare();
            different.set(true);
        }
        done
    });
    view! {
        <div class="painting-row">
            <span class="who">{tr("Model")}</span>
            <Show when=nothing><p class="meta">{tr("Stopped before there was anything to see.")}</p></Show>
            <figure class="painting" class:failed=hidden>
                <canvas
                    class="painted"
                    node_ref=canvas
                    width=move || size.get().0.to_string()
                    height=move || size.get().1.to_string()
                    role="img"
                    aria-label=say("Generated image: {}", &[&words])
                    data-testid="painted"
                    data-state=move || status.get().name()
                ></canvas>
                <Show when=shown><span class="tag">{tr("generated")}</span></Show>
            </figure>
            <Show when=move || ended.get()>
                <div class="after">
                    <span class="meta">
                        {move || (status.get() == Status::Stopped).then(|| tr("Stopped early. "))}
                        {figures}
                    </span>
                    <button class="plain" type="button" aria-label=tr("Download") title=tr("Download as PNG, marked as generated") data-testid="download" on:click=download><Glyph icon=Icon::Download /></button>
                    <button class="plain file-kind" type="button" aria-label=tr("Download as DICOM") title=tr("Download as DICOM Secondary Capture, marked as synthetic") data-testid="download-dicom" on:click=download_dicom><Glyph icon=Icon::Download /><span aria-hidden="true">"DICOM"</span></button>
                    <button class="plain" type="button" aria-label=tr("Show in the viewer") title=tr("Show in the viewer, to look closer") on:click=open><Glyph icon=Icon::Eye /></button>
                    {source.get_untracked().map(|_| view! {
                        <button class="plain" type="button" aria-label=tr("Before and after") title=tr("Before and after, with a slider") data-testid="compare-source" on:click=move |_| compare()><Glyph icon=Icon::Slider /></button>
                        <button
                            class="plain"
                            type="button"
                            aria-label=tr("Difference from the source")
                            title=tr("Difference from the source")
                            aria-pressed=move || different.get().to_string()
                            data-testid="show-difference"
                            on:click=move |_| different.update(|shown| *shown = !*shown)
                        ><Glyph icon=Icon::Difference /></button>
                    })}
                    <button class="plain" type="button" aria-label=tr("Ask about it") title=tr("Ask about this image") data-testid="ask-about" on:click=move |_| page.go_on(&turn.get_value(), Mode::Ask)><Glyph icon=Icon::Question /></button>
                    <button class="plain" type="button" aria-label=tr("Change it further") title=tr("Change this image further") data-testid="change-further" on:click=move |_| page.go_on(&turn.get_value(), Mode::Make)><Glyph icon=Icon::Brush /></button>
                    {saved.then(|| view! {
                        <button class="plain" type="button" aria-label=tr("Run again with the settings of the file") title=tr("Run again with the settings of the file") data-testid="run-again" on:click=move |_| page.again(&turn.get_value())><Glyph icon=Icon::Play /></button>
                    })}
                    <button class="plain" type="button" aria-label=tr("Make another, with a new seed") title=tr("Make another, with a new seed") on:click=move |_| page.another(&turn.get_value())><Glyph icon=Icon::Again /></button>
                </div>
                {source.get_untracked().map(|source| view! {
                    <Show when=move || different.get()><DifferenceMap source=source made=image /></Show>
                })}
            </Show>
        </div>
    }
}
