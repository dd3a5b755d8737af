//! What every view can reach: the state, and the handles by which it is changed.

use crate::{
    actions::{
        burned_in::BurnedIn, decoder::DecoderLink, engine::EngineLink, models::ModelManager,
        viewer::Viewer,
    },
    model::panel::PanelKind,
    state::session::Session,
};
use leptos::{html, prelude::*};

/// What every part of the page can reach. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) session: Session,
    pub(crate) engine: EngineLink,
    pub(crate) manager: ModelManager,
    pub(crate) decoder: DecoderLink,
    pub(crate) burned_in: BurnedIn,
    /// The open panel.
    pub(crate) panel: RwSignal<Option<PanelKind>>,
    pub(crate) viewer: Viewer,
    pub(crate) file_input: NodeRef<html::Input>,
    pub(crate) folder_input: NodeRef<html::Input>,
    pub(crate) prompt_box: NodeRef<html::Textarea>,
}

impl Page {
    /// The page that this component belongs to.
    pub(crate) fn of_context() -> Self {
        expect_context()
    }

    /// Lets the person choose files.
    pub(crate) fn choose_file(self) {
        if let Some(input) = self.file_input.get_untracked() {
            // The same file may be chosen again.
            input.set_value("");
            input.click();
        }
    }

    /// Lets the person choose a folder.
    pub(crate) fn choose_folder(self) {
        if let Some(input) = self.folder_input.get_untracked() {
            input.set_value("");
            input.click();
        }
    }
}
