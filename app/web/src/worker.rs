//! A worker's own end: it hears its page and posts to it.

use crate::browser;
use crate::message::{Message, to_js};
use js_sys::{Array, ArrayBuffer, Function, Promise};
use serde::{Serialize, de::DeserializeOwned};
use unimed_protocol::{FromWorker, PING, PONG, RequestRecord};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// Posts to the page; the buffers in the list are handed over.
    #[wasm_bindgen(js_name = postMessage, catch)]
    fn post_message(message: &JsValue, handed_over: &Array) -> Result<(), JsValue>;
}

/// Calls `hear` for every request of the page, from now on, and tells the page that it may send them. Called once, when
/// the worker starts. A panic is told to the page before the worker dies of it.
pub fn serve<Request: DeserializeOwned>(mut hear: impl FnMut(Request, Message) + 'static) {
    listen(Box::new(move |message| {
        if let Some(request) = message.content() {
            hear(request, message);
        }
    }));
}

fn listen(mut hear: Box<dyn FnMut(Message)>) {
    std::panic::set_hook(Box::new(|panic| {
        let detail = panic.to_string();
        browser::log_error("a worker panicked", &JsValue::from_str(&detail));
        tell_failed(detail);
    }));
    let listener =
        Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| match Message::of_event(&event) {
            Some(message) if message.says(PING) => send(&Array::of1(&PONG.into()), &Array::new()),
            Some(message) => hear(message),
            None => {}
        });
    browser::listen("message", listener.as_ref().unchecked_ref::<Function>());
    // It listens as long as the worker lives.
    listener.forget();
    hold_lock();
}

/// Holds the lock of this worker's name for as long as it lives, which is how its page learns of an end without a word, and
/// tells the page that it listens.
fn hold_lock() {
    let ready = || post(&FromWorker::<()>::Ready, &[]);
    let held = Closure::once_into_js(move || {
        ready();
        Promise::new(&mut |_, _| {})
    });
    browser::request_lock(&browser::text(&js_sys::global(), "name"), &held, ready);
}

/// Tells the page something of this worker's work, handing the buffers over.
pub fn tell<Event: Serialize>(event: &Event, buffers: &[ArrayBuffer]) {
    post(&FromWorker::Event(event), buffers);
}

/// Tells the page of requests that this worker made.
pub fn tell_requests(records: Vec<RequestRecord>) {
    post(&FromWorker::<()>::Requests(records), &[]);
}

/// Tells the page that this worker is of no more use, and why.
pub fn tell_failed(detail: String) {
    post(&FromWorker::<()>::Failed { detail }, &[]);
}

fn post<Event: Serialize>(message: &FromWorker<Event>, buffers: &[ArrayBuffer]) {
    send(&to_js(message, buffers), &buffers.iter().collect());
}

fn send(message: &Array, handed_over: &Array) {
    // Posting fails only for values that cannot be cloned; text and buffers can.
    if let Err(refusal) = post_message(message, handed_over) {
        browser::log_error("a message to the page was refused", &refusal);
    }
}
