//! The open image: its name above, one or more panes, and below what the model gets of it.

use crate::{
    actions::{close::close_image, page::Page, rendered},
    language::{say, tr, tr_of},
    model::{
        image::{ImageId, OpenImage, Origin},
        viewport::{layout::Layout, series::ViewPlane, window_level::presets},
    },
    state::{pane_content::PaneContent, pixels, viewports::ImageView},
    views::{
        icons::{Glyph, Icon},
        number_field::typed_number,
        viewer::{attention_overlay::AttentionControls, pane::Pane, toolbar::Toolbar},
    },
};
use leptos::prelude::*;
use std::time::Duration;

/// Time of a frame where the file does not say it, ms.
const FRAME_MS: f64 = 100.0;

/// The shortest time of a frame, ms: no screen shows more.
const LEAST_FRAME_MS: f64 = 16.0;

/// Tools, head, panes, foot.
#[component]
pub(crate) fn Stage() -> impl IntoView {
    let page = Page::of_context();
    let (session, viewer) = (page.session, page.viewer);
    let image = Memo::new(move |_| session.images.current_image());
    // Layouts that the image cannot have fall back to one pane.
    Effect::new(move |_| {
        let id = session.images.current.get();
        let open = session
            .images
            .open
            .with(|images| images.iter().map(|i| i.id).collect::<Vec<_>>());
        viewer.viewports.forget_closed(&open);
        let volume = id
            .and_then(pixels::series)
            .is_some_and(|series| series.is_volume());
        let other = viewer.viewports.other.get_untracked();
        let fits = match viewer.viewports.layout.get_untracked() {
            Layout::One => true,
            Layout::Planes => volume,
            Layout::Side | Layout::Slider => other.is_some_and(|other| {
                Some(other) != id && (open.contains(&other) || pixels::get(other).is_some())
            }),
        };
        if !fits {
            viewer.viewports.layout.set(Layout::One);
        }
    });
    // Another image does not go on playing.
    Effect::new(move |_| {
        session.images.current.track();
        viewer.viewports.playing.set(false);
    });
    play(page);
    // A memo, because the signals are also set without a change (see `state::subscriptions`), and panes that are made anew have no size
    // until they are laid out.
    let shown = Memo::new(move |_| {
        let id = session.images.current.get()?;
        Some((
            id,
            viewer.viewports.layout.get(),
            viewer.viewports.other.get(),
        ))
    });
    let panes = move || {
        let (id, layout, other) = shown.get()?;
        let image_view = viewer.viewports.image_view(id)?;
        Some(view! { <Panes image_view=image_view layout=layout other=other /> })
    };
    view! {
        <div class="stage">
            <Toolbar />
            <Head image=image />
            {panes}
            <Foot image=image />
        </div>
    }
}

/// Goes through the frames while they play.
fn play(page: Page) {
    let viewer = page.viewer;
    let ticking = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        // The page may be closing; then nothing ticks any more.
        let _ = ticking.try_update_value(|ticking| {
            if let Some(handle) = ticking.take() {
                handle.clear();
            }
        });
    };
    Effect::new(move |_| {
        stop();
        if !viewer.viewports.playing.get() {
            return;
        }
        let series = page
            .session
            .images
            .current
            .get_untracked()
            .and_then(pixels::series);
        let frame_ms = series.and_then(|series| series.info.frame_time_ms);
        let wait =
            Duration::from_secs_f64(frame_ms.unwrap_or(FRAME_MS).max(LEAST_FRAME_MS) / 1000.0);
        let handle = set_interval_with_handle(move || viewer.play_on(), wait);
        ticking.set_value(handle.ok());
    });
    on_cleanup(stop);
}

#[component]
fn Panes(image_view: ImageView, layout: Layout, other: Option<ImageId>) -> impl IntoView {
    let page = Page::of_context();
    let viewer = page.viewer;
    let name_of = move |id: ImageId| {
        Signal::derive(move || {
            page.session.images.open.with(|images| {
                let image = images.iter().find(|image| image.id == id);
                image.map_or_else(String::new, |image| say("Image: {}", &[&image.name]))
            })
        })
    };
    let label = name_of(image_view.id);
    let first = PaneContent {
        image_view,
        cut: ViewPlane::Stack,
        viewport: image_view.viewport(ViewPlane::Stack),
        follows: None,
        test_id: "viewer",
    };
    let plane = |number: usize, test_id: &'static str| {
        let cut = ViewPlane::Plane(number);
        let content = PaneContent {
            cut,
            viewport: image_view.viewport(cut),
            test_id,
            ..first
        };
        view! { <Pane content=content label=label /> }
    };
    let second = other
        .and_then(|other| viewer.viewports.image_view(other))
        .map(|other| PaneContent {
            image_view: other,
            follows: Some(image_view),
            test_id: "viewer-other",
            ..first
        });
    let panes = match (layout, second) {
        (Layout::Planes, _) => view! {
            {plane(0, "viewer")}
            {plane(1, "viewer-coronal")}
            {plane(2, "viewer-sagittal")}
        }
        .into_any(),
        (Layout::Side, Some(second)) => view! {
            <Pane content=first label=label />
            <Pane content=second label=name_of(second.image_view.id) />
        }
        .into_any(),
        (Layout::Slider, Some(second)) => view! {
            <Pane content=second label=name_of(second.image_view.id) />
            <div class="over" style:clip-path=move || format!("inset(0 {:.2}% 0 0)", 100.0 * (1.0 - viewer.viewports.swipe.get()))>
                <Pane content=first label=label />
            </div>
            <span class="swipe-line" style:left=move || format!("{:.2}%", 100.0 * viewer.viewports.swipe.get())></span>
            <input
                class="swipe"
                type="range"
                min="0"
                max="1"
                step="0.005"
                aria-label=tr("How much of the first image is shown")
                data-testid="compare-slider"
                prop:value=move || viewer.viewports.swipe.get().to_string()
                on:input=move |event| {
                    if let Some(share) = typed_number(&event) {
                        viewer.viewports.swipe.set(share);
                    }
                }
            />
        }
        .into_any(),
        _ => view! { <Pane content=first label=label /> }.into_any(),
    };
    view! { <div class="panes" data-layout=layout.name() data-testid="panes">{panes}</div> }
}

/// Name, kind, window presets, the second image of a comparison, close.
#[component]
fn Head(image: Memo<Option<OpenImage>>) -> impl IntoView {
    let page = Page::of_context();
    let (session, viewer) = (page.session, page.viewer);
    let name = move || image.with(|image| image.as_ref().map(|image| image.name.clone()));
    let sort = move || {
        image.with(|image| {
            image.as_ref().map(|image| {
                let origin = match &image.origin {
                    Origin::File(format) => format.clone(),
                    Origin::Sample(_) => tr("sample").to_owned(),
                    Origin::Made => tr("generated").to_owned(),
                };
                format!("{origin}, {} × {} px", image.width, image.height)
            })
        })
    };
    let windows = move || {
        let id = session.images.current.get()?;
        let (series, image_view) = (pixels::series(id)?, viewer.viewports.image_view(id)?);
        let options = presets(&series.info, viewer.images.pane_content(image_view).frame())
            .into_iter()
            .enumerate()
            .map(|(number, preset)| view! { <option value=number.to_string()>{format!("{} {}", number + 1, tr_of(preset.name))}</option> })
            .collect_view();
        let choose = move |event| {
            if let Ok(number) = event_target_value(&event).parse() {
                viewer.preset(number);
            }
        };
        Some(view! {
            <select class="select" aria-label=tr("Window") title=tr("Windows (keys 1 to 5)") data-testid="preset" prop:value="" on:change=choose>
                <option value="" selected disabled>{tr("Window")}</option>
                {options}
            </select>
        })
    };
    let others = move || {
        if !viewer.viewports.layout.get().compares() {
            return None;
        }
        let current = session.images.current.get();
        let chosen = viewer.viewports.other.get();
        let options = session.images.open.with(|images| {
            images
                .iter()
                .filter(|image| Some(image.id) != current)
                .map(|image| {
                    let selected = Some(image.id) == chosen;
                    view! { <option value=image.id.0.to_string() selected=selected>{image.name.clone()}</option> }
                })
                .collect_view()
        });
        let choose = move |event| {
            if let Ok(number) = event_target_value(&event).parse() {
                viewer
                    .viewports
                    .other
                    .set(Some(unimed_protocol::FileId(number)));
            }
        };
        Some(view! {
            <select class="select" aria-label=tr("Compare with") title=tr("Compare with") data-testid="compare-with" on:change=choose>
                {options}
            </select>
        })
    };
    let close = move |_| {
        if let Some(image) = image.get_untracked() {
            close_image(session, image.id);
        }
    };
    view! {
        <div class="stage-head">
            <span class="stage-name" title=name>{name}</span>
            <span class="stage-sort">{sort}</span>
            <span class="spring"></span>
            {others}
            {windows}
            <button class="plain" type="button" aria-label=tr("Close this image") title=tr("Close this image") on:click=close>
                <Glyph icon=Icon::Close />
            </button>
        </div>
    }
}

/// A slider through the slices, and what the model gets.
#[component]
fn Foot(image: Memo<Option<OpenImage>>) -> impl IntoView {
    let page = Page::of_context();
    let (session, viewer) = (page.session, page.viewer);
    let slices = move || {
        let id = session.images.current.get()?;
        let (series, image_view) = (pixels::series(id)?, viewer.viewports.image_view(id)?);
        let cut = viewer.viewports.cut();
        let count = series.count(cut);
        let slice = image_view.viewport(cut).slice;
        (count > 1).then(|| {
            view! {
                <input
                    class="slices"
                    type="range"
                    min="1"
                    max=count.to_string()
                    aria-label=tr("Slice")
                    data-testid="slice-range"
                    prop:value=move || (slice.get() + 1).to_string()
                    on:input=move |event| {
                        if let Ok(number) = event_target_value(&event).parse::<usize>() {
                            slice.set(number.clamp(1, count) - 1);
                        }
                    }
                />
            }
        })
    };
    let gets = move || {
        let side = session
            .engine
            .model
            .with(|model| model.as_ref().map(|model| model.sees_px));
        let size = side.map_or_else(String::new, |side| say(" to {} px", &[&side.to_string()]));
        let id = session.images.current.get()?;
        let (series, image_view) = (pixels::series(id)?, viewer.viewports.image_view(id)?);
        let words = rendered::words(&series, &viewer.images.pane_content(image_view));
        Some(say(
            "The model gets the image as shown ({}), whole and without marks, resized{}",
            &[&words, &size],
        ))
    };
    let credit = move || {
        image.with(|image| match image.as_ref().map(|image| &image.origin) {
            Some(Origin::Sample(credit)) => (*credit).to_owned(),
            _ => String::new(),
        })
    };
    view! {
        <div class="stage-foot">
            <AttentionControls />
            {slices}
            <span class="gets" data-testid="model-gets">{gets}</span>
            <span class="credit">{credit}</span>
        </div>
    }
}
