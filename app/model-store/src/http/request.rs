//! One request to a server: aborted when nobody waits for it any more, and given up when the server is silent.

use js_sys::Object;
use std::{
    cell::Cell,
    rc::{Rc, Weak},
};
use unimed_web::browser::{now_ms, sleep};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen]
extern "C" {
    /// What ends a request early.
    #[derive(Debug)]
    type AbortController;
    #[wasm_bindgen(constructor)]
    fn new() -> AbortController;
    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> Object;
    #[wasm_bindgen(method)]
    fn abort(this: &AbortController);
}

/// Longest time in which nothing comes of a request, in ms.
const SILENCE_MS: f64 = 20_000.0;
/// How often is looked whether something came, in ms.
const LOOK_EVERY_MS: f64 = 1000.0;

/// A request on its way. Dropping it aborts the request.
#[derive(Debug)]
pub(super) struct OpenRequest(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    controller: AbortController,
    heard_ms: Cell<f64>,
    silent: Cell<bool>,
}

impl OpenRequest {
    /// A request that begins now; pass its [`signal`](Self::signal) along.
    pub(super) fn new() -> Self {
        let inner = Rc::new(Inner {
            controller: AbortController::new(),
            heard_ms: Cell::new(now_ms()),
            silent: Cell::new(false),
        });
        spawn_local(watch(Rc::downgrade(&inner)));
        Self(inner)
    }

    /// The member `signal` of the options of `fetch`.
    pub(super) fn signal(&self) -> JsValue {
        self.0.controller.signal().into()
    }

    /// Something came.
    pub(super) fn heard(&self) {
        self.0.heard_ms.set(now_ms());
    }

    /// Whether it was aborted because nothing came.
    pub(super) fn was_silent(&self) -> bool {
        self.0.silent.get()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Nothing happens to a request that has ended.
        self.controller.abort();
    }
}

/// Aborts a request of which nothing comes; ends with it.
async fn watch(request: Weak<Inner>) {
    loop {
        sleep(LOOK_EVERY_MS).await;
        let Some(request) = request.upgrade() else {
            return;
        };
        if now_ms() - request.heard_ms.get() > SILENCE_MS {
            request.silent.set(true);
            request.controller.abort();
            return;
        }
    }
}
