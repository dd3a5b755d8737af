//! What long work in a worker asks of its host: the browser's clock, a pause in which messages are heard, a way to stop.

use js_sys::{Function, Promise};
use std::{
    cell::{Cell, RefCell},
    collections::{HashSet, VecDeque},
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::Poll,
};
use unimed_package::host::{Host, LocalFuture};
use unimed_protocol::JobId;
use unimed_web::browser::{now_ms, sleep};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
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

/// How often waiting work looks whether the person wants it to stop, in ms.
const STOP_EVERY_MS: f64 = 100.0;

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

/// The host of one worker.
#[derive(Debug)]
pub struct WorkerHost {
    stops: Stops,
    job: Cell<Option<JobId>>,
    /// A channel to ourselves: a message through it arrives after those that wait already. A timer would do the same, but
    /// browsers stretch timers to 4 ms.
    port: MessagePort,
    /// What goes on when a message arrives, one for each that is under way: the loading of one part waits while a job,
    /// which pauses as well, runs.
    paused: Rc<RefCell<VecDeque<Function>>>,
}

impl WorkerHost {
    /// Surroundings in which nothing runs yet.
    pub fn new(stops: Stops) -> Self {
        let channel = MessageChannel::new();
        let paused = Rc::new(RefCell::new(VecDeque::<Function>::new()));
        let first = paused.clone();
        let on_message = Closure::<dyn FnMut()>::new(move || {
            let next = first.borrow_mut().pop_front();
            if let Some(go_on) = next {
                // Calling a promise's own function is never refused.
                let _ = go_on.call0(&JsValue::NULL);
            }
        });
        channel
            .port1()
            .set_onmessage(on_message.as_ref().unchecked_ref());
        // A worker has one host, for as long as it lives.
        on_message.forget();
        Self {
            stops,
            job: Cell::new(None),
            port: channel.port2(),
            paused,
        }
    }

    /// From now on, this job runs.
    pub fn begin(&self, job: JobId) {
        self.job.set(Some(job));
    }

    /// Does some work of this job, unless the person stops it first: then it is dropped where it is, also while it waits
    /// for a server, and the answer is `None`.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut stopped = pin!(async {
            while !self.cancelled() {
                sleep(STOP_EVERY_MS).await;
            }
        });
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => stopped.as_mut().poll(context).map(|()| None),
        })
        .await
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

    fn yield_now(&self) -> LocalFuture<'_, ()> {
        Box::pin(async move {
            let round_trip = Promise::new(&mut |resolve, _| {
                self.paused.borrow_mut().push_back(resolve);
                self.port.post_message(&JsValue::NULL);
            });
            // The promise is never rejected.
            let _ = JsFuture::from(round_trip).await;
        })
    }

    fn cancelled(&self) -> bool {
        self.job.get().is_some_and(|job| self.stops.wanted(job))
    }
}
