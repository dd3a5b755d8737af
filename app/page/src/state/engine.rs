//! The engine, its model, and what they run on: device, browser, network.

use crate::{
    model::{engine::EngineStatus, new_version::NewVersion},
    state::capabilities::Capabilities,
};
use leptos::prelude::*;
use unimed_protocol::{DeviceCard, ModelCard, ModelEntry, RequestRecord, Sentence, UserError};

/// A model in the manager's list.
#[derive(Clone)]
pub(crate) struct KnownModel {
    /// Its number.
    pub(crate) key: u32,
    /// All there is to show of it.
    pub(crate) entry: ArcRwSignal<ModelEntry>,
}

/// The engine and the models. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EngineStore {
    /// How far the engine is.
    pub(crate) state: RwSignal<EngineStatus>,
    /// What the engine runs on.
    pub(crate) device: RwSignal<Option<DeviceCard>>,
    /// The model that is loaded.
    pub(crate) model: RwSignal<Option<ModelCard>>,
    /// The models of the manager's list.
    pub(crate) known_models: RwSignal<Vec<KnownModel>>,
    /// What kept models take of this device.
    pub(crate) storage: RwSignal<Sentence>,
    /// Why there is no list of models.
    pub(crate) models_error: RwSignal<Option<UserError>>,
    /// Requests of the page and its workers.
    pub(crate) requests: RwSignal<Vec<RequestRecord>>,
    /// Whether there is a network, as far as the browser knows.
    pub(crate) online: RwSignal<bool>,
    /// Whether a new version of the site waits.
    pub(crate) new_version: RwSignal<NewVersion>,
    /// What the browser and the address allow.
    pub(crate) capabilities: StoredValue<Capabilities>,
}

impl EngineStore {
    /// Before anything was started.
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        Self {
            state: RwSignal::new(EngineStatus::Starting),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            known_models: RwSignal::new(Vec::new()),
            storage: RwSignal::new(Sentence::default()),
            models_error: RwSignal::new(None),
            requests: RwSignal::default(),
            online: RwSignal::new(true),
            new_version: RwSignal::default(),
            capabilities: StoredValue::new(capabilities),
        }
    }
}
