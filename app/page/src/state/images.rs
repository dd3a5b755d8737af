//! Open images, files that are being read, and how images are looked at.

use crate::{
    model::{
        attachments::Awaited,
        file::{FileError, Reading},
        image::{ImageId, OpenImage},
    },
    state::viewports::Viewports,
};
use leptos::prelude::*;

/// The images and their viewports. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Images {
    /// Open images, oldest first.
    pub(crate) open: RwSignal<Vec<OpenImage>>,
    /// The image in the viewer.
    pub(crate) current: RwSignal<Option<ImageId>>,
    /// Files being read.
    pub(crate) reading: RwSignal<Vec<Reading>>,
    /// The files that new words would be about, which just turned out to hold no image.
    pub(crate) lost: RwSignal<Option<Awaited>>,
    /// Files that could not be read.
    pub(crate) file_errors: RwSignal<Vec<FileError>>,
    /// When the first image was opened, in ms since 1970.
    pub(crate) opened_at_ms: RwSignal<Option<f64>>,
    /// How they are looked at.
    pub(crate) viewports: Viewports,
}

impl Images {
    /// Nothing open yet.
    pub(crate) fn new() -> Self {
        Self {
            open: RwSignal::default(),
            current: RwSignal::default(),
            reading: RwSignal::default(),
            lost: RwSignal::default(),
            file_errors: RwSignal::default(),
            opened_at_ms: RwSignal::default(),
            viewports: Viewports::new(),
        }
    }

    /// The image in the viewer; follows changes.
    pub(crate) fn current_image(self) -> Option<OpenImage> {
        let id = self.current.get()?;
        self.open
            .with(|images| images.iter().find(|image| image.id == id).cloned())
    }

    /// Puts an image, whose pixels are kept already, into the viewer.
    pub(crate) fn show(self, image: OpenImage) {
        let id = image.id;
        self.open.update(|images| {
            if !images.iter().any(|known| known.id == id) {
                images.push(image);
            }
        });
        self.current.set(Some(id));
    }

    /// Opens an image, whose pixels are kept already, because the person turned to it.
    pub(crate) fn turn_to(self, image: OpenImage) {
        let id = image.id;
        self.show(image);
        self.choose(id);
    }

    /// Puts an open image into the viewer because the person turned to it, whatever is still being read.
    pub(crate) fn choose(self, id: ImageId) {
        self.current.set(Some(id));
        self.lost.set(None);
        self.pass_over(None);
    }
}
