//! What keys and buttons do to the image in the viewer.

use crate::{
    model::{
        image::ImageId,
        viewport::{
            camera::{Camera, Pair, ViewTransform},
            layout::Layout,
            orientation::Orientation,
            pointer::{Buttons, Tool, step},
            series::{Series, ViewPlane},
            window_level::{WindowLevel, presets},
        },
    },
    state::{
        images::Images,
        preferences::Preferences,
        session::Session,
        viewports::{ImageView, Viewport, Viewports},
    },
};
use leptos::prelude::*;

/// The viewer, as keys, buttons and pointers act on it. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer {
    /// Open images.
    pub(crate) images: Images,
    /// How they are looked at.
    pub(crate) viewports: Viewports,
    preferences: Preferences,
}

impl Viewer {
    /// The viewer of a visit.
    pub(crate) const fn new(session: Session) -> Self {
        Self {
            images: session.images,
            viewports: session.images.viewports,
            preferences: session.preferences,
        }
    }

    /// What a drag with these buttons does, without following changes.
    pub(crate) fn tool_for(self, buttons: Buttons) -> Tool {
        let chosen = self.viewports.tool.get_untracked();
        let settings = self.preferences.settings;
        settings.with_untracked(|settings| settings.mouse.tool(buttons, chosen))
    }

    fn with_viewport(self, act: impl FnOnce(&Series, Viewport, ViewPlane)) {
        if let Some((series, image_view)) = self.images.now() {
            let cut = untrack(|| self.viewports.cut());
            act(&series, image_view.viewport(cut), cut);
        }
    }

    fn with_camera(self, act: impl FnOnce(&ViewTransform, Camera) -> Camera) {
        self.with_viewport(|series, viewport, cut| {
            let transform = untrack(|| viewport.view_transform(series, cut, viewport.slice.get()));
            viewport
                .camera
                .update(|camera| *camera = act(&transform, *camera).kept_in_sight());
        });
    }

    /// Zooms at the middle of the pane.
    pub(crate) fn zoom(self, factor: f64) {
        self.with_camera(|transform, camera| {
            transform.zoomed(
                camera,
                factor,
                (transform.pane.0 / 2.0, transform.pane.1 / 2.0),
            )
        });
    }

    /// Moves the image by screen pixels.
    pub(crate) fn pan(self, by: Pair) {
        self.with_camera(|transform, camera| transform.panned(camera, by));
    }

    /// Shows all of the image.
    pub(crate) fn fit(self) {
        self.with_camera(|_, _| Camera::default());
    }

    /// One image pixel on one screen pixel.
    pub(crate) fn actual(self, ratio: f64) {
        self.with_camera(|transform, camera| transform.actual(camera, ratio));
    }

    /// Goes on by slices or frames, to the ends at most.
    pub(crate) fn step(self, steps: i64) {
        self.with_viewport(|series, viewport, cut| {
            let count = series.count(cut);
            viewport
                .slice
                .update(|slice| *slice = step(*slice, steps, count));
        });
    }

    /// Goes on by one frame, from the last to the first.
    pub(crate) fn play_on(self) {
        self.with_viewport(|series, viewport, cut| {
            let count = series.count(cut).max(1);
            viewport.slice.update(|slice| *slice = (*slice + 1) % count);
        });
    }

    /// How many slices or frames there are.
    pub(crate) fn count(self) -> usize {
        self.images.now().map_or(0, |(series, _)| {
            series.count(untrack(|| self.viewports.cut()))
        })
    }

    /// Starts or stops the film; of a single image nothing is played.
    pub(crate) fn play(self) {
        let many = self.count() > 1;
        self.viewports
            .playing
            .update(|playing| *playing = !*playing && many);
    }

    /// Swaps black and white.
    pub(crate) fn invert(self) {
        if let Some((_, image_view)) = self.images.now() {
            image_view
                .window_level
                .update(|window_level| window_level.invert = !window_level.invert);
        }
    }

    /// Turns or mirrors.
    pub(crate) fn turn(self, turn: impl FnOnce(Orientation) -> Orientation) {
        self.with_viewport(|_, viewport, _| {
            viewport
                .orientation
                .update(|orientation| *orientation = turn(*orientation));
            viewport.camera.set(Camera::default());
        });
    }

    /// The window of a number key, from 0.
    pub(crate) fn preset(self, number: usize) {
        if let Some((series, image_view)) = self.images.now()
            && let frame = untrack(|| self.images.pane_content(image_view).frame())
            && let Some(preset) = presets(&series.info, frame).into_iter().nth(number)
        {
            image_view
                .window_level
                .update(|window_level| window_level.chosen = Some(preset.voi));
        }
    }

    /// Everything as it was when the image was opened; marks stay.
    pub(crate) fn reset(self) {
        self.viewports.playing.set(false);
        if let Some((_, image_view)) = self.images.now() {
            image_view.window_level.set(WindowLevel::default());
            for viewport in image_view.viewports {
                viewport.camera.set(Camera::default());
                viewport.orientation.set(Orientation::default());
            }
        }
    }

    /// Takes the last mark of the slice away.
    pub(crate) fn unmark(self) {
        if let Some((_, image_view)) = self.images.now() {
            let cut = untrack(|| self.viewports.cut());
            let slice = image_view.viewport(cut).slice.get_untracked();
            image_view.measurements.update(|measurements| {
                if let Some(last) = measurements
                    .iter()
                    .rposition(|m| (m.cut, m.slice) == (cut, slice))
                {
                    measurements.remove(last);
                }
            });
        }
    }

    /// Switches between one image and three planes; nothing for what is no volume.
    pub(crate) fn planes(self) {
        let volume = self
            .images
            .now()
            .is_some_and(|(series, _)| series.is_volume());
        self.viewports.playing.set(false);
        self.viewports.layout.update(|layout| {
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
            .images
            .open
            .with_untracked(|images| images.iter().map(|image| image.id).collect());
        let current = self.images.current.get_untracked();
        let known = self.viewports.other.get_untracked();
        let fits = |id: ImageId| Some(id) != current && open.contains(&id);
        let other = known
            .filter(|id| fits(*id))
            .or_else(|| open.iter().rev().copied().find(|id| fits(*id)));
        self.viewports.other.set(other);
        self.viewports.layout.update(|layout| {
            *layout = if other.is_some() && *layout != how {
                how
            } else {
                Layout::One
            };
        });
    }

    /// Shows two images over each other.
    pub(crate) fn compare_with(self, other: ImageId) {
        self.viewports.other.set(Some(other));
        self.viewports.layout.set(Layout::Slider);
    }

    /// In three planes: goes to the slices in which a pixel lies.
    pub(crate) fn go_to(
        self,
        series: &Series,
        image_view: ImageView,
        cut: ViewPlane,
        slice: usize,
        pixel: (usize, usize),
    ) {
        if let Some(slices) = series.crossing(cut, slice, pixel) {
            for (viewport, slice) in image_view.viewports[1..].iter().zip(slices) {
                if viewport.slice.get_untracked() != slice {
                    viewport.slice.set(slice);
                }
            }
        }
    }
}

/// Screen pixels for one pixel of the page.
pub(crate) fn device_pixels() -> f64 {
    window().device_pixel_ratio().max(0.5)
}
