//! One pane: a slice on black, what is said over it, and the hand that moves it.

use super::{
    camera::{Lie, Pair},
    desk::{Desk, Place, lie},
    gestures::{SliceWheel, wheel_px, wheel_zoom},
    hand::{Draft, End, Hand, Move, buttons, follow, point},
    marks::{Marks, Measure},
    measure::{Scale, Shape},
    painter::{Painter, Sight},
    stack::{self, Cut},
    words::PaneWords,
};
use crate::page::{Page, pixels};
use leptos::{ev, html, prelude::*, reactive::owner::LocalStorage};
use leptos_use::use_resize_observer;
use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};

/// What a pane shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shows {
    /// The image and its settings.
    pub(crate) desk: Desk,
    /// Which way through it.
    pub(crate) cut: Cut,
    /// How it is looked at; in a comparison that is the first image's.
    pub(crate) place: Place,
    /// Whether the size of this pane is the place's.
    pub(crate) leads: bool,
    /// The name of its canvas for tests.
    pub(crate) test_id: &'static str,
}

impl Shows {
    /// The slice, held inside of this image; follows changes.
    fn slice(&self) -> usize {
        let last = stack::of(self.desk.id).map_or(0, |stack| stack.count(self.cut) - 1);
        self.place.slice.get().min(last)
    }

    /// The moment in time that a plane shows; follows changes.
    fn time(&self) -> usize {
        let slices = stack::of(self.desk.id).map_or(1, |stack| stack.info.slices.max(1));
        match self.cut {
            Cut::Stack => 0,
            Cut::Plane(_) => self.desk.places[0].slice.get() / slices,
        }
    }
}

type Kept = StoredValue<Painter, LocalStorage>;

/// One pane.
#[component]
pub(crate) fn Pane(
    /// What it shows.
    shows: Shows,
    /// What the image is called, for those who cannot see it.
    label: Signal<String>,
) -> impl IntoView {
    let viewer = Page::of_context().viewer;
    let session = Page::of_context().session;
    let Shows {
        desk, cut, place, ..
    } = shows;
    let canvas = NodeRef::<html::Canvas>::new();
    let frame = NodeRef::<html::Div>::new();
    let size = RwSignal::new((0.0, 0.0));
    use_resize_observer(frame, move |entries, _| {
        if let Some(entry) = entries.first() {
            let rect = entry.content_rect();
            size.set((rect.width(), rect.height()));
            if shows.leads && rect.width() > 0.0 {
                place.pane.set((rect.width(), rect.height()));
            }
        }
    });
    let slice = Memo::new(move |_| shows.slice());
    let time = Memo::new(move |_| shows.time());
    let lies = Memo::new(move |_| {
        let pane = size.get();
        let stack = stack::of(desk.id);
        let lie = stack.map(|stack| lie(&stack, cut, place));
        Lie {
            pane,
            ..lie.unwrap_or(Lie {
                pixels: (1.0, 1.0),
                stretch: (1.0, 1.0),
                pose: place.pose.get(),
                pane,
            })
        }
    });

    // However many changes come in, an animation frame draws once.
    let painter: Kept = StoredValue::new_local(Painter::default());
    let due = StoredValue::new(false);
    let draw = move || {
        // The pane may be gone by the time its frame comes.
        if due.try_set_value(false).is_some() {
            return;
        }
        if let Some(canvas) = canvas.get_untracked() {
            paint(&canvas, shows, lies.get_untracked(), painter);
        }
    };
    Effect::new(move |_| {
        let ready = canvas.get().is_some() && lies.get().pane.0 > 0.0;
        place.camera.track();
        desk.tone.track();
        slice.track();
        time.track();
        if ready && !due.get_value() {
            due.set_value(true);
            request_animation_frame(draw);
        }
    });

    let hand = StoredValue::new(Hand::default());
    let wheel = StoredValue::new(SliceWheel::default());
    let draft = RwSignal::new(None::<Draft>);
    let dragging = RwSignal::new(false);
    let under = RwSignal::new(None::<Pair>);
    let picture_at = move |at: Pair| {
        lies.get_untracked()
            .to_picture(place.camera.get_untracked(), at)
    };
    let words = move |shape: Shape| -> String {
        let Some(stack) = stack::of(desk.id) else {
            return String::new();
        };
        let scale = Scale {
            pixel_mm: stack.pixel_mm(cut),
        };
        painter.with_value(|painter| {
            let value = |x, y| painter.value(&stack, x, y);
            shape.words(scale, &stack.info.unit, stack.size(cut), value)
        })
    };
    let on_down = move |event: ev::PointerEvent| {
        viewer.plane.set(cut.number().saturating_sub(1));
        let at = point(&event);
        let drafting = draft.with_untracked(|draft| draft.is_some_and(|draft| draft.waits()));
        let mut begun = None;
        hand.update_value(|hand| {
            begun = hand.down(
                event.pointer_id(),
                at,
                buttons(&event),
                viewer.chosen(),
                drafting,
            );
            dragging.set(hand.drags());
        });
        match (begun, drafting) {
            (Some(_), true) => draft.update(|draft| *draft = draft.map(|d| d.to(picture_at(at)))),
            (Some(tool), false) => draft.set(Draft::begin(tool, picture_at(at))),
            (None, _) => draft.set(None),
        }
        if let Some(canvas) = canvas.get_untracked() {
            // Without capture the drag ends at the edge of the pane; no harm.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: ev::PointerEvent| {
        let at = point(&event);
        under.set(Some(at));
        let mut movement = Move::None;
        hand.update_value(|hand| movement = hand.moves(event.pointer_id(), at));
        let waits = draft.with_untracked(|draft| draft.is_some_and(|draft| draft.waits()));
        if movement == Move::Draw || waits {
            draft.update(|draft| *draft = draft.map(|d| d.to(picture_at(at))));
        }
        follow(movement, desk, place, &lies.get_untracked());
    };
    let finish = move |drawn: Draft| match drawn.lifted() {
        Ok(shape) => {
            let measure = Measure {
                id: session.next_number(),
                cut,
                slice: slice.get_untracked(),
                words: words(shape),
                shape,
            };
            desk.measures.update(|measures| measures.push(measure));
            draft.set(None);
        }
        Err(waiting) => draft.set(Some(waiting)),
    };
    let on_up = move |event: ev::PointerEvent| {
        let mut end = End::None;
        hand.update_value(|hand| {
            end = hand.up(event.pointer_id());
            dragging.set(hand.drags());
        });
        let drawn = draft.get_untracked();
        match (end, drawn) {
            (End::Drawn, Some(drawn)) => finish(drawn),
            // A click ends a second arm, which has its length already.
            (End::TooSmall, Some(drawn)) if drawn.waits() => finish(drawn),
            (End::TooSmall, _) => draft.set(None),
            (End::Click, _) => {
                let (x, y) = picture_at(point(&event));
                if let Some(stack) = stack::of(desk.id)
                    && cut != Cut::Stack
                    && let Some(pixel) = inside((x, y), stack.size(cut))
                {
                    viewer.go_to(&stack, desk, cut, slice.get_untracked(), pixel);
                }
            }
            _ => {}
        }
    };
    let on_wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        let delta = wheel_px(event.delta_y(), event.delta_mode());
        let pinched = event.ctrl_key() || event.meta_key();
        let count = stack::of(desk.id).map_or(1, |stack| stack.count(cut));
        if pinched || count < 2 {
            let at = point(&event);
            place.camera.update(|camera| {
                *camera = lies
                    .get_untracked()
                    .zoomed(*camera, wheel_zoom(delta, pinched), at);
            });
            return;
        }
        viewer.plane.set(cut.number().saturating_sub(1));
        let mut steps = 0;
        wheel.update_value(|wheel| steps = wheel.turn(delta));
        if steps != 0 {
            place
                .slice
                .update(|slice| *slice = super::gestures::step(*slice, steps, count));
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
    let measures = Signal::derive(move || {
        let mut list = desk.measures.get();
        let slice = slice.get();
        list.retain(|measure| (measure.cut, measure.slice) == (cut, slice));
        if let Some(draft) = draft.get() {
            list.push(Measure {
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
        let slices = [1, 2, 3].map(|number: usize| desk.places[number].slice.get());
        stack::of(desk.id)?.cross(cut, slices)
    });
    let value = Signal::derive(move || {
        let at = under.get()?;
        desk.tone.track();
        slice.track();
        let pixel = lies.get().to_picture(place.camera.get(), at);
        let stack = stack::of(desk.id)?;
        let (x, y) = inside(pixel, stack.size(cut))?;
        let value = painter.with_value(|painter| painter.value(&stack, x, y));
        Some((x, y, value))
    });
    view! {
        <div class="pane" class:active=move || viewer.cut() == cut node_ref=frame>
            <canvas
                class="stage-canvas"
                class:dragging=move || dragging.get()
                node_ref=canvas
                tabindex="0"
                role="img"
                aria-label=label
                data-testid=shows.test_id
                on:wheel=on_wheel
                on:pointerdown=on_down
                on:pointermove=on_move
                on:pointerup=on_up
                on:pointercancel=on_up
                on:pointerleave=move |_| under.set(None)
                on:mousedown=on_mouse_down
                on:contextmenu=move |event| event.prevent_default()
                on:dblclick=move |_| viewer.fit()
            ></canvas>
            <Marks measures=measures lie=lies camera=place.camera cross=cross />
            <PaneWords shows=shows lie=lies slice=slice value=value />
        </div>
    }
}

/// The pixel in which a point lies, if it lies in the picture.
fn inside((x, y): Pair, (width, height): (usize, usize)) -> Option<(usize, usize)> {
    let within = x >= 0.0 && y >= 0.0 && x < width as f64 && y < height as f64;
    within.then_some((x as usize, y as usize))
}

/// Screen pixels for one pixel of the page.
pub(crate) fn device_pixels() -> f64 {
    window().device_pixel_ratio().max(0.5)
}

fn paint(canvas: &HtmlCanvasElement, shows: Shows, lie: Lie, painter: Kept) {
    let Some(stack) = stack::of(shows.desk.id) else {
        return;
    };
    let ratio = device_pixels();
    let (width, height) = ((lie.pane.0 * ratio).round(), (lie.pane.1 * ratio).round());
    let (columns, rows) = (width.max(1.0) as u32, height.max(1.0) as u32);
    if (canvas.width(), canvas.height()) != (columns, rows) {
        canvas.set_width(columns);
        canvas.set_height(rows);
    }
    let Ok(context) = pixels::context(canvas) else {
        return;
    };
    let camera = shows.place.camera.get_untracked();
    let sight = Sight {
        map: lie.screen_map(camera, ratio),
        scale: lie.scale(camera) * ratio,
        screen: (columns as usize, rows as usize),
    };
    let tone = shows.desk.tone.get_untracked();
    let (slice, time) = untrack(|| (shows.slice(), shows.time()));
    painter.update_value(|painter| {
        painter.take(&stack, shows.cut, slice, time);
        let rgba = painter.paint(&stack, &tone, &sight);
        if let Ok(data) = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), columns, rows)
        {
            // The canvas has just been given this very size.
            let _ = context.put_image_data(&data, 0.0, 0.0);
        }
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
