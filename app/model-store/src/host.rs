//! The surroundings of long work in a worker: the browser's clock, a pause in which messages are heard, a way to stop.

use js_sys::{Function, Promise};
use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    rc::Rc,
};
use unimed_package::host::{Host, LocalFuture};
use unimed_protocol::JobId;
use unimed_web::browser::now_ms;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Two connected ends.
    type MessageChannel;
    #[wasm_bindgen(constructor)]
    fn new() -> MessageChannel;
    #[wasm_bindgen(method, getter)]
    fn port1(this: &MessageChannel) -> MessagePort;
    #[wasm_bindgen(method, getter)]
    fn port2(this: &MessageChannel) -> MessagePort;

    /// One end of a channel.
    #[derive(Debug)]
    type MessagePort;
    /// Calls a function for every message.
    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &MessagePort, listener: &Function);
    /// Sends to the other end.
    #[wasm_bindgen(method, js_name = postMessage)]
    fn post_message(this: &MessagePort, message: &JsValue);
}

/// What the message listener and the running job share.
#[derive(Debug, Default, Clone)]
pub struct Stops {
    wanted: Rc<RefCell<HashSet<JobId>>>,
}

impl Stops {
    /// The person wants this job to stop.
    pub fn want(&self, job: JobId) {
        self.wanted.borrow_mut().insert(job);
    }

    /// Whether the person wants this job to stop.
    pub fn wanted(&self, job: JobId) -> bool {
        self.wanted.borrow().contains(&job)
    }

    /// The job has ended; its stop is answered.
    pub fn forget(&self, job: JobId) {
        self.wanted.borrow_mut().remove(&job);
    }
}

/// The surroundings of one worker.
#[derive(Debug)]
pub struct WorkerHost {
    stops: Stops,
    job: Cell<Option<JobId>>,
    /// Both ends of a channel to ourselves: a message through it arrives after those that wait already. A timer would
    /// do the same, but browsers stretch timers to 4 ms.
    ports: (MessagePort, MessagePort),
}

impl WorkerHost {
    /// Surroundings in which nothing runs yet.
    pub fn new(stops: Stops) -> Self {
        let channel = MessageChannel::new();
        Self {
            stops,
            job: Cell::new(None),
            ports: (channel.port1(), channel.port2()),
        }
    }

    /// From now on, this job runs.
    pub fn begin(&self, job: JobId) {
        self.job.set(Some(job));
    }

    /// The job has ended.
    pub fn end(&self, job: JobId) {
        self.job.set(None);
        self.stops.forget(job);
    }
}

impl Host for WorkerHost {
    fn now_ms(&self) -> f64 {
        now_ms()
    }

    fn breathe(&self) -> LocalFuture<'_, ()> {
        Box::pin(async move {
            let (here, there) = &self.ports;
            let round_trip = Promise::new(&mut |resolve, _| {
                here.set_onmessage(&resolve);
                there.post_message(&JsValue::NULL);
            });
            // The promise is never rejected.
            let _ = JsFuture::from(round_trip).await;
        })
    }

    fn cancelled(&self) -> bool {
        self.job.get().is_some_and(|job| self.stops.wanted(job))
    }
}
