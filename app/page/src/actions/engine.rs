//! The page's end of the engine worker: starts it, feeds it, hears it, and starts a fresh one when it died.

use crate::{
    actions::{
        changed::changed,
        request::{self, Request},
    },
    language::tr,
    model::{
        address::kernels_from_query,
        attachments::{Attachments, Awaited},
        engine::EngineStatus,
        failures::{Failures, refusal},
        turn::{Job, Outcome, Status},
    },
    state::{kernel_timings, session::Session, turn::Turn},
};
use leptos::{prelude::*, reactive::owner::LocalStorage};
use std::time::Duration;
use unimed_protocol::{
    Compute, DeviceChoice, FromEngine, FromWorker, JobId, KernelChoice, ModelSource, Remedy,
    ToEngine, UserError,
};
use unimed_web::{
    message::Message,
    worker_handle::{NoWorkers, WorkerHandle},
};
use wasm_bindgen::JsValue;

/// File that starts the engine worker, beside the page.
const WORKER_FILE: &str = "worker_loader.js";

/// What decides between the engine's programs before one is fetched (`public/engine.js`).
const fn program_wish(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Auto => "",
        DeviceChoice::Cpu => "cpu",
        DeviceChoice::Gpu => "gpu",
    }
}

/// How long the engine may be silent before it counts as hanging.
const fn patience(model_bytes: u64) -> Duration {
    Duration::from_secs(if model_bytes < 1 << 30 { 10 } else { 30 })
}

/// Absolute addresses of the page's folder and of the model's.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// The page's folder, with a slash at its end.
    pub(crate) page_url: String,
    /// The folder of the model that comes with the page, with a slash at its end.
    pub(crate) package_url: String,
}

/// Handle on the engine worker. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EngineLink {
    pub(crate) session: Session,
    pub(crate) addresses: StoredValue<Addresses>,
    /// The model in use.
    pub(crate) model: RwSignal<ModelSource>,
    /// Its folder, where the person chose one.
    pub(crate) folder: StoredValue<Option<JsValue>, LocalStorage>,
    worker: StoredValue<Option<WorkerHandle<ToEngine, FromEngine>>, LocalStorage>,
    /// Whether the worker has begun to listen.
    listens: StoredValue<bool>,
    failures: StoredValue<Failures>,
}

impl EngineLink {
    /// A handle without a worker.
    pub(crate) fn new(session: Session, addresses: Addresses) -> Self {
        let chosen = session
            .preferences
            .settings
            .with_untracked(|set| set.model.clone());
        let own = || ModelSource::Url(addresses.package_url.clone());
        Self {
            session,
            model: RwSignal::new(chosen.unwrap_or_else(own)),
            folder: StoredValue::new_local(None),
            addresses: StoredValue::new(addresses),
            worker: StoredValue::new_local(None),
            listens: StoredValue::new(false),
            failures: StoredValue::new(Failures::default()),
        }
    }

    /// Starts a fresh worker in the place of the old one; the conversation stays, unfinished turns wait for it.
    pub(crate) fn start(self) {
        self.terminate();
        let session = self.session;
        session.engine.state.set(EngineStatus::Starting);
        session.engine.device.set(None);
        self.listens.set_value(false);
        let hear = move |heard, message: &Message| match heard {
            // What it is to do first waits for this by itself.
            FromWorker::Ready => self.listens.set_value(true),
            FromWorker::Failed { detail } => self.died(&detail),
            FromWorker::Requests(records) => {
                session
                    .engine
                    .requests
                    .update(|requests| requests.extend(records));
            }
            FromWorker::Event(event) => self.hear(event, message),
        };
        match WorkerHandle::start(WORKER_FILE, program_wish(self.device()), hear) {
            Ok(worker) => {
                let folder: Vec<JsValue> = self.folder.get_value().into_iter().collect();
                worker.expect_answers(move || {
                    u32::try_from(self.patience().as_secs()).unwrap_or(u32::MAX)
                });
                worker.post(&self.first_request(), &folder);
                self.worker.set_value(Some(worker));
            }
            Err(NoWorkers) => session.engine.state.set(EngineStatus::Dead(no_workers())),
        }
    }

    /// Where the person wants it to compute.
    fn device(self) -> DeviceChoice {
        self.session
            .preferences
            .settings
            .with_untracked(|set| set.device)
    }

    /// What a fresh worker is to do before anything else.
    fn first_request(self) -> ToEngine {
        ToEngine::Start {
            model: self.model.get_untracked(),
            page_url: self
                .addresses
                .with_value(|addresses| addresses.page_url.clone()),
            device: self.device(),
            kernels: window().location().search().map_or_else(
                |_| KernelChoice::default(),
                |query| kernels_from_query(&query),
            ),
            measured: kernel_timings::load(),
        }
    }

    /// Switches to another device, with a fresh worker.
    pub(crate) fn switch(self, choice: DeviceChoice) {
        self.session
            .preferences
            .set(|settings| settings.device = choice);
        self.succeeded();
        self.fail_delivered("You switched the device while this was under way.");
        self.start();
    }

    /// Switches to another model, with a fresh worker. A folder is used on this visit only: browsers ask anew for it.
    pub(crate) fn use_model(self, place: ModelSource, folder: Option<JsValue>) {
        let own = self
            .addresses
            .with_value(|addresses| place == ModelSource::Url(addresses.package_url.clone()));
        let lasts = !own && folder.is_none();
        self.session
            .preferences
            .set(|settings| settings.model = lasts.then(|| place.clone()));
        self.folder.set_value(folder);
        self.model.set(place);
        self.session.engine.model.set(None);
        self.succeeded();
        self.fail_delivered("You switched the model while this was under way.");
        self.start();
    }

    /// Starts a fresh worker after the old one died or its model could not be loaded.
    pub(crate) fn restart(self) {
        self.fail_delivered("The engine was started again while this was under way.");
        self.start();
    }

    /// Sends a job; it waits for the model, and for those before it, where it must.
    pub(crate) fn send(self, job: Job, attachments: Attachments) -> JobId {
        let session = self.session;
        let lost = attachments
            .awaits
            .as_ref()
            .filter(|one| !session.images.is_reading(one.batch));
        let lost = lost.map(Awaited::lost);
        let turn = session.add_turn(job, attachments, Outcome::default());
        let user_error = match session.engine.state.get_untracked() {
            EngineStatus::Dead(user_error) => Some(user_error),
            _ => lost,
        };
        if let Some(user_error) = user_error {
            session
                .conversation
                .advance(turn.id, |outcome| outcome.fail(user_error));
        }
        if session.conversation.busy.get_untracked().is_none() {
            session
                .conversation
                .busy
                .set(session.conversation.waiting().first().copied());
        }
        turn.id
    }

    /// Hands over whatever is next, whenever something is: those before it have ended, its image is there.
    pub(crate) fn follow(self) {
        Effect::new(move |_| {
            self.session.conversation.busy.track();
            self.session.images.reading.track();
            self.deliver_waiting();
        });
    }

    /// Gives up the turns that wait behind one.
    pub(crate) fn drop_waiting(self, busy: JobId) {
        let waiting = self
            .session
            .conversation
            .waiting()
            .into_iter()
            .filter(|id| *id != busy);
        for id in waiting {
            self.session
                .conversation
                .advance(id, |outcome| outcome.status = Status::Stopped);
        }
    }

    /// Stops a turn: at once when it still waits, else as soon as the engine hears it.
    pub(crate) fn stop(self, id: JobId) {
        let Some(turn) = self.session.conversation.turn(id) else {
            return;
        };
        if turn.outcome.with_untracked(|outcome| outcome.delivered) {
            self.session
                .conversation
                .advance(id, |outcome| outcome.stopping = true);
            self.post(&ToEngine::Cancel { job: id }, &[JsValue::UNDEFINED; 0]);
            set_timeout(move || self.stop_unheard(id), self.patience());
        } else {
            self.session
                .conversation
                .advance(id, |outcome| outcome.status = Status::Stopped);
        }
    }

    /// The engine did not stop in time: it hangs, so a fresh one takes its place.
    fn stop_unheard(self, id: JobId) {
        let under_way = self.session.conversation.turn(id).is_some_and(|turn| {
            turn.outcome
                .with_untracked(|outcome| outcome.status == Status::Streaming)
        });
        if under_way {
            self.session.conversation.advance(id, |outcome| {
                outcome.status = Status::Stopped;
                outcome.figures = tr("The engine did not answer and was started again.").to_owned();
            });
            self.start();
        }
    }

    /// How long the engine may go without hearing anything: between two layers it hears, and one of a model of many bytes
    /// can take seconds.
    fn patience(self) -> Duration {
        let engine = self.session.engine;
        let loaded = engine
            .model
            .with_untracked(|model| model.as_ref().map_or(0, |card| card.bytes));
        let loading = engine.state.with_untracked(|state| match state {
            EngineStatus::Loading { total, .. } => *total,
            _ => 0,
        });
        patience(loaded.max(loading))
    }

    /// Whether the engine has failed more than once since it last ended something.
    pub(crate) fn fails_again(self) -> bool {
        self.failures.get_value().is_again()
    }

    /// Failures before this count no more.
    pub(crate) fn succeeded(self) {
        self.failures.set_value(Failures::default());
    }

    fn terminate(self) {
        self.worker.set_value(None);
    }

    /// The buffers are copied, not handed over: the viewer still shows them.
    fn post(self, request: &ToEngine, beside: &[impl AsRef<JsValue>]) {
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.post(request, beside);
            }
        });
    }

    /// Hands the waiting turn over, once the model is there.
    pub(crate) fn deliver_waiting(self) {
        let session = self.session;
        if session
            .engine
            .state
            .with_untracked(|state| *state != EngineStatus::Ready)
        {
            return;
        }
        let waiting = session
            .conversation
            .busy
            .get_untracked()
            .and_then(|id| session.conversation.turn(id))
            .filter(|turn| turn.outcome.with_untracked(|outcome| !outcome.delivered))
            .filter(|turn| {
                turn.attachments
                    .with_untracked(|attachments| attachments.awaits.is_none())
            });
        if let Some(turn) = waiting {
            self.deliver(&turn);
        }
    }

    fn deliver(self, turn: &Turn) {
        match request::request(self.session, turn) {
            Ok(Request {
                message,
                pictures,
                read,
            }) => {
                let model = self
                    .session
                    .engine
                    .model
                    .with_untracked(|model| model.as_ref().map(|model| model.hash.clone()));
                turn.outcome.update(|outcome| {
                    outcome.delivered = true;
                    outcome.model = model.unwrap_or_default();
                    outcome.read = read;
                });
                self.post(&message, &pictures);
            }
            Err(user_error) => self
                .session
                .conversation
                .advance(turn.id, |outcome| outcome.fail(user_error)),
        }
    }

    /// The worker is gone: says so, keeps the conversation.
    pub(crate) fn died(self, detail: &str) {
        if !detail.is_empty() {
            web_sys::console::error_1(&format!("the engine worker died: {detail}").into());
        }
        if let Some(user_error) = changed(detail).or_else(|| refusal(detail)) {
            self.give_up(&user_error);
            return;
        }
        let started = self.session.engine.device.with_untracked(Option::is_some);
        if started {
            self.stopped(
                "The engine stopped unexpectedly: it ran out of memory, or the device was lost.",
            );
            return;
        }
        let choice = self
            .session
            .preferences
            .settings
            .with_untracked(|settings| settings.device);
        let failures = self.failed();
        self.give_up(&failures.not_started(self.listens.get_value(), choice != DeviceChoice::Cpu));
    }

    /// An engine that ran is of no more use, for this reason.
    pub(crate) fn stopped(self, what: &str) {
        let on_gpu = self.session.engine.device.with_untracked(|card| {
            card.as_ref()
                .is_some_and(|card| card.compute == Compute::Gpu)
        });
        let failures = self.failed();
        self.give_up(&failures.stopped(what, on_gpu));
    }

    fn failed(self) -> Failures {
        self.failures
            .update_value(|failures| *failures = failures.once_more());
        self.failures.get_value()
    }

    pub(crate) fn give_up(self, user_error: &UserError) {
        self.terminate();
        self.session
            .engine
            .state
            .set(EngineStatus::Dead(user_error.clone()));
        for id in self.session.conversation.waiting() {
            self.session.conversation.advance(id, |outcome| {
                outcome.fail(user_error.clone());
            });
        }
    }

    fn fail_delivered(self, what: &str) {
        let Some(id) = self.session.conversation.busy.get_untracked() else {
            return;
        };
        self.session.conversation.advance(id, |outcome| {
            if outcome.delivered {
                outcome.fail(UserError::new(what, "Send it again.", Remedy::Retry));
            }
        });
    }
}

/// Why nothing runs where the browser starts no worker.
pub(crate) fn no_workers() -> UserError {
    UserError::new(
        "This browser lets the page start no worker, so the model cannot run.",
        "Use a current version of Chrome, Edge, Firefox or Safari.",
        Remedy::None,
    )
}
