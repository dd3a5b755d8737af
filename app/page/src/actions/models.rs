//! The page's end of the worker that keeps models. It starts when the manager is first opened, and goes on when the
//! manager is closed.

use crate::{
    actions::{
        changed::changed,
        engine::{EngineLink, no_workers},
    },
    state::{engine::KnownModel, session::Session},
};
use leptos::{prelude::*, reactive::owner::LocalStorage};
use std::collections::HashMap;
use unimed_protocol::{
    FromWorker, ModelAction, ModelList, ModelSource, Remedy, ToModels, UserError,
};
use unimed_web::{
    message::Message,
    worker_handle::{NoWorkers, WorkerHandle},
};
use wasm_bindgen::JsValue;

/// File that starts the worker, beside the page.
const WORKER_FILE: &str = "models_loader.js";

/// Handle on the worker and on what it says. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelManager {
    session: Session,
    engine: EngineLink,
    worker: StoredValue<Option<WorkerHandle<ToModels, ModelList>>, LocalStorage>,
    /// Whether the worker has begun to listen.
    listens: StoredValue<bool>,
    /// Folders that were chosen on this visit, by name.
    folders: StoredValue<HashMap<String, JsValue>, LocalStorage>,
}

impl ModelManager {
    /// A handle without a worker.
    pub(crate) fn new(session: Session, engine: EngineLink) -> Self {
        Self {
            session,
            engine,
            worker: StoredValue::new_local(None),
            listens: StoredValue::new(false),
            folders: StoredValue::new_local(HashMap::new()),
        }
    }

    /// Starts the worker, unless it runs.
    pub(crate) fn open(self) {
        if self.worker.with_value(Option::is_some) {
            return;
        }
        self.session.engine.models_error.set(None);
        self.listens.set_value(false);
        let session = self.session;
        let hear = move |heard, _: &Message| match heard {
            FromWorker::Ready => self.listens.set_value(true),
            FromWorker::Failed { detail } => self.failed(&detail),
            FromWorker::Requests(records) => {
                session
                    .engine
                    .requests
                    .update(|requests| requests.extend(records));
            }
            FromWorker::Event(list) => self.hear(list),
        };
        match WorkerHandle::start(WORKER_FILE, "", hear) {
            Ok(worker) => self.worker.set_value(Some(worker)),
            Err(NoWorkers) => return self.session.engine.models_error.set(Some(no_workers())),
        }
        let addresses = self.engine.addresses.get_value();
        let open = ToModels::Open {
            default: ModelSource::Url(addresses.package_url),
            page_url: addresses.page_url,
        };
        self.post(&open, &[]);
    }

    /// The worker is gone; opening the manager again starts another one.
    fn failed(self, detail: &str) {
        self.worker.set_value(None);
        self.session.engine.known_models.set(Vec::new());
        self.session
            .engine
            .models_error
            .set(Some(if let Some(user_error) = changed(detail) {
                user_error
            } else if self.listens.get_value() {
                UserError::new(
                    "The model manager stopped unexpectedly.",
                    "Close this panel and open it again.",
                    Remedy::None,
                )
            } else {
                UserError::new(
                    "The model manager did not start.",
                    "Check the connection, then close this panel and open it again.",
                    Remedy::None,
                )
            }));
    }

    /// Lists one more model.
    pub(crate) fn add(self, place: ModelSource, folder: Option<JsValue>) {
        let attachments: Vec<JsValue> = folder.into_iter().collect();
        self.post(&ToModels::Add(place), &attachments);
    }

    /// Lists the model of a folder that the person chose.
    pub(crate) fn add_folder(self, name: String, folder: JsValue) {
        self.folders.update_value(|folders| {
            folders.insert(name.clone(), folder.clone());
        });
        self.add(ModelSource::Folder(name), Some(folder));
    }

    /// Does something with a model.
    pub(crate) fn act(self, key: u32, action: ModelAction, place: &ModelSource) {
        match action {
            ModelAction::Use => {
                let folder = match place {
                    ModelSource::Folder(name) => self
                        .folders
                        .with_value(|folders| folders.get(name).cloned()),
                    ModelSource::Url(_) | ModelSource::Kept(_) => None,
                };
                self.engine.use_model(place.clone(), folder);
            }
            ModelAction::Keep => {
                // A browser that is short of space then asks before it throws the model away. It may say no.
                let _ = window().navigator().storage().persist();
                self.post(&ToModels::Do { key, action }, &[]);
            }
            _ => self.post(&ToModels::Do { key, action }, &[]),
        }
    }

    fn post(self, request: &ToModels, beside: &[JsValue]) {
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.post(request, beside);
            }
        });
    }

    fn hear(self, list: ModelList) {
        let old = self.session.engine.known_models.get_untracked();
        let cards: Vec<KnownModel> = list
            .entries
            .into_iter()
            .map(|entry| {
                let known = old.iter().find(|card| card.key == entry.key);
                if let Some(card) = known {
                    card.entry.set(entry);
                    return card.clone();
                }
                KnownModel {
                    key: entry.key,
                    entry: ArcRwSignal::new(entry),
                }
            })
            .collect();
        let keys = |cards: &[KnownModel]| cards.iter().map(|card| card.key).collect::<Vec<_>>();
        if keys(&old) != keys(&cards) {
            self.session.engine.known_models.set(cards);
        }
        self.session.engine.storage.set(list.storage);
    }
}
