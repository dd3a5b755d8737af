//! The page's end of the worker that keeps models. It starts when the manager is first opened, and goes on when the
//! manager is closed.

use super::super::{Page, engine_link::no_workers};
use leptos::{prelude::*, reactive::owner::LocalStorage};
use std::collections::HashMap;
use unimed_protocol::{
    FromWorker, ModelDeed, ModelEntry, ModelList, ModelPlace, Remedy, Said, ToModels, Trouble,
};
use unimed_web::{
    message::Message,
    worker_handle::{NoWorkers, WorkerHandle},
};
use wasm_bindgen::JsValue;

/// One model of the list.
#[derive(Clone)]
pub(crate) struct Card {
    /// Its number.
    pub(super) key: u32,
    /// All there is to show of it.
    pub(super) entry: ArcRwSignal<ModelEntry>,
}

/// File that starts the worker, beside the page.
const WORKER_FILE: &str = "models_loader.js";

/// Handle on the worker and on what it says. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manager {
    worker: StoredValue<Option<WorkerHandle<ToModels, ModelList>>, LocalStorage>,
    /// Whether the worker has begun to listen.
    listens: StoredValue<bool>,
    /// Folders that were chosen on this visit, by name.
    folders: StoredValue<HashMap<String, JsValue>, LocalStorage>,
    pub(super) cards: RwSignal<Vec<Card>>,
    pub(super) storage: RwSignal<Said>,
    /// Why there is no list.
    pub(super) trouble: RwSignal<Option<Trouble>>,
}

impl Manager {
    /// A handle without a worker.
    pub(crate) fn new() -> Self {
        Self {
            worker: StoredValue::new_local(None),
            listens: StoredValue::new(false),
            folders: StoredValue::new_local(HashMap::new()),
            cards: RwSignal::new(Vec::new()),
            storage: RwSignal::new(Said::default()),
            trouble: RwSignal::new(None),
        }
    }

    /// Starts the worker, unless it runs.
    pub(super) fn open(self, page: Page) {
        if self.worker.with_value(Option::is_some) {
            return;
        }
        self.trouble.set(None);
        self.listens.set_value(false);
        let session = page.session;
        let heard = move |said, _: &Message| match said {
            FromWorker::Ready => self.listens.set_value(true),
            FromWorker::Failed { .. } => self.failed(),
            FromWorker::Requests(records) => {
                session.requests.update(|requests| requests.extend(records));
            }
            FromWorker::Event(list) => self.hear(list),
        };
        match WorkerHandle::start(WORKER_FILE, heard) {
            Ok(worker) => self.worker.set_value(Some(worker)),
            Err(NoWorkers) => return self.trouble.set(Some(no_workers())),
        }
        let places = page.engine.places.get_value();
        let open = ToModels::Open {
            default: ModelPlace::Url(places.package_url),
            page_url: places.page_url,
        };
        self.post(&open, &[]);
    }

    /// The worker is gone; opening the manager again starts another one.
    fn failed(self) {
        self.worker.set_value(None);
        self.cards.set(Vec::new());
        self.trouble.set(Some(if self.listens.get_value() {
            Trouble::new(
                "The model manager stopped unexpectedly.",
                "Close this panel and open it again.",
                Remedy::None,
            )
        } else {
            Trouble::new(
                "The model manager did not start.",
                "Check the connection, then close this panel and open it again.",
                Remedy::None,
            )
        }));
    }

    /// Lists one more model.
    pub(super) fn add(self, place: ModelPlace, folder: Option<JsValue>) {
        let along: Vec<JsValue> = folder.into_iter().collect();
        self.post(&ToModels::Add(place), &along);
    }

    /// Lists the model of a folder that the person chose.
    pub(super) fn add_folder(self, name: String, folder: JsValue) {
        self.folders.update_value(|folders| {
            folders.insert(name.clone(), folder.clone());
        });
        self.add(ModelPlace::Folder(name), Some(folder));
    }

    /// Does something with a model.
    pub(super) fn act(self, page: Page, key: u32, deed: ModelDeed, place: &ModelPlace) {
        match deed {
            ModelDeed::Use => {
                let folder = match place {
                    ModelPlace::Folder(name) => self
                        .folders
                        .with_value(|folders| folders.get(name).cloned()),
                    ModelPlace::Url(_) | ModelPlace::Kept(_) => None,
                };
                page.engine.use_model(place.clone(), folder);
            }
            ModelDeed::Keep => {
                // A browser that is short of space then asks before it throws the model away. It may say no.
                let _ = window().navigator().storage().persist();
                self.post(&ToModels::Do { key, deed }, &[]);
            }
            _ => self.post(&ToModels::Do { key, deed }, &[]),
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
        let old = self.cards.get_untracked();
        let cards: Vec<Card> = list
            .entries
            .into_iter()
            .map(|entry| {
                let known = old.iter().find(|card| card.key == entry.key);
                if let Some(card) = known {
                    card.entry.set(entry);
                    return card.clone();
                }
                Card {
                    key: entry.key,
                    entry: ArcRwSignal::new(entry),
                }
            })
            .collect();
        let keys = |cards: &[Card]| cards.iter().map(|card| card.key).collect::<Vec<_>>();
        if keys(&old) != keys(&cards) {
            self.cards.set(cards);
        }
        self.storage.set(list.storage);
    }
}
