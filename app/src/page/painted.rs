//! A painting in the conversation: at its final size from the first step, sharpening in place.

use super::{
    Page,
    engine_news::result_image,
    export,
    icons::{Glyph, Icon},
    pixels,
    state::{Job, Status, Turn},
};
use leptos::{html, prelude::*};

/// The image, its tag, and what can be done with it.
#[component]
pub(crate) fn Painting(turn: Turn, status: Memo<Status>, again: Callback<()>) -> impl IntoView {
    let page = Page::of_context();
    let canvas = NodeRef::<html::Canvas>::new();
    let (job, outcome) = (turn.job, turn.outcome);
    let image = Memo::new(move |_| outcome.with(|outcome| outcome.image));
    Effect::new(move |_| {
        if let (Some(canvas), Some((id, _))) = (canvas.get(), image.get()) {
            pixels::show(id, &canvas);
        }
    });
    let (width, height) = job.with_untracked(|job| match job {
        Job::Paint { settings, .. } => (settings.width, settings.height),
        Job::Ask { .. } => (1, 1),
    });
    let words = job.with_untracked(|job| job.words().to_owned());
    let shown = move || image.get().is_some();
    let ended = move || shown() && matches!(status.get(), Status::Done | Status::Stopped);
    let figures = move || outcome.with(|outcome| outcome.figures.clone());
    let turn = StoredValue::new(turn);
    let download = move |_| {
        let model = page
            .session
            .model
            .with_untracked(|model| model.as_ref().map(|model| model.name.clone()));
        export::download(&turn.get_value(), &model.unwrap_or_default());
    };
    let open = move |_| {
        if let Some(image) = result_image(&turn.get_value()) {
            page.session.show_image(image);
        }
    };
    let source = turn.with_value(|turn| turn.sources.first().map(|source| source.id));
    let compare = move |_| {
        if let (Some(image), Some(source)) = (result_image(&turn.get_value()), source) {
            page.session.show_image(image);
            page.viewer.compare_with(source);
        }
    };
    let another = move |_| {
        page.session
            .set(|settings| settings.seed = settings.seed.wrapping_add(1));
        again.run(());
    };
    view! {
        <div class="painting-row">
            <span class="who">"Model"</span>
            <figure class="painting" class:failed=move || status.get() == Status::Error>
                <canvas
                    class="painted"
                    node_ref=canvas
                    width=width.to_string()
                    height=height.to_string()
                    role="img"
                    aria-label=format!("Generated image: {words}")
                    data-testid="painted"
                    data-state=move || status.get().name()
                ></canvas>
                <Show when=shown><span class="tag">"generated"</span></Show>
            </figure>
            <Show when=ended>
                <div class="after">
                    <span class="meta">
                        {move || (status.get() == Status::Stopped).then_some("Stopped early. ")}
                        {figures}
                    </span>
                    <button class="plain" type="button" aria-label="Download" title="Download as PNG, marked as generated" data-testid="download" on:click=download><Glyph icon=Icon::Download /></button>
                    <button class="plain" type="button" aria-label="Show in the viewer" title="Show in the viewer, to look closer or to ask about it" on:click=open><Glyph icon=Icon::Eye /></button>
                    {source.map(|_| view! {
                        <button class="plain" type="button" aria-label="Compare with the source" title="Compare with the source" data-testid="compare-source" on:click=compare><Glyph icon=Icon::Slider /></button>
                    })}
                    <button class="plain" type="button" aria-label="Make another, with a new seed" title="Make another, with a new seed" on:click=another><Glyph icon=Icon::Again /></button>
                </div>
            </Show>
        </div>
    }
}
