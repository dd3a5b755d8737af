//! The open image: its name above, one or more panes, and below what the model gets of it.

use super::{
    desk::{Desk, Layout},
    gaze::GazeControls,
    pane::{Pane, Shows},
    shown,
    stack::{self, Cut},
    tone::presets,
    toolbar::Toolbar,
};
use crate::{
    Page,
    icons::{Glyph, Icon},
    language::{say, tr, tr_of},
    pixels::ImageId,
    state::{OpenImage, Origin},
    typed_number,
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
    let image = Memo::new(move |_| session.current_image());
    // Layouts that the image cannot have fall back to one pane.
    Effect::new(move |_| {
        let id = session.current.get();
        let open = session
            .images
            .with(|images| images.iter().map(|i| i.id).collect::<Vec<_>>());
        viewer.forget_closed(&open);
        let volume = id
            .and_then(stack::of)
            .is_some_and(|stack| stack.is_volume());
        let other = viewer.other.get_untracked();
        let fits = match viewer.layout.get_untracked() {
            Layout::One => true,
            Layout::Planes => volume,
            Layout::Side | Layout::Slider => other.is_some_and(|other| {
                Some(other) != id && (open.contains(&other) || crate::pixels::get(other).is_some())
            }),
        };
        if !fits {
            viewer.layout.set(Layout::One);
        }
    });
    // Another image does not go on playing.
    Effect::new(move |_| {
        session.current.track();
        viewer.playing.set(false);
    });
    play(page);
    // A memo, because the signals are also set without a change (see `followers`), and panes that are made anew have no size
    // until they are laid out.
    let shown = Memo::new(move |_| {
        let id = session.current.get()?;
        Some((id, viewer.layout.get(), viewer.other.get()))
    });
    let panes = move || {
        let (id, layout, other) = shown.get()?;
        let desk = viewer.desk(id)?;
        Some(view! { <Panes desk=desk layout=layout other=other /> })
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
        if !viewer.playing.get() {
            return;
        }
        let stack = page.session.current.get_untracked().and_then(stack::of);
        let frame_ms = stack.and_then(|stack| stack.info.frame_time_ms);
        let wait =
            Duration::from_secs_f64(frame_ms.unwrap_or(FRAME_MS).max(LEAST_FRAME_MS) / 1000.0);
        let handle = set_interval_with_handle(move || viewer.play_on(), wait);
        ticking.set_value(handle.ok());
    });
    on_cleanup(stop);
}

#[component]
fn Panes(desk: Desk, layout: Layout, other: Option<ImageId>) -> impl IntoView {
    let page = Page::of_context();
    let viewer = page.viewer;
    let name_of = move |id: ImageId| {
        Signal::derive(move || {
            page.session.images.with(|images| {
                let image = images.iter().find(|image| image.id == id);
                image.map_or_else(String::new, |image| say("Image: {}", &[&image.name]))
            })
        })
    };
    let label = name_of(desk.id);
    let first = Shows {
        desk,
        cut: Cut::Stack,
        place: desk.place(Cut::Stack),
        follows: None,
        test_id: "viewer",
    };
    let plane = |number: usize, test_id: &'static str| {
        let cut = Cut::Plane(number);
        let shows = Shows {
            cut,
            place: desk.place(cut),
            test_id,
            ..first
        };
        view! { <Pane shows=shows label=label /> }
    };
    let second = other
        .and_then(|other| viewer.desk(other))
        .map(|other| Shows {
            desk: other,
            follows: Some(desk),
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
            <Pane shows=first label=label />
            <Pane shows=second label=name_of(second.desk.id) />
        }
        .into_any(),
        (Layout::Slider, Some(second)) => view! {
            <Pane shows=second label=name_of(second.desk.id) />
            <div class="over" style:clip-path=move || format!("inset(0 {:.2}% 0 0)", 100.0 * (1.0 - viewer.swipe.get()))>
                <Pane shows=first label=label />
            </div>
            <span class="swipe-line" style:left=move || format!("{:.2}%", 100.0 * viewer.swipe.get())></span>
            <input
                class="swipe"
                type="range"
                min="0"
                max="1"
                step="0.005"
                aria-label=tr("How much of the first image is shown")
                data-testid="compare-slider"
                prop:value=move || viewer.swipe.get().to_string()
                on:input=move |event| {
                    if let Some(share) = typed_number(&event) {
                        viewer.swipe.set(share);
                    }
                }
            />
        }
        .into_any(),
        _ => view! { <Pane shows=first label=label /> }.into_any(),
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
        let id = session.current.get()?;
        let (stack, desk) = (stack::of(id)?, viewer.desk(id)?);
        let options = presets(&stack.info, viewer.shows(desk).frame())
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
        if !viewer.layout.get().compares() {
            return None;
        }
        let current = session.current.get();
        let chosen = viewer.other.get();
        let options = session.images.with(|images| {
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
                viewer.other.set(Some(unimed_protocol::FileId(number)));
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
            session.close_image(image.id);
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
        let id = session.current.get()?;
        let (stack, desk) = (stack::of(id)?, viewer.desk(id)?);
        let cut = viewer.cut();
        let count = stack.count(cut);
        let slice = desk.place(cut).slice;
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
            .model
            .with(|model| model.as_ref().map(|model| model.sees_px));
        let size = side.map_or_else(String::new, |side| say(" to {} px", &[&side.to_string()]));
        let id = session.current.get()?;
        let (stack, desk) = (stack::of(id)?, viewer.desk(id)?);
        let words = shown::words(&stack, &viewer.shows(desk));
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
            <GazeControls />
            {slices}
            <span class="gets" data-testid="model-gets">{gets}</span>
            <span class="credit">{credit}</span>
        </div>
    }
}
