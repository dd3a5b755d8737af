//! What keys and buttons do to the image in the viewer.

use super::{
    camera::{Camera, Lie, Pair},
    desk::{Desk, Layout, Place, Viewer, lie},
    gestures::step,
    pose::Pose,
    stack::{Cut, Stack},
    tone::{Tone, presets},
};
use crate::pixels::ImageId;
use leptos::prelude::*;

impl Viewer {
    fn with_place(self, act: impl FnOnce(&Stack, Place, Cut)) {
        if let Some((stack, desk)) = self.now() {
            let cut = untrack(|| self.cut());
            act(&stack, desk.place(cut), cut);
        }
    }

    fn with_camera(self, act: impl FnOnce(&Lie, Camera) -> Camera) {
        self.with_place(|stack, place, cut| {
            let lie = untrack(|| lie(stack, cut, place.slice.get(), place));
            place
                .camera
                .update(|camera| *camera = act(&lie, *camera).kept_in_sight());
        });
    }

    /// Zooms at the middle of the pane.
    pub(crate) fn zoom(self, factor: f64) {
        self.with_camera(|lie, camera| {
            lie.zoomed(camera, factor, (lie.pane.0 / 2.0, lie.pane.1 / 2.0))
        });
    }

    /// Moves the image by screen pixels.
    pub(crate) fn pan(self, by: Pair) {
        self.with_camera(|lie, camera| lie.panned(camera, by));
    }

    /// Shows all of the image.
    pub(crate) fn fit(self) {
        self.with_camera(|_, _| Camera::default());
    }

    /// One image pixel on one screen pixel.
    pub(crate) fn actual(self, ratio: f64) {
        self.with_camera(|lie, camera| lie.actual(camera, ratio));
    }

    /// Goes on by slices or frames, to the ends at most.
    pub(crate) fn step(self, steps: i64) {
        self.with_place(|stack, place, cut| {
            let count = stack.count(cut);
            place
                .slice
                .update(|slice| *slice = step(*slice, steps, count));
        });
    }

    /// Goes on by one frame, from the last to the first.
    pub(crate) fn play_on(self) {
        self.with_place(|stack, place, cut| {
            let count = stack.count(cut).max(1);
            place.slice.update(|slice| *slice = (*slice + 1) % count);
        });
    }

    /// How many slices or frames there are.
    pub(crate) fn count(self) -> usize {
        self.now()
            .map_or(0, |(stack, _)| stack.count(untrack(|| self.cut())))
    }

    /// Starts or stops the film; of a single image nothing is played.
    pub(crate) fn play(self) {
        let many = self.count() > 1;
        self.playing.update(|playing| *playing = !*playing && many);
    }

    /// Swaps black and white.
    pub(crate) fn invert(self) {
        if let Some((_, desk)) = self.now() {
            desk.tone.update(|tone| tone.invert = !tone.invert);
        }
    }

    /// Turns or mirrors.
    pub(crate) fn turn(self, turn: impl FnOnce(Pose) -> Pose) {
        self.with_place(|_, place, _| {
            place.pose.update(|pose| *pose = turn(*pose));
            place.camera.set(Camera::default());
        });
    }

    /// The window of a number key, from 0.
    pub(crate) fn preset(self, number: usize) {
        if let Some((stack, desk)) = self.now()
            && let frame = untrack(|| self.shows(desk).frame())
            && let Some(preset) = presets(&stack.info, frame).into_iter().nth(number)
        {
            desk.tone.update(|tone| tone.chosen = Some(preset.voi));
        }
    }

    /// Everything as it was when the image was opened; marks stay.
    pub(crate) fn reset(self) {
        self.playing.set(false);
        if let Some((_, desk)) = self.now() {
            desk.tone.set(Tone::default());
            for place in desk.places {
                place.camera.set(Camera::default());
                place.pose.set(Pose::default());
            }
        }
    }

    /// Takes the last mark of the slice away.
    pub(crate) fn unmark(self) {
        if let Some((_, desk)) = self.now() {
            let cut = untrack(|| self.cut());
            let slice = desk.place(cut).slice.get_untracked();
            desk.measures.update(|measures| {
                if let Some(last) = measures
                    .iter()
                    .rposition(|m| (m.cut, m.slice) == (cut, slice))
                {
                    measures.remove(last);
                }
            });
        }
    }

    /// Switches between one image and three planes; nothing for what is no volume.
    pub(crate) fn planes(self) {
        let volume = self.now().is_some_and(|(stack, _)| stack.is_volume());
        self.playing.set(false);
        self.layout.update(|layout| {
            *layout = if volume && *layout != Layout::Planes {
                Layout::Planes
            } else {
                Layout::One
            };
        });
    }

    /// Starts or ends a comparison; nothing where there is no second image.
    pub(crate) fn compare(self, how: Layout) {
        let open: Vec<ImageId> = self
            .session
            .images
            .with_untracked(|images| images.iter().map(|image| image.id).collect());
        let current = self.session.current.get_untracked();
        let known = self.other.get_untracked();
        let fits = |id: ImageId| Some(id) != current && open.contains(&id);
        let other = known
            .filter(|id| fits(*id))
            .or_else(|| open.iter().rev().copied().find(|id| fits(*id)));
        self.other.set(other);
        self.layout.update(|layout| {
            *layout = if other.is_some() && *layout != how {
                how
            } else {
                Layout::One
            };
        });
    }

    /// Shows two images over each other.
    pub(crate) fn compare_with(self, other: ImageId) {
        self.other.set(Some(other));
        self.layout.set(Layout::Slider);
    }

    /// In three planes: goes to the slices in which a pixel lies.
    pub(crate) fn go_to(
        self,
        stack: &Stack,
        desk: Desk,
        cut: Cut,
        slice: usize,
        pixel: (usize, usize),
    ) {
        if let Some(slices) = stack.crossing(cut, slice, pixel) {
            for (place, slice) in desk.places[1..].iter().zip(slices) {
                if place.slice.get_untracked() != slice {
                    place.slice.set(slice);
                }
            }
        }
    }
}
