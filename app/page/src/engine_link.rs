//! The page's end of the engine worker: starts it, feeds it, hears it, and starts a fresh one when it died.

use super::{
    language::tr,
    pixels,
    settings::kernels_from_query,
    speeds,
    state::{EngineState, Session},
    takes::Awaited,
    thread::{self, Piece},
    turn::{Along, Job, Outcome, Status, Turn},
};
use leptos::{prelude::*, reactive::owner::LocalStorage};
use std::time::Duration;
use unimed_protocol::{
    AskPart, AskSettings, DeviceChoice, FromEngine, FromWorker, JobId, KernelChoice, ModelPlace,
    PaintSettings, Picture, Remedy, ToEngine, Trouble,
};
use unimed_web::{
    message::Message,
    worker_handle::{NoWorkers, WorkerHandle},
};
use wasm_bindgen::JsValue;

/// File that starts the engine worker, beside the page.
const WORKER_FILE: &str = "worker_loader.js";

/// How long the engine may take to stop before it counts as hanging.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Absolute addresses of the page's folder and of the model's.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The page's folder, with a slash at its end.
    pub(crate) page_url: String,
    /// The folder of the model that comes with the page, with a slash at its end.
    pub(crate) package_url: String,
}

/// Handle on the engine worker. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Engine {
    pub(super) session: Session,
    pub(super) places: StoredValue<Places>,
    /// The model in use.
    pub(crate) model: RwSignal<ModelPlace>,
    /// Its folder, where the person chose one.
    pub(super) folder: StoredValue<Option<JsValue>, LocalStorage>,
    worker: StoredValue<Option<WorkerHandle<ToEngine, FromEngine>>, LocalStorage>,
}

impl Engine {
    /// A handle without a worker.
    pub(crate) fn new(session: Session, places: Places) -> Self {
        let chosen = session.settings.with_untracked(|set| set.model.clone());
        let own = || ModelPlace::Url(places.package_url.clone());
        Self {
            session,
            model: RwSignal::new(chosen.unwrap_or_else(own)),
            folder: StoredValue::new_local(None),
            places: StoredValue::new(places),
            worker: StoredValue::new_local(None),
        }
    }

    /// Starts a fresh worker in the place of the old one; the conversation stays, unfinished turns wait for it.
    pub(crate) fn start(self) {
        self.terminate();
        let session = self.session;
        session.engine.set(EngineState::Starting);
        session.device.set(None);
        let heard = move |said, message: &Message| match said {
            // What it is to do first waits for this by itself.
            FromWorker::Ready => {}
            FromWorker::Failed { detail } => self.died(&detail),
            FromWorker::Requests(records) => {
                session.requests.update(|requests| requests.extend(records));
            }
            FromWorker::Event(event) => self.hear(event, message),
        };
        match WorkerHandle::start(WORKER_FILE, heard) {
            Ok(worker) => {
                let folder: Vec<JsValue> = self.folder.get_value().into_iter().collect();
                worker.post(&self.first_request(), &folder);
                self.worker.set_value(Some(worker));
            }
            Err(NoWorkers) => session.engine.set(EngineState::Dead(no_workers())),
        }
    }

    /// What a fresh worker is to do before anything else.
    fn first_request(self) -> ToEngine {
        ToEngine::Start {
            model: self.model.get_untracked(),
            page_url: self.places.with_value(|places| places.page_url.clone()),
            device: self.session.settings.with_untracked(|set| set.device),
            kernels: window().location().search().map_or_else(
                |_| KernelChoice::default(),
                |query| kernels_from_query(&query),
            ),
            measured: speeds::load(),
        }
    }

    /// Switches to another device, with a fresh worker.
    pub(crate) fn switch(self, choice: DeviceChoice) {
        self.session.set(|settings| settings.device = choice);
        self.fail_delivered("You switched the device while this was under way.");
        self.start();
    }

    /// Switches to another model, with a fresh worker. A folder is used on this visit only: browsers ask anew for it.
    pub(crate) fn use_model(self, place: ModelPlace, folder: Option<JsValue>) {
        let own = self
            .places
            .with_value(|places| place == ModelPlace::Url(places.package_url.clone()));
        let lasts = !own && folder.is_none();
        self.session
            .set(|settings| settings.model = lasts.then(|| place.clone()));
        self.folder.set_value(folder);
        self.model.set(place);
        self.session.model.set(None);
        self.fail_delivered("You switched the model while this was under way.");
        self.start();
    }

    /// Starts a fresh worker after the old one died or its model could not be loaded.
    pub(crate) fn restart(self) {
        self.fail_delivered("The engine was started again while this was under way.");
        self.start();
    }

    /// Sends a job; it waits for the model, and for those before it, where it must.
    pub(crate) fn send(self, job: Job, along: Along) -> JobId {
        let session = self.session;
        let lost = along
            .awaits
            .as_ref()
            .filter(|one| !session.is_reading(one.batch));
        let lost = lost.map(Awaited::lost);
        let turn = session.add_turn(job, along, Outcome::default());
        let trouble = match session.engine.get_untracked() {
            EngineState::Dead(trouble) => Some(trouble),
            _ => lost,
        };
        if let Some(trouble) = trouble {
            session.advance(turn.id, |outcome| outcome.fail(trouble));
        }
        if session.busy.get_untracked().is_none() {
            session.busy.set(session.waiting().first().copied());
        }
        turn.id
    }

    /// Hands over whatever is next, whenever something is: those before it have ended, its image is there.
    pub(crate) fn follow(self) {
        Effect::new(move |_| {
            self.session.busy.track();
            self.session.reading.track();
            self.deliver_waiting();
        });
    }

    /// Gives up the turns that wait behind one.
    pub(crate) fn drop_waiting(self, busy: JobId) {
        let waiting = self.session.waiting().into_iter().filter(|id| *id != busy);
        for id in waiting {
            self.session
                .advance(id, |outcome| outcome.status = Status::Stopped);
        }
    }

    /// Stops a turn: at once when it still waits, else as soon as the engine hears it.
    pub(crate) fn stop(self, id: JobId) {
        let Some(turn) = self.session.turn(id) else {
            return;
        };
        if turn.outcome.with_untracked(|outcome| outcome.delivered) {
            self.session.advance(id, |outcome| outcome.stopping = true);
            self.post(&ToEngine::Cancel { job: id }, &[JsValue::UNDEFINED; 0]);
            set_timeout(move || self.stop_unheard(id), STOP_PATIENCE);
        } else {
            self.session
                .advance(id, |outcome| outcome.status = Status::Stopped);
        }
    }

    /// The engine did not stop in time: it hangs, so a fresh one takes its place.
    fn stop_unheard(self, id: JobId) {
        let under_way = self.session.turn(id).is_some_and(|turn| {
            turn.outcome
                .with_untracked(|outcome| outcome.status == Status::Streaming)
        });
        if under_way {
            self.session.advance(id, |outcome| {
                outcome.status = Status::Stopped;
                outcome.figures = tr("The engine did not answer and was started again.").to_owned();
            });
            self.start();
        }
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
    pub(super) fn deliver_waiting(self) {
        let session = self.session;
        if session
            .engine
            .with_untracked(|state| *state != EngineState::Ready)
        {
            return;
        }
        let waiting = session
            .busy
            .get_untracked()
            .and_then(|id| session.turn(id))
            .filter(|turn| turn.outcome.with_untracked(|outcome| !outcome.delivered))
            .filter(|turn| turn.along.with_untracked(|along| along.awaits.is_none()));
        if let Some(turn) = waiting {
            self.deliver(&turn);
        }
    }

    fn deliver(self, turn: &Turn) {
        let (session, along) = (self.session, turn.along());
        // What the model's makers chose is known by now.
        session.model.with_untracked(|model| {
            session.settings.with_untracked(|set| {
                turn.job.update(|job| match job {
                    _ if along.as_saved => {}
                    Job::Ask { settings, .. } => {
                        *settings = AskSettings {
                            seed: settings.seed,
                            ..set.ask(model.as_ref())
                        };
                    }
                    Job::Paint { settings, .. } => {
                        *settings = PaintSettings {
                            seed: settings.seed,
                            ..set.paint(model.as_ref(), &along.sources)
                        };
                    }
                });
            });
        });
        let mut buffers = Vec::new();
        let mut gone = false;
        let mut picture = |id| {
            let Some(pixels) = pixels::get(id) else {
                gone = true;
                return None;
            };
            let buffer = buffers.len();
            buffers.push(pixels.rgba);
            Some(Picture {
                width: pixels.width,
                height: pixels.height,
                buffer,
            })
        };
        let images: Vec<_> = along.sources.iter().map(|source| source.id).collect();
        let mut read = Vec::new();
        let job = turn.id;
        let message = match turn.job.get_untracked() {
            Job::Ask {
                question,
                mut settings,
            } => {
                let earlier = along.earlier.iter().filter_map(|id| session.turn(*id));
                let said: Vec<_> = earlier.filter_map(|turn| thread::said(&turn)).collect();
                let parts: Vec<_> = thread::pieces(&said, &images, &question)
                    .into_iter()
                    .filter_map(|piece| match piece {
                        Piece::Words(words) => Some(AskPart::Text(words)),
                        Piece::Image(id) => {
                            let part = AskPart::Image(picture(id)?);
                            read.push(id);
                            Some(part)
                        }
                    })
                    .collect();
                // Without an image there is nowhere to look.
                settings.gaze = !read.is_empty();
                ToEngine::Ask {
                    job,
                    parts,
                    settings,
                }
            }
            Job::Paint { prompt, settings } => ToEngine::Paint {
                job,
                images: images.into_iter().filter_map(&mut picture).collect(),
                prompt,
                settings,
            },
        };
        if gone {
            // Never words alone that were meant to have an image.
            let trouble = Trouble::new(
                "An image that belongs to this is no longer in memory.",
                "Open it again and send the words once more.",
                Remedy::None,
            );
            session.advance(turn.id, |outcome| outcome.fail(trouble));
            return;
        }
        turn.outcome.update(|outcome| {
            outcome.delivered = true;
            outcome.read = read;
        });
        self.post(&message, &buffers);
    }

    /// The worker is gone: says so, keeps the conversation.
    pub(super) fn died(self, detail: &str) {
        if !detail.is_empty() {
            web_sys::console::error_1(&format!("the engine worker died: {detail}").into());
        }
        let started = self.session.device.with_untracked(Option::is_some);
        let trouble = if started {
            Trouble::new(
                "The engine stopped unexpectedly: it ran out of memory, or the device was lost.",
                "Restart it; the conversation stays. If it happens again, switch to the CPU.",
                Remedy::Restart,
            )
        } else {
            Trouble::new(
                "The engine did not start.",
                "Load the page again. If it happens again, your browser may be too old for it.",
                Remedy::Reload,
            )
        };
        self.give_up(&trouble);
    }

    pub(super) fn give_up(self, trouble: &Trouble) {
        self.terminate();
        self.session.engine.set(EngineState::Dead(trouble.clone()));
        for id in self.session.waiting() {
            self.session.advance(id, |outcome| {
                outcome.fail(trouble.clone());
            });
        }
    }

    fn fail_delivered(self, what: &str) {
        let Some(id) = self.session.busy.get_untracked() else {
            return;
        };
        self.session.advance(id, |outcome| {
            if outcome.delivered {
                outcome.fail(Trouble::new(what, "Send it again.", Remedy::Retry));
            }
        });
    }
}

/// Why nothing runs where the browser starts no worker.
pub(super) fn no_workers() -> Trouble {
    Trouble::new(
        "This browser lets the page start no worker, so the model cannot run.",
        "Use a current version of Chrome, Edge, Firefox or Safari.",
        Remedy::None,
    )
}
