//! The page's end of the worker that keeps models. It starts when the manager is first opened, and goes on when the
//! manager is closed.

use super::super::{Page, engine_link::WORKER_FILE};
use crate::wire::{Parcel, envelope};
use leptos::{prelude::*, reactive::owner::LocalStorage};
use std::collections::HashMap;
use unimed_protocol::{
    FromEngine, ModelDeed, ModelEntry, ModelList, ModelPlace, Said, ToEngine, ToModels,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// One model of the list.
#[derive(Clone)]
pub(crate) struct Card {
    /// Its number.
    pub(super) key: u32,
    /// All there is to show of it.
    pub(super) entry: ArcRwSignal<ModelEntry>,
}

/// A message, and the folder that goes along with it.
type Waiting = (ToModels, Vec<JsValue>);

/// Handle on the worker and on what it says. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manager {
    worker: StoredValue<Option<Worker>, LocalStorage>,
    /// What was asked for before the worker listened; nothing from then on.
    waiting: StoredValue<Option<Vec<Waiting>>, LocalStorage>,
    /// Folders that were chosen on this visit, by name.
    folders: StoredValue<HashMap<String, JsValue>, LocalStorage>,
    pub(super) cards: RwSignal<Vec<Card>>,
    pub(super) storage: RwSignal<Said>,
}

impl Manager {
    /// A handle without a worker.
    pub(crate) fn new() -> Self {
        Self {
            worker: StoredValue::new_local(None),
            waiting: StoredValue::new_local(Some(Vec::new())),
            folders: StoredValue::new_local(HashMap::new()),
            cards: RwSignal::new(Vec::new()),
            storage: RwSignal::new(Said::default()),
        }
    }

    /// Starts the worker, unless it runs.
    pub(super) fn open(self, page: Page) {
        if self.worker.with_value(Option::is_some) {
            return;
        }
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        // Where there are no workers the engine has said so already.
        let Ok(worker) = Worker::new_with_options(WORKER_FILE, &options) else {
            return;
        };
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            match Parcel::open(&event.data()).and_then(|parcel| parcel.message()) {
                Some(FromEngine::Awake) => {
                    let places = page.engine.places.get_value();
                    let open = ToModels::Open {
                        default: ModelPlace::Url(places.package_url),
                        page_url: places.page_url,
                    };
                    let mut waiting = None;
                    self.waiting
                        .update_value(|list| std::mem::swap(list, &mut waiting));
                    self.post(open, &[]);
                    for (message, along) in waiting.unwrap_or_default() {
                        self.post(message, &along);
                    }
                }
                Some(FromEngine::Models(list)) => self.hear(list),
                Some(FromEngine::Requests(records)) => {
                    page.session
                        .requests
                        .update(|requests| requests.extend(records));
                }
                // It died; opening the manager again starts another one.
                Some(FromEngine::Crashed { .. }) => {
                    self.worker.set_value(None);
                    self.waiting.set_value(Some(Vec::new()));
                }
                _ => {}
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // It is needed for as long as the page lives.
        on_message.forget();
        self.worker.set_value(Some(worker));
    }

    /// Lists one more model.
    pub(super) fn add(self, place: ModelPlace, folder: Option<JsValue>) {
        let along: Vec<JsValue> = folder.into_iter().collect();
        self.post(ToModels::Add(place), &along);
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
                self.post(ToModels::Do { key, deed }, &[]);
            }
            _ => self.post(ToModels::Do { key, deed }, &[]),
        }
    }

    fn post(self, message: ToModels, along: &[JsValue]) {
        let sleeps = self.waiting.with_value(Option::is_some);
        if sleeps {
            self.waiting.update_value(|waiting| {
                waiting
                    .get_or_insert_default()
                    .push((message, along.to_vec()));
            });
            return;
        }
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                // Text, handles and files can all be cloned.
                let _ = worker.post_message(&envelope(&ToEngine::Models(message), along));
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
