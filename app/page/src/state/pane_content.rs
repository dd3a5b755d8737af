//! What a pane shows, and how it looks at it.

use crate::{
    model::viewport::{
        camera::{Camera, Pair, ViewTransform},
        link::{Leader, Link, same_depth},
        series::{Series, ViewPlane},
    },
    state::{
        images::Images,
        pixels,
        viewports::{ImageView, Viewport},
    },
};
use leptos::prelude::*;
use std::rc::Rc;

/// What a pane shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PaneContent {
    /// The image and its settings.
    pub(crate) image_view: ImageView,
    /// Which way through it.
    pub(crate) cut: ViewPlane,
    /// How it is looked at; in a comparison that is the first image's.
    pub(crate) viewport: Viewport,
    /// The first image, for the second one of a comparison.
    pub(crate) follows: Option<ImageView>,
    /// The name of its canvas for tests.
    pub(crate) test_id: &'static str,
}

impl PaneContent {
    /// The slice, held inside of this image; follows changes.
    pub(crate) fn slice(&self) -> usize {
        let slice = self.viewport.slice.get();
        let Some(series) = pixels::series(self.image_view.id) else {
            return 0;
        };
        self.first()
            .and_then(|(first, _)| same_depth(&first, slice, &series))
            .unwrap_or_else(|| slice.min(series.count(self.cut) - 1))
    }

    /// The image whose slices and camera rule, when that is another one.
    fn first(&self) -> Option<(Rc<Series>, ImageView)> {
        let image_view = self.follows?;
        Some((pixels::series(image_view.id)?, image_view))
    }

    /// Where the shared camera looks in this image; follows changes.
    pub(crate) fn link(&self, pane: Pair) -> Link {
        let second = pixels::series(self.image_view.id);
        let pair = self.first().zip(second);
        pair.map_or(Link::SAME, |((first, image_view), second)| {
            let viewport = image_view.viewport(ViewPlane::Stack);
            let leader = Leader {
                series: &first,
                slice: viewport.slice.get(),
                orientation: viewport.orientation.get(),
                pane: viewport.pane.get(),
            };
            Link::of(leader, &second, self.slice(), pane)
        })
    }

    /// The frame whose attributes hold for what is shown; follows changes.
    pub(crate) fn frame(&self) -> usize {
        let frame = |series: Rc<Series>| series.frame(self.cut, self.slice(), self.time());
        pixels::series(self.image_view.id).map_or(0, frame)
    }

    /// The moment in time that a plane shows; follows changes.
    pub(crate) fn time(&self) -> usize {
        let slices =
            pixels::series(self.image_view.id).map_or(1, |series| series.info.slices.max(1));
        match self.cut {
            ViewPlane::Stack => 0,
            ViewPlane::Plane(_) => self.image_view.viewports[0].slice.get() / slices,
        }
    }
}

/// How a pane looks at its picture, and how it changes that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PaneCamera {
    /// From the picture to the screen.
    pub(crate) transform: ViewTransform,
    /// From the camera that both images share to this one's.
    pub(crate) link: Link,
    /// The shared camera.
    pub(crate) camera: RwSignal<Camera>,
}

impl PaneCamera {
    /// Changes the camera as this pane sees it. The first image stays in sight; the second one goes where it must.
    pub(crate) fn change(self, act: impl FnOnce(ViewTransform, Camera) -> Camera) {
        self.camera.update(|camera| {
            let changed = self
                .link
                .back(act(self.transform, self.link.there(*camera)));
            *camera = changed.kept_in_sight();
        });
    }
}

impl Images {
    /// The image in the viewer, with what is set for it.
    pub(crate) fn now(self) -> Option<(Rc<Series>, ImageView)> {
        let id = self.current.get_untracked()?;
        Some((pixels::series(id)?, self.viewports.image_view(id)?))
    }

    /// How an image is shown, or would be when it is turned to: the second one of a comparison follows the first; of a
    /// volume in three planes, the one that has the keys. Follows changes.
    pub(crate) fn pane_content(self, image_view: ImageView) -> PaneContent {
        let current = self.current.get().filter(|id| *id != image_view.id);
        let compared = self.viewports.layout.get().compares()
            && self.viewports.other.get() == Some(image_view.id);
        let follows = current
            .filter(|_| compared)
            .and_then(|id| self.viewports.image_view(id));
        let volume = pixels::series(image_view.id).is_some_and(|series| series.is_volume());
        let cut = if volume {
            self.viewports.cut()
        } else {
            ViewPlane::Stack
        };
        PaneContent {
            image_view,
            cut,
            viewport: follows.unwrap_or(image_view).viewport(cut),
            follows,
            test_id: "",
        }
    }
}
