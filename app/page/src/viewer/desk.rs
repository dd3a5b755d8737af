//! What the person has set for the viewer and for each open image.

use super::{
    camera::{Camera, Lie, Pair},
    gestures::Tool,
    marks::Measure,
    pane::Shows,
    pose::Pose,
    stack::{self, Cut, Stack},
    tone::Tone,
};
use crate::{
    followers::recount,
    pixels::{self, ImageId},
    state::Session,
};
use leptos::{prelude::*, reactive::graph::ToAnySource};
use std::{collections::HashMap, rc::Rc};

/// How the viewer is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One image.
    One,
    /// Three planes of a volume.
    Planes,
    /// Two images beside each other.
    Side,
    /// Two images over each other, with a slider between them.
    Slider,
}

impl Layout {
    /// Its name in style sheets and tests.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Planes => "planes",
            Self::Side => "side",
            Self::Slider => "slider",
        }
    }

    /// Whether two images are compared.
    pub(crate) const fn compares(self) -> bool {
        matches!(self, Self::Side | Self::Slider)
    }
}

/// How one way through an image is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The slice or frame.
    pub(crate) slice: RwSignal<usize>,
    /// Zoom and middle.
    pub(crate) camera: RwSignal<Camera>,
    /// Turned and mirrored.
    pub(crate) pose: RwSignal<Pose>,
    /// The pane that shows it, in screen pixels.
    pub(crate) pane: RwSignal<Pair>,
}

/// Everything set for one image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Desk {
    /// Which image.
    pub(crate) id: ImageId,
    /// Window and inversion, the same in all planes.
    pub(crate) tone: RwSignal<Tone>,
    /// The frames as they are, then the three planes.
    pub(crate) places: [Place; 4],
    /// What was measured.
    pub(crate) measures: RwSignal<Vec<Measure>>,
    /// Whether the first of its notes was read or closed.
    pub(crate) told: RwSignal<bool>,
}

impl Desk {
    /// How a way through the image is looked at.
    pub(crate) const fn place(&self, cut: Cut) -> Place {
        self.places[cut.number()]
    }

    fn new(id: ImageId, stack: &Stack) -> Self {
        let place = |cut: Cut| Place {
            slice: RwSignal::new(first_slice(stack, cut)),
            camera: RwSignal::default(),
            pose: RwSignal::default(),
            pane: RwSignal::new(NO_PANE),
        };
        Self {
            id,
            tone: RwSignal::default(),
            places: CUTS.map(place),
            measures: RwSignal::default(),
            told: RwSignal::default(),
        }
    }

    /// The same handles for another image, as it is first looked at.
    fn cleared_for(self, id: ImageId, stack: &Stack) -> Self {
        self.tone.set(Tone::default());
        self.measures.set(Vec::new());
        self.told.set(false);
        for (cut, place) in CUTS.into_iter().zip(self.places) {
            place.slice.set(first_slice(stack, cut));
            place.camera.set(Camera::default());
            place.pose.set(Pose::default());
            place.pane.set(NO_PANE);
            recount(&[
                place.slice.to_any_source(),
                place.camera.to_any_source(),
                place.pose.to_any_source(),
                place.pane.to_any_source(),
            ]);
        }
        recount(&[
            self.tone.to_any_source(),
            self.measures.to_any_source(),
            self.told.to_any_source(),
        ]);
        Self { id, ..self }
    }
}

/// The ways through an image in the order of [`Desk::places`].
const CUTS: [Cut; 4] = [Cut::Stack, Cut::Plane(0), Cut::Plane(1), Cut::Plane(2)];

/// A pane that was not measured yet, in screen pixels.
const NO_PANE: Pair = (1.0, 1.0);

/// A volume starts in its middle, a film at its beginning.
fn first_slice(stack: &Stack, cut: Cut) -> usize {
    if cut == Cut::Stack && stack.info.times > 1 {
        stack.info.slices / 2
    } else if stack.is_volume() {
        stack.count(cut) / 2
    } else {
        0
    }
}

/// The viewer's state. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer {
    pub(super) session: Session,
    /// How it is divided.
    pub(crate) layout: RwSignal<Layout>,
    /// The image that the current one is compared with.
    pub(crate) other: RwSignal<Option<ImageId>>,
    /// What a drag with the first button does.
    pub(crate) tool: RwSignal<Tool>,
    /// Whether the frames play.
    pub(crate) playing: RwSignal<bool>,
    /// Which of the three planes has the keys.
    pub(crate) plane: RwSignal<usize>,
    /// Where the slider between two images is, 0 to 1.
    pub(crate) swipe: RwSignal<f64>,
    /// How strong it is drawn where an answer looked, 0 to 1.
    pub(crate) glow: RwSignal<f64>,
    desks: StoredValue<HashMap<ImageId, Desk>>,
    /// Those of closed images: signals that live as long as the page would otherwise gather with every image.
    spare: StoredValue<Vec<Desk>>,
    owner: StoredValue<Owner>,
}

impl Viewer {
    /// Nothing set yet.
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session,
            layout: RwSignal::new(Layout::One),
            other: RwSignal::default(),
            tool: RwSignal::new(Tool::Window),
            playing: RwSignal::default(),
            plane: RwSignal::default(),
            swipe: RwSignal::new(0.5),
            glow: RwSignal::new(0.6),
            desks: StoredValue::default(),
            spare: StoredValue::default(),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// What is set for an image; made when it is first looked at.
    pub(crate) fn desk(self, id: ImageId) -> Option<Desk> {
        if let Some(known) = self.known_desk(id) {
            return Some(known);
        }
        let stack = stack::of(id)?;
        let spare = self.spare.try_update_value(Vec::pop).flatten();
        let desk = spare.map_or_else(
            // The signals live as long as the page, not as long as the pane that asked first.
            || {
                self.owner
                    .with_value(|owner| owner.with(|| Desk::new(id, &stack)))
            },
            |desk| desk.cleared_for(id, &stack),
        );
        self.desks.update_value(|desks| {
            desks.insert(id, desk);
        });
        Some(desk)
    }

    /// What is set for an image that was looked at.
    pub(crate) fn known_desk(self, id: ImageId) -> Option<Desk> {
        self.desks.with_value(|desks| desks.get(&id).copied())
    }

    /// Forgets what was set for images that are closed and that no comparison can show any more.
    pub(crate) fn forget_closed(self, open: &[ImageId]) {
        self.desks.update_value(|desks| {
            let kept = |id: &ImageId| open.contains(id) || pixels::get(*id).is_some();
            let closed = desks.extract_if(|id, _| !kept(id)).map(|(_, desk)| desk);
            self.spare.update_value(|spare| spare.extend(closed));
        });
        recount(&[
            self.layout.to_any_source(),
            self.other.to_any_source(),
            self.tool.to_any_source(),
            self.playing.to_any_source(),
            self.plane.to_any_source(),
            self.swipe.to_any_source(),
            self.glow.to_any_source(),
        ]);
    }

    /// The image in the viewer, with what is set for it.
    pub(super) fn now(self) -> Option<(Rc<Stack>, Desk)> {
        let id = self.session.current.get_untracked()?;
        Some((stack::of(id)?, self.desk(id)?))
    }

    /// How an image is shown, or would be when it is turned to: the second one of a comparison follows the first; of a
    /// volume in three planes, the one that has the keys. Follows changes.
    pub(crate) fn shows(self, desk: Desk) -> Shows {
        let current = self.session.current.get().filter(|id| *id != desk.id);
        let compared = self.layout.get().compares() && self.other.get() == Some(desk.id);
        let follows = current.filter(|_| compared).and_then(|id| self.desk(id));
        let volume = stack::of(desk.id).is_some_and(|stack| stack.is_volume());
        let cut = if volume { self.cut() } else { Cut::Stack };
        Shows {
            desk,
            cut,
            place: follows.unwrap_or(desk).place(cut),
            follows,
            test_id: "",
        }
    }

    /// The way through the image that has the keys; follows changes.
    pub(crate) fn cut(self) -> Cut {
        match self.layout.get() {
            Layout::Planes => Cut::Plane(self.plane.get()),
            _ => Cut::Stack,
        }
    }
}

/// How a slice lies in its pane; follows changes.
pub(crate) fn lie(stack: &Stack, cut: Cut, slice: usize, place: Place) -> Lie {
    let (width, height) = stack.size(cut);
    Lie {
        pixels: (width as f64, height as f64),
        stretch: stack.stretch(cut, slice),
        pose: place.pose.get(),
        pane: place.pane.get(),
    }
}
