//! Viewports: how the viewer is divided, and how each image is looked at.

use crate::{
    model::{
        image::ImageId,
        viewport::{
            camera::{Camera, Pair, ViewTransform},
            layout::Layout,
            measure::Measurement,
            orientation::Orientation,
            pointer::Tool,
            series::{Series, ViewPlane},
            window_level::WindowLevel,
        },
    },
    state::{pixels, subscriptions::renew},
};
use leptos::{prelude::*, reactive::graph::ToAnySource};
use std::collections::HashMap;

/// How one way through an image is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewport {
    /// The slice or frame.
    pub(crate) slice: RwSignal<usize>,
    /// Zoom and middle.
    pub(crate) camera: RwSignal<Camera>,
    /// Turned and mirrored.
    pub(crate) orientation: RwSignal<Orientation>,
    /// The pane that shows it, in screen pixels.
    pub(crate) pane: RwSignal<Pair>,
}

impl Viewport {
    /// From the pixels of a slice to the screen of its pane; follows changes.
    pub(crate) fn view_transform(
        self,
        series: &Series,
        cut: ViewPlane,
        slice: usize,
    ) -> ViewTransform {
        series.view_transform(cut, slice, self.orientation.get(), self.pane.get())
    }
}

/// Everything set for one image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImageView {
    /// Which image.
    pub(crate) id: ImageId,
    /// Window and inversion, the same in all planes.
    pub(crate) window_level: RwSignal<WindowLevel>,
    /// The frames as they are, then the three planes.
    pub(crate) viewports: [Viewport; 4],
    /// What was measured.
    pub(crate) measurements: RwSignal<Vec<Measurement>>,
    /// Whether the first of its notes was read or closed.
    pub(crate) notes_read: RwSignal<bool>,
}

impl ImageView {
    /// How a way through the image is looked at.
    pub(crate) const fn viewport(&self, cut: ViewPlane) -> Viewport {
        self.viewports[cut.number()]
    }

    fn new(id: ImageId, series: &Series) -> Self {
        let viewport = |cut: ViewPlane| Viewport {
            slice: RwSignal::new(first_slice(series, cut)),
            camera: RwSignal::default(),
            orientation: RwSignal::default(),
            pane: RwSignal::new(NO_PANE),
        };
        Self {
            id,
            window_level: RwSignal::default(),
            viewports: CUTS.map(viewport),
            measurements: RwSignal::default(),
            notes_read: RwSignal::default(),
        }
    }

    /// The same handles for another image, as it is first looked at.
    fn cleared_for(self, id: ImageId, series: &Series) -> Self {
        self.window_level.set(WindowLevel::default());
        self.measurements.set(Vec::new());
        self.notes_read.set(false);
        for (cut, viewport) in CUTS.into_iter().zip(self.viewports) {
            viewport.slice.set(first_slice(series, cut));
            viewport.camera.set(Camera::default());
            viewport.orientation.set(Orientation::default());
            viewport.pane.set(NO_PANE);
            renew(&[
                viewport.slice.to_any_source(),
                viewport.camera.to_any_source(),
                viewport.orientation.to_any_source(),
                viewport.pane.to_any_source(),
            ]);
        }
        renew(&[
            self.window_level.to_any_source(),
            self.measurements.to_any_source(),
            self.notes_read.to_any_source(),
        ]);
        Self { id, ..self }
    }
}

/// The ways through an image in the order of [`ImageView::viewports`].
const CUTS: [ViewPlane; 4] = [
    ViewPlane::Stack,
    ViewPlane::Plane(0),
    ViewPlane::Plane(1),
    ViewPlane::Plane(2),
];

/// A pane that was not measured yet, in screen pixels.
const NO_PANE: Pair = (1.0, 1.0);

/// A volume starts in its middle, a film at its beginning.
fn first_slice(series: &Series, cut: ViewPlane) -> usize {
    if cut == ViewPlane::Stack && series.info.times > 1 {
        series.info.slices / 2
    } else if series.is_volume() {
        series.count(cut) / 2
    } else {
        0
    }
}

/// How the viewer is divided, and how each image is looked at. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewports {
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
    pub(crate) overlay_opacity: RwSignal<f64>,
    image_views: StoredValue<HashMap<ImageId, ImageView>>,
    /// Those of closed images: signals that live as long as the page would otherwise gather with every image.
    spare: StoredValue<Vec<ImageView>>,
    owner: StoredValue<Owner>,
}

impl Viewports {
    /// Nothing set yet.
    pub(crate) fn new() -> Self {
        Self {
            layout: RwSignal::new(Layout::One),
            other: RwSignal::default(),
            tool: RwSignal::new(Tool::Window),
            playing: RwSignal::default(),
            plane: RwSignal::default(),
            swipe: RwSignal::new(0.5),
            overlay_opacity: RwSignal::new(0.6),
            image_views: StoredValue::default(),
            spare: StoredValue::default(),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// What is set for an image; made when it is first looked at.
    pub(crate) fn image_view(self, id: ImageId) -> Option<ImageView> {
        if let Some(known) = self.known_view(id) {
            return Some(known);
        }
        let series = pixels::series(id)?;
        let spare = self.spare.try_update_value(Vec::pop).flatten();
        let image_view = spare.map_or_else(
            // The signals live as long as the page, not as long as the pane that asked first.
            || {
                self.owner
                    .with_value(|owner| owner.with(|| ImageView::new(id, &series)))
            },
            |image_view| image_view.cleared_for(id, &series),
        );
        self.image_views.update_value(|image_views| {
            image_views.insert(id, image_view);
        });
        Some(image_view)
    }

    /// What is set for an image that was looked at.
    pub(crate) fn known_view(self, id: ImageId) -> Option<ImageView> {
        self.image_views
            .with_value(|image_views| image_views.get(&id).copied())
    }

    /// Forgets what was set for images that are closed and that no comparison can show any more.
    pub(crate) fn forget_closed(self, open: &[ImageId]) {
        self.image_views.update_value(|image_views| {
            let kept = |id: &ImageId| open.contains(id) || pixels::get(*id).is_some();
            let closed = image_views
                .extract_if(|id, _| !kept(id))
                .map(|(_, image_view)| image_view);
            self.spare.update_value(|spare| spare.extend(closed));
        });
        renew(&[
            self.layout.to_any_source(),
            self.other.to_any_source(),
            self.tool.to_any_source(),
            self.playing.to_any_source(),
            self.plane.to_any_source(),
            self.swipe.to_any_source(),
            self.overlay_opacity.to_any_source(),
        ]);
    }

    /// The way through the image that has the keys; follows changes.
    pub(crate) fn cut(self) -> ViewPlane {
        match self.layout.get() {
            Layout::Planes => ViewPlane::Plane(self.plane.get()),
            _ => ViewPlane::Stack,
        }
    }
}
