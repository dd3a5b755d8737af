//! One pane: a slice on black, what is said over it, and the pointer that moves it.

use crate::{
    actions::{drag::follow, page::Page, viewer::device_pixels},
    model::viewport::{
        camera::{Camera, Pair, ViewTransform},
        measure::{Measurement, On, Shape},
        pointer::{Buttons, SliceWheel, Tool, wheel_px, wheel_zoom},
        pointer_tools::{Draft, PointerMove, PointerRelease, PointerState, end_at},
        series::ViewPlane,
        slice_renderer::{ScreenView, SliceRenderer},
    },
    state::{
        pane_content::{PaneCamera, PaneContent},
        pixels,
    },
    views::viewer::{
        attention_overlay::AttentionOverlay, measurements::Marks, notes::Notes,
        overlay_text::OverlayText,
    },
};
use leptos::{ev, html, prelude::*, reactive::owner::LocalStorage};
use leptos_use::use_resize_observer;
use std::cell::RefCell;
use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};

type Kept = StoredValue<SliceRenderer, LocalStorage>;

thread_local! {
    /// What the pane that is drawn just now shows. All panes draw into it: it is as large as a screen, and one for each
    /// of them would stay in the program's memory, which never shrinks.
    static PIXELS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room for those pixels is taken in steps of so many bytes.
const ROOM: usize = 1 << 20;

/// How near the end of a mark must be to take hold of it, in screen pixels: with a mouse or pen, with a finger.
const REACH_PX: (f64, f64) = (8.0, 22.0);

/// One pane.
#[component]
pub(crate) fn Pane(
    /// What it shows.
    content: PaneContent,
    /// What the image is called, for those who cannot see it.
    label: Signal<String>,
) -> impl IntoView {
    let viewer = Page::of_context().viewer;
    let session = Page::of_context().session;
    let PaneContent {
        image_view,
        cut,
        viewport,
        ..
    } = content;
    let canvas = NodeRef::<html::Canvas>::new();
    let frame = NodeRef::<html::Div>::new();
    let size = RwSignal::new((0.0, 0.0));
    use_resize_observer(frame, move |entries, _| {
        if let Some(entry) = entries.first() {
            let rect = entry.content_rect();
            size.set((rect.width(), rect.height()));
            if content.follows.is_none() && rect.width() > 0.0 {
                viewport.pane.set((rect.width(), rect.height()));
            }
        }
    });
    let slice = Memo::new(move |_| content.slice());
    let time = Memo::new(move |_| content.time());
    let view_transform = Memo::new(move |_| {
        let pane = size.get();
        let series = pixels::series(image_view.id);
        let transform = series.map(|series| viewport.view_transform(&series, cut, slice.get()));
        ViewTransform {
            pane,
            ..transform.unwrap_or(ViewTransform {
                pixels: (1.0, 1.0),
                stretch: (1.0, 1.0),
                orientation: viewport.orientation.get(),
                pane,
            })
        }
    });

    let link = Memo::new(move |_| content.link(size.get()));
    let camera = Memo::new(move |_| link.get().there(viewport.camera.get()));
    let pane_camera = move || PaneCamera {
        transform: view_transform.get_untracked(),
        link: link.get_untracked(),
        camera: viewport.camera,
    };

    // However many changes come in, an animation frame draws once.
    let renderer: Kept = StoredValue::new_local(SliceRenderer::default());
    let due = StoredValue::new(false);
    let draw = move || {
        // The pane may be gone by the time its frame comes.
        if due.try_set_value(false).is_some() {
            return;
        }
        if let Some(canvas) = canvas.get_untracked() {
            paint(
                &canvas,
                content,
                view_transform.get_untracked(),
                camera.get_untracked(),
                renderer,
            );
        }
    };
    Effect::new(move |_| {
        let ready = canvas.get().is_some() && view_transform.get().pane.0 > 0.0;
        camera.track();
        image_view.window_level.track();
        slice.track();
        time.track();
        pixels::restored().track();
        if ready && !due.get_value() {
            due.set_value(true);
            request_animation_frame(draw);
        }
    });

    let pointer = StoredValue::new(PointerState::default());
    let wheel = StoredValue::new(SliceWheel::default());
    let draft = RwSignal::new(None::<Draft>);
    let dragging = RwSignal::new(false);
    let under = RwSignal::new(None::<Pair>);
    let picture_at = move |at: Pair| {
        view_transform
            .get_untracked()
            .to_picture(camera.get_untracked(), at)
    };
    // The mark and its end under the pointer.
    let held = move |at: Pair, touches: bool| -> Option<Draft> {
        let (transform, camera) = (view_transform.get_untracked(), camera.get_untracked());
        let slice = slice.get_untracked();
        let marks = image_view
            .measurements
            .with_untracked(|all| on_slice(all, cut, slice));
        let reach = if touches { REACH_PX.1 } else { REACH_PX.0 };
        let to_screen = |point| transform.to_screen(camera, point);
        end_at(&marks, to_screen, at, reach).map(|(mark, place)| Draft::change(mark, place))
    };
    let grabs = RwSignal::new(false);
    let words = move |shape: Shape| -> String {
        let Some(series) = pixels::series(image_view.id) else {
            return String::new();
        };
        let slice = slice.get_untracked();
        let on = On {
            info: &series.info,
            picture: series.picture(cut, slice),
            frame: untrack(|| content.frame()),
            size: series.size(cut),
        };
        renderer.with_value(|renderer| {
            let covered = |x, y| series.covers(cut, slice, x, y);
            let stored = |x, y| renderer.stored(x, y).filter(|_| covered(x, y));
            shape.words(&on, stored)
        })
    };
    let on_down = move |event: ev::PointerEvent| {
        viewer.viewports.plane.set(cut.number().saturating_sub(1));
        let at = point(&event);
        let buttons = buttons(&event);
        let waiting = draft
            .get_untracked()
            .filter(|draft| draft.waits() && buttons.0 == 0);
        let held = (waiting.is_none() && buttons == Buttons::PLAIN)
            .then(|| held(at, event.pointer_type() == "touch"))
            .flatten();
        let tool = match (waiting, held) {
            (Some(_), _) => Tool::Angle,
            (_, Some(held)) => held.shape.tool(),
            _ => viewer.tool_for(buttons),
        };
        let mut draws = false;
        pointer.update_value(|pointer| {
            draws = pointer.down(event.pointer_id(), at, tool);
            dragging.set(pointer.drags());
        });
        draft.set(match (draws, waiting, held) {
            (false, ..) => None,
            (_, Some(waiting), _) => Some(waiting.to(picture_at(at))),
            (_, _, Some(held)) => Some(held),
            _ => Draft::begin(tool, picture_at(at)),
        });
        if let Some(canvas) = canvas.get_untracked() {
            // Without capture the drag ends at the edge of the pane; no harm.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: ev::PointerEvent| {
        let at = point(&event);
        under.set(Some(at));
        let mut movement = PointerMove::None;
        pointer.update_value(|pointer| movement = pointer.moves(event.pointer_id(), at));
        let waits = draft.with_untracked(|draft| draft.is_some_and(|draft| draft.waits()));
        if movement == PointerMove::Draw || waits {
            draft.update(|draft| *draft = draft.map(|d| d.to(picture_at(at))));
        } else if movement == PointerMove::None {
            grabs.set(held(at, false).is_some());
        }
        follow(movement, &content, pane_camera());
    };
    let finish = move |drawn: Draft| match drawn.lifted() {
        Ok(shape) => {
            let measure = Measurement {
                id: drawn.of.unwrap_or_else(|| session.next_number()),
                cut,
                slice: slice.get_untracked(),
                words: words(shape),
                shape,
            };
            image_view.measurements.update(|measurements| {
                match measurements.iter_mut().find(|known| known.id == measure.id) {
                    Some(known) => *known = measure,
                    None => measurements.push(measure),
                }
            });
            draft.set(None);
        }
        Err(waiting) => draft.set(Some(waiting)),
    };
    let on_up = move |event: ev::PointerEvent| {
        let mut end = PointerRelease::None;
        pointer.update_value(|pointer| {
            end = pointer.up(event.pointer_id());
            dragging.set(pointer.drags());
        });
        let drawn = draft.get_untracked();
        match (end, drawn) {
            (PointerRelease::Drawn, Some(drawn)) => finish(drawn),
            // A click ends a second arm, which has its length already.
            (PointerRelease::TooSmall, Some(drawn)) if drawn.waits() => finish(drawn),
            (PointerRelease::TooSmall, _) => draft.set(None),
            (PointerRelease::Click, _) => {
                let (x, y) = picture_at(point(&event));
                if let Some(series) = pixels::series(image_view.id)
                    && cut != ViewPlane::Stack
                    && let Some(pixel) = inside((x, y), series.size(cut))
                {
                    viewer.go_to(&series, image_view, cut, slice.get_untracked(), pixel);
                }
            }
            _ => {}
        }
    };
    let on_wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        let delta = wheel_px(event.delta_y(), event.delta_mode());
        let pinched = event.ctrl_key() || event.meta_key();
        let rules = content.follows.unwrap_or(image_view).id;
        let count = pixels::series(rules).map_or(1, |series| series.count(cut));
        if pinched || count < 2 {
            let at = point(&event);
            pane_camera().change(|transform, camera| {
                transform.zoomed(camera, wheel_zoom(delta, pinched), at)
            });
            return;
        }
        viewer.viewports.plane.set(cut.number().saturating_sub(1));
        let mut steps = 0;
        wheel.update_value(|wheel| steps = wheel.turn(delta));
        if steps != 0 {
            viewport.slice.update(|slice| {
                *slice = crate::model::viewport::pointer::step(*slice, steps, count);
            });
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && draft.with_untracked(Option::is_some) {
            // Not the page's "stop".
            event.stop_propagation();
            pointer.update_value(PointerState::cancel);
            dragging.set(false);
            draft.set(None);
        }
    };
    let on_mouse_down = move |event: ev::MouseEvent| {
        // The middle button would start the browser's own scrolling.
        if event.button() == 1 {
            event.prevent_default();
        }
    };
    // Another slice: what was being drawn belonged to the old one.
    Effect::new(move |_| {
        slice.track();
        draft.set(None);
    });
    let measurements = Signal::derive(move || {
        let slice = slice.get();
        let mut list = image_view
            .measurements
            .with(|all| on_slice(all, cut, slice));
        if let Some(draft) = draft.get() {
            list.retain(|measure| Some(measure.id) != draft.of);
            list.push(Measurement {
                id: 0,
                cut,
                slice,
                words: words(draft.shape),
                shape: draft.shape,
            });
        }
        list
    });
    let cross = Signal::derive(move || {
        let slices = [1, 2, 3].map(|number: usize| image_view.viewports[number].slice.get());
        pixels::series(image_view.id)?.cross(cut, slices)
    });
    let value = Signal::derive(move || {
        let at = under.get()?;
        image_view.window_level.track();
        slice.track();
        let pixel = view_transform.get().to_picture(camera.get(), at);
        let series = pixels::series(image_view.id)?;
        let (x, y) = inside(pixel, series.size(cut))?;
        let stored = renderer.with_value(|renderer| renderer.stored(x, y));
        let stored = stored.filter(|_| series.covers(cut, slice.get(), x, y));
        let words = stored.map(|stored| {
            let picture = series.picture(cut, slice.get());
            series.value_words(picture, content.frame(), stored)
        });
        Some((x, y, words.unwrap_or_default()))
    });
    view! {
        <div class="pane" class:active=move || viewer.viewports.cut() == cut node_ref=frame>
            <canvas
                class="stage-canvas"
                class:dragging=move || dragging.get()
                class:grabs=move || grabs.get()
                node_ref=canvas
                tabindex="0"
                role="img"
                aria-label=label
                data-testid=content.test_id
                on:wheel=on_wheel
                on:keydown=on_key
                on:pointerdown=on_down
                on:pointermove=on_move
                on:pointerup=on_up
                on:pointercancel=on_up
                on:pointerleave=move |_| under.set(None)
                on:mousedown=on_mouse_down
                on:contextmenu=move |event| event.prevent_default()
                on:dblclick=move |_| viewer.fit()
            ></canvas>
            <AttentionOverlay image=image_view.id transform=view_transform camera=camera />
            <Marks measurements=measurements transform=view_transform camera=camera cross=cross />
            <OverlayText content=content transform=view_transform camera=camera slice=slice value=value />
            {(cut.number() < 2).then(|| view! { <Notes image_view=image_view /> })}
        </div>
    }
}

/// The button and keys that a pointer event carries.
pub(crate) fn buttons(event: &web_sys::PointerEvent) -> Buttons {
    Buttons(
        event.button(),
        event.shift_key(),
        event.ctrl_key() || event.meta_key(),
    )
}

/// Where a pointer is in its pane, in screen pixels.
pub(crate) fn point(event: &web_sys::MouseEvent) -> Pair {
    (f64::from(event.offset_x()), f64::from(event.offset_y()))
}

/// The marks of a slice.
fn on_slice(all: &[Measurement], cut: ViewPlane, slice: usize) -> Vec<Measurement> {
    let here = |measure: &&Measurement| (measure.cut, measure.slice) == (cut, slice);
    all.iter().filter(here).cloned().collect()
}

/// The pixel in which a point lies, if it lies in the picture.
fn inside((x, y): Pair, (width, height): (usize, usize)) -> Option<(usize, usize)> {
    let within = x >= 0.0 && y >= 0.0 && x < width as f64 && y < height as f64;
    within.then_some((x as usize, y as usize))
}

fn paint(
    canvas: &HtmlCanvasElement,
    content: PaneContent,
    transform: ViewTransform,
    camera: Camera,
    renderer: Kept,
) {
    let Some(series) = pixels::series(content.image_view.id) else {
        return;
    };
    let ratio = device_pixels();
    let (width, height) = (
        (transform.pane.0 * ratio).round(),
        (transform.pane.1 * ratio).round(),
    );
    let (columns, rows) = (width.max(1.0) as u32, height.max(1.0) as u32);
    if (canvas.width(), canvas.height()) != (columns, rows) {
        canvas.set_width(columns);
        canvas.set_height(rows);
    }
    let Ok(context) = pixels::context(canvas) else {
        return;
    };
    let screen_view = ScreenView {
        map: transform.screen_map(camera, ratio),
        scale: transform.scale(camera) * ratio,
        screen: (columns as usize, rows as usize),
    };
    let window_level = content.image_view.window_level.get_untracked();
    let (slice, time) = untrack(|| (content.slice(), content.time()));
    renderer.update_value(|renderer| {
        renderer.take(&series, content.cut, slice, time);
        PIXELS.with_borrow_mut(|rgba| {
            let needed = 4 * screen_view.screen.0 * screen_view.screen.1;
            if rgba.capacity() < needed {
                // The old ones go before the new ones come, so that both never need room at once; more than is needed, since
                // what stands under a pane makes it a little higher or lower.
                *rgba = Vec::new();
                rgba.reserve_exact(needed.next_multiple_of(ROOM));
            }
            renderer.paint(&series, &window_level, &screen_view, rgba);
            let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), columns, rows);
            if let Ok(data) = data {
                // The canvas has just been given this very size.
                let _ = context.put_image_data(&data, 0.0, 0.0);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_on_the_edge_belongs_to_the_pixel_that_begins_there() {
        assert_eq!(inside((0.0, 2.9), (4, 3)), Some((0, 2)));
        assert_eq!(inside((4.0, 1.0), (4, 3)), None);
        assert_eq!(inside((-0.1, 1.0), (4, 3)), None);
    }
}
