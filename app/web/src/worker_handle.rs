//! The page's end of a worker: starts its program, posts requests, hears what it says.

use crate::browser::{object, request_lock, sleep, text};
use crate::message::{Message, to_js};
use js_sys::{Array, Function, Object};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, RefCell},
    fmt,
    marker::PhantomData,
    rc::Rc,
};
use unimed_protocol::{FromWorker, PING};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen]
extern "C" {
    /// A program that runs beside the page.
    type Worker;
    #[wasm_bindgen(constructor, catch)]
    fn new(url: &str, options: &Object) -> Result<Worker, JsValue>;
    #[wasm_bindgen(method, js_name = postMessage, catch)]
    fn post_message(this: &Worker, message: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn terminate(this: &Worker);
    #[wasm_bindgen(method, setter, js_name = onmessage)]
    fn set_onmessage(this: &Worker, listener: Option<&Function>);
    #[wasm_bindgen(method, setter, js_name = onerror)]
    fn set_onerror(this: &Worker, listener: Option<&Function>);

    /// What a worker reports when its program cannot be loaded, or when it dies.
    type ErrorEvent;
    #[wasm_bindgen(method, js_name = preventDefault)]
    fn prevent_default(this: &ErrorEvent);
}

/// Time between two questions whether a worker still hears, in ms.
const PING_EVERY_MS: f64 = 1000.0;

/// How many of those may stay without an answer.
type Patience = Box<dyn Fn() -> u32>;

/// This browser lets the page start no worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoWorkers;

/// A worker that was started, and the one way to speak with it.
///
/// Requests may be posted at once; those that come before the worker listens wait until it does. Dropping the handle ends
/// the worker and frees what listened to it; nothing more is heard of it then.
pub struct WorkerHandle<Request, Event> {
    link: Rc<Link>,
    types: PhantomData<fn(Request) -> Event>,
}

impl<Request, Event> fmt::Debug for WorkerHandle<Request, Event> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkerHandle")
    }
}

impl<Request: Serialize, Event: DeserializeOwned + 'static> WorkerHandle<Request, Event> {
    /// Starts the module at `url`. What it has to know before it can be spoken with, a `wish`, stands behind a `#` in its name.
    /// `hear` gets everything that the worker says, with the buffers beside it, and
    /// [`FromWorker::Failed`] also when the program cannot be loaded or dies without a word; `detail` may then be empty.
    ///
    /// # Errors
    ///
    /// [`NoWorkers`] where the browser refuses to start one.
    pub fn start(
        url: &str,
        wish: &str,
        hear: impl Fn(FromWorker<Event>, &Message) + 'static,
    ) -> Result<Self, NoWorkers> {
        let hear = move |heard: Heard| match heard {
            Heard::Message(message) => match message.content() {
                Some(said) => {
                    let ready = matches!(said, FromWorker::Ready);
                    hear(said, &message);
                    ready
                }
                None => false,
            },
            Heard::Failed(detail) => {
                hear(FromWorker::Failed { detail }, &Message::empty());
                false
            }
        };
        Ok(Self {
            link: Link::start(url, wish, Rc::new(hear))?,
            types: PhantomData,
        })
    }

    /// Takes a worker for gone that does not answer for so many seconds, where the browser does not tell it in another way:
    /// where it has no locks, as on a page that was not loaded securely. Called before the worker listens. A worker that
    /// computes for longer without a pause must not be held to this.
    pub fn expect_answers(&self, within_s: impl Fn() -> u32 + 'static) {
        self.link.patience.replace(Some(Box::new(within_s)));
    }

    /// Posts a request with buffers, which are copied, or files and handles.
    pub fn post(&self, request: &Request, beside: &[impl AsRef<JsValue>]) {
        self.link.post(to_js(request, beside));
    }
}

/// What comes of a worker.
enum Heard {
    Message(Message),
    Failed(String),
}

/// Hears a worker; true when it said that it listens.
type Hear = Rc<dyn Fn(Heard) -> bool>;

type Listener = Closure<dyn FnMut(JsValue)>;

/// Everything of a handle that knows no types, so that a program with several kinds of workers holds it once.
struct Link {
    worker: Worker,
    /// The worker's, and that of the lock that it holds while it lives.
    name: String,
    /// What was posted before the worker listened; nothing from then on.
    waiting: RefCell<Option<Vec<Array>>>,
    hear: Hear,
    listeners: RefCell<Vec<Listener>>,
    /// For how long it may be silent, where that matters.
    patience: RefCell<Option<Patience>>,
    /// Pings since it was last heard.
    unanswered: Cell<u32>,
}

impl Link {
    fn start(url: &str, wish: &str, hear: Hear) -> Result<Rc<Self>, NoWorkers> {
        // Locks are shared by all pages of an origin.
        let mut name = format!("unimed-{}", js_sys::Math::random());
        if !wish.is_empty() {
            name += "#";
            name += wish;
        }
        let options = object(&[("type", "module".into()), ("name", (&name).into())]);
        let worker = Worker::new(url, &options).map_err(|_| NoWorkers)?;
        let link = Rc::new(Self {
            worker,
            name,
            waiting: RefCell::new(Some(Vec::new())),
            hear,
            listeners: RefCell::default(),
            patience: RefCell::default(),
            unanswered: Cell::new(0),
        });
        // The listeners lie in the link and hold it weakly, so that both go when its handle is dropped, also from within
        // one of them.
        let weak = Rc::downgrade(&link);
        let on_message = Listener::new(move |event: JsValue| {
            if let (Some(link), Some(message)) = (weak.upgrade(), Message::of_event(&event)) {
                link.unanswered.set(0);
                if (link.hear)(Heard::Message(message)) {
                    link.post_waiting();
                    link.watch();
                }
            }
        });
        let weak = Rc::downgrade(&link);
        let on_error = Listener::new(move |event: JsValue| {
            event.unchecked_ref::<ErrorEvent>().prevent_default();
            if let Some(link) = weak.upgrade() {
                // A program that cannot be loaded brings an event without a message.
                (link.hear)(Heard::Failed(text(&event, "message")));
            }
        });
        link.worker
            .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        link.worker
            .set_onerror(Some(on_error.as_ref().unchecked_ref()));
        link.listeners.replace(vec![on_message, on_error]);
        Ok(link)
    }

    fn post(self: &Rc<Self>, message: Array) {
        if let Some(waiting) = self.waiting.borrow_mut().as_mut() {
            waiting.push(message);
            return;
        }
        if self.worker.post_message(&message).is_err() {
            // Later, because whoever posts may hold what it would change when it hears of this.
            let weak = Rc::downgrade(self);
            spawn_local(async move {
                if let Some(link) = weak.upgrade() {
                    (link.hear)(Heard::Failed("a message was refused".to_owned()));
                }
            });
        }
    }

    /// Hears of the worker's end also when nothing is said of it: its lock is free then, which it has held since it listens.
    fn watch(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let free = Closure::once_into_js(move || {
            if let Some(link) = weak.upgrade() {
                (link.hear)(Heard::Failed("it is gone".to_owned()));
            }
        });
        let weak = Rc::downgrade(self);
        request_lock(&self.name, &free, move || {
            if let Some(link) = weak.upgrade() {
                link.ping();
            }
        });
    }

    /// Asks again and again whether the worker still hears, if it is to answer. Pings are counted and not seconds: those of a
    /// page that the browser lets sleep come late, and so do the answers.
    fn ping(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            loop {
                sleep(PING_EVERY_MS).await;
                let Some(link) = weak.upgrade() else { return };
                let patience = link.patience.borrow().as_ref().map(|patience| patience());
                let Some(patience) = patience else { return };
                if link.unanswered.get() >= patience {
                    (link.hear)(Heard::Failed("it does not answer".to_owned()));
                    return;
                }
                link.unanswered.set(link.unanswered.get() + 1);
                // One that cannot be posted stays without an answer.
                let _ = link.worker.post_message(&Array::of1(&PING.into()));
            }
        });
    }

    fn post_waiting(self: &Rc<Self>) {
        for message in self.waiting.take().unwrap_or_default() {
            self.post(message);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
