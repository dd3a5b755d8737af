//! One pane: a slice on black, what is said over it, and the hand that moves it.

use super::{
    camera::{Camera, Lie, Pair},
    desk::{Desk, Place, lie},
    gaze::Overlay,
    gestures::{Buttons, SliceWheel, Tool, wheel_px, wheel_zoom},
    hand::{Draft, End, Hand, Move, buttons, end_at, follow, point},
    link::{Link, Look, same_depth},
    marks::{Marks, Measure},
    measure::{On, Shape},
    notes::Notes,
    painter::{Painter, Sight},
    stack::{self, Cut, Stack},
    words::PaneWords,
};
use crate::{Page, pixels};
use leptos::{ev, html, prelude::*, reactive::owner::LocalStorage};
use leptos_use::use_resize_observer;
use std::{cell::RefCell, rc::Rc};
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
    /// The first image, for the second one of a comparison.
    pub(crate) follows: Option<Desk>,
    /// The name of its canvas for tests.
    pub(crate) test_id: &'static str,
}

impl Shows {
    /// The slice, held inside of this image; follows changes.
    pub(super) fn slice(&self) -> usize {
        let slice = self.place.slice.get();
        let Some(stack) = stack::of(self.desk.id) else {
            return 0;
        };
        self.first()
            .and_then(|(first, _)| same_depth(&first, slice, &stack))
            .unwrap_or_else(|| slice.min(stack.count(self.cut) - 1))
    }

    /// The image whose slices and camera rule, when that is another one.
    fn first(&self) -> Option<(Rc<Stack>, Desk)> {
        let desk = self.follows?;
        Some((stack::of(desk.id)?, desk))
    }

    /// Where the shared camera looks in this image; follows changes.
    fn link(&self, pane: Pair) -> Link {
        let second = stack::of(self.desk.id);
        let pair = self.first().zip(second);
        pair.map_or(Link::SAME, |((first, desk), second)| {
            Link::of((&first, desk), &second, self.slice(), pane)
        })
    }

    /// The frame whose attributes hold for what is shown; follows changes.
    pub(super) fn frame(&self) -> usize {
        let frame = |stack: Rc<Stack>| stack.frame(self.cut, self.slice(), self.time());
        stack::of(self.desk.id).map_or(0, frame)
    }

    /// The moment in time that a plane shows; follows changes.
    pub(super) fn time(&self) -> usize {
        let slices = stack::of(self.desk.id).map_or(1, |stack| stack.info.slices.max(1));
        match self.cut {
            Cut::Stack => 0,
            Cut::Plane(_) => self.desk.places[0].slice.get() / slices,
        }
    }
}

type Kept = StoredValue<Painter, LocalStorage>;

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
            if shows.follows.is_none() && rect.width() > 0.0 {
                place.pane.set((rect.width(), rect.height()));
            }
        }
    });
    let slice = Memo::new(move |_| shows.slice());
    let time = Memo::new(move |_| shows.time());
    let lies = Memo::new(move |_| {
        let pane = size.get();
        let stack = stack::of(desk.id);
        let lie = stack.map(|stack| lie(&stack, cut, slice.get(), place));
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

    let link = Memo::new(move |_| shows.link(size.get()));
    let camera = Memo::new(move |_| link.get().there(place.camera.get()));
    let look = move || Look {
        lie: lies.get_untracked(),
        link: link.get_untracked(),
        camera: place.camera,
    };

    // However many changes come in, an animation frame draws once.
    let painter: Kept = StoredValue::new_local(Painter::default());
    let due = StoredValue::new(false);
    let draw = move || {
        // The pane may be gone by the time its frame comes.
        if due.try_set_value(false).is_some() {
            return;
        }
        if let Some(canvas) = canvas.get_untracked() {
            paint(
                &canvas,
                shows,
                lies.get_untracked(),
                camera.get_untracked(),
                painter,
            );
        }
    };
    Effect::new(move |_| {
        let ready = canvas.get().is_some() && lies.get().pane.0 > 0.0;
        camera.track();
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
    let picture_at = move |at: Pair| lies.get_untracked().to_picture(camera.get_untracked(), at);
    // The mark and its end under the pointer.
    let held = move |at: Pair, touches: bool| -> Option<Draft> {
        let (lie, camera) = (lies.get_untracked(), camera.get_untracked());
        let slice = slice.get_untracked();
        let marks = desk
            .measures
            .with_untracked(|all| on_slice(all, cut, slice));
        let reach = if touches { REACH_PX.1 } else { REACH_PX.0 };
        let to_screen = |point| lie.to_screen(camera, point);
        end_at(&marks, to_screen, at, reach).map(|(mark, place)| Draft::change(mark, place))
    };
    let grabs = RwSignal::new(false);
    let words = move |shape: Shape| -> String {
        let Some(stack) = stack::of(desk.id) else {
            return String::new();
        };
        let slice = slice.get_untracked();
        let on = On {
            info: &stack.info,
            picture: stack.picture(cut, slice),
            frame: untrack(|| shows.frame()),
            size: stack.size(cut),
        };
        painter.with_value(|painter| {
            let covered = |x, y| stack.covers(cut, slice, x, y);
            let stored = |x, y| painter.stored(x, y).filter(|_| covered(x, y));
            shape.words(&on, stored)
        })
    };
    let on_down = move |event: ev::PointerEvent| {
        viewer.plane.set(cut.number().saturating_sub(1));
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
        hand.update_value(|hand| {
            draws = hand.down(event.pointer_id(), at, tool);
            dragging.set(hand.drags());
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
        let mut movement = Move::None;
        hand.update_value(|hand| movement = hand.moves(event.pointer_id(), at));
        let waits = draft.with_untracked(|draft| draft.is_some_and(|draft| draft.waits()));
        if movement == Move::Draw || waits {
            draft.update(|draft| *draft = draft.map(|d| d.to(picture_at(at))));
        } else if movement == Move::None {
            grabs.set(held(at, false).is_some());
        }
        follow(movement, &shows, look());
    };
    let finish = move |drawn: Draft| match drawn.lifted() {
        Ok(shape) => {
            let measure = Measure {
                id: drawn.of.unwrap_or_else(|| session.next_number()),
                cut,
                slice: slice.get_untracked(),
                words: words(shape),
                shape,
            };
            desk.measures.update(|measures| {
                match measures.iter_mut().find(|known| known.id == measure.id) {
                    Some(known) => *known = measure,
                    None => measures.push(measure),
                }
            });
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
        let rules = shows.follows.unwrap_or(desk).id;
        let count = stack::of(rules).map_or(1, |stack| stack.count(cut));
        if pinched || count < 2 {
            let at = point(&event);
            look().change(|lie, camera| lie.zoomed(camera, wheel_zoom(delta, pinched), at));
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
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && draft.with_untracked(Option::is_some) {
            // Not the page's "stop".
            event.stop_propagation();
            hand.update_value(Hand::give_up);
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
    let measures = Signal::derive(move || {
        let slice = slice.get();
        let mut list = desk.measures.with(|all| on_slice(all, cut, slice));
        if let Some(draft) = draft.get() {
            list.retain(|measure| Some(measure.id) != draft.of);
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
        let pixel = lies.get().to_picture(camera.get(), at);
        let stack = stack::of(desk.id)?;
        let (x, y) = inside(pixel, stack.size(cut))?;
        let stored = painter.with_value(|painter| painter.stored(x, y));
        let stored = stored.filter(|_| stack.covers(cut, slice.get(), x, y));
        let words = stored.map(|stored| {
            let picture = stack.picture(cut, slice.get());
            stack.value_words(picture, shows.frame(), stored)
        });
        Some((x, y, words.unwrap_or_default()))
    });
    view! {
        <div class="pane" class:active=move || viewer.cut() == cut node_ref=frame>
            <canvas
                class="stage-canvas"
                class:dragging=move || dragging.get()
                class:grabs=move || grabs.get()
                node_ref=canvas
                tabindex="0"
                role="img"
                aria-label=label
                data-testid=shows.test_id
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
            <Overlay image=desk.id lie=lies camera=camera />
            <Marks measures=measures lie=lies camera=camera cross=cross />
            <PaneWords shows=shows lie=lies camera=camera slice=slice value=value />
            {(cut.number() < 2).then(|| view! { <Notes desk=desk /> })}
        </div>
    }
}

/// The marks of a slice.
fn on_slice(all: &[Measure], cut: Cut, slice: usize) -> Vec<Measure> {
    let here = |measure: &&Measure| (measure.cut, measure.slice) == (cut, slice);
    all.iter().filter(here).cloned().collect()
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

fn paint(canvas: &HtmlCanvasElement, shows: Shows, lie: Lie, camera: Camera, painter: Kept) {
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
    let sight = Sight {
        map: lie.screen_map(camera, ratio),
        scale: lie.scale(camera) * ratio,
        screen: (columns as usize, rows as usize),
    };
    let tone = shows.desk.tone.get_untracked();
    let (slice, time) = untrack(|| (shows.slice(), shows.time()));
    painter.update_value(|painter| {
        painter.take(&stack, shows.cut, slice, time);
        PIXELS.with_borrow_mut(|rgba| {
            let needed = 4 * sight.screen.0 * sight.screen.1;
            if rgba.capacity() < needed {
                // The old ones go before the new ones come, so that both never need room at once; more than is needed, since
                // what stands under a pane makes it a little higher or lower.
                *rgba = Vec::new();
                rgba.reserve_exact(needed.next_multiple_of(ROOM));
            }
            painter.paint(&stack, &tone, &sight, rgba);
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
