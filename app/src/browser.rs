//! The few functions of the browser that the page and its workers share, bound by hand.
//!
//! Not by `web-sys`: its features are part of how the engine is built, and each one that the worker added there would
//! compile wgpu and burn a second time beside the engine's own browser tests.

#[cfg(feature = "decoder")]
use js_sys::ArrayBuffer;
use js_sys::{Array, Function, Object, Promise, Reflect};
#[cfg(any(feature = "engine", feature = "page"))]
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
#[cfg(any(feature = "engine", feature = "page"))]
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since this program started, never going backwards.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn now_ms() -> f64;

    /// When this program started, in ms since 1970.
    #[wasm_bindgen(thread_local_v2, js_namespace = performance, js_name = timeOrigin)]
    pub(crate) static TIME_ORIGIN_MS: f64;

    /// Writes an error to the console.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub(crate) fn log_error(what: &str, detail: &JsValue);

    /// Listens to an event of the page or worker itself.
    #[wasm_bindgen(js_name = addEventListener)]
    pub(crate) fn listen(kind: &str, listener: &Function);

    /// Posts from a worker to its page; the buffers in the list are handed over.
    #[wasm_bindgen(js_name = postMessage, catch)]
    pub(crate) fn post_to_owner(message: &JsValue, handed_over: &Array) -> Result<(), JsValue>;

    /// Calls a function later.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &Function, ms: f64);

    /// Requests a file.
    #[wasm_bindgen(js_name = fetch)]
    pub(crate) fn fetch(url: &str, options: &Object) -> Promise;

    /// An answer to a request.
    pub(crate) type Response;
    /// Its status is one of success.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn ok(this: &Response) -> bool;
    /// Its status.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &Response) -> u16;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Response) -> Headers;
    /// Its body, once it is there.
    #[wasm_bindgen(method, js_name = arrayBuffer)]
    pub(crate) fn array_buffer(this: &Response) -> Promise;

    type Headers;
    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;

    /// Two connected ends.
    pub(crate) type MessageChannel;
    /// A connected pair.
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> MessageChannel;
    /// One end.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn port1(this: &MessageChannel) -> MessagePort;
    /// The other end.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn port2(this: &MessageChannel) -> MessagePort;

    /// One end of a channel.
    #[derive(Debug)]
    pub(crate) type MessagePort;
    /// Calls a function for every message.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_onmessage(this: &MessagePort, listener: &Function);
    /// Sends to the other end.
    #[wasm_bindgen(method, js_name = postMessage)]
    pub(crate) fn post_message(this: &MessagePort, message: &JsValue);

    /// Watches the browser's own records of requests.
    pub(crate) type PerformanceObserver;
    /// Calls a function with every list of new records.
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(listener: &Function) -> PerformanceObserver;
    /// Starts to watch.
    #[wasm_bindgen(method)]
    pub(crate) fn observe(this: &PerformanceObserver, options: &Object);

    /// New records.
    pub(crate) type EntryList;
    /// All of them.
    #[wasm_bindgen(method, js_name = getEntries)]
    pub(crate) fn entries(this: &EntryList) -> Array;

    /// The record of one request.
    pub(crate) type ResourceEntry;
    /// Its address.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn name(this: &ResourceEntry) -> String;
    /// When it began, in ms since this program started.
    #[wasm_bindgen(method, getter, js_name = startTime)]
    pub(crate) fn start_time(this: &ResourceEntry) -> f64;
    /// Bytes that came over the network.
    #[wasm_bindgen(method, getter, js_name = transferSize)]
    pub(crate) fn transfer_size(this: &ResourceEntry) -> Option<f64>;
    /// Who asked.
    #[wasm_bindgen(method, getter, js_name = initiatorType)]
    pub(crate) fn initiator_type(this: &ResourceEntry) -> String;
}

#[cfg(feature = "decoder")]
#[wasm_bindgen]
extern "C" {
    /// A file that the person chose, or a part of it.
    pub(crate) type Blob;
    /// Its length in bytes.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn size(this: &Blob) -> f64;
    /// A part of it; nothing is read yet.
    #[wasm_bindgen(method)]
    pub(crate) fn slice(this: &Blob, from: f64, to: f64) -> Blob;

    /// Reads files in a worker, which may wait for them.
    pub(crate) type FileReaderSync;
    /// A reader.
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> FileReaderSync;
    /// The bytes of a file.
    #[wasm_bindgen(method, js_name = readAsArrayBuffer, catch)]
    pub(crate) fn read(this: &FileReaderSync, blob: &Blob) -> Result<ArrayBuffer, JsValue>;
}

#[cfg(feature = "engine")]
impl Response {
    /// The value of a header; `None` when there is none.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers().get(name)
    }
}

/// A member of an object; `None` when it is not there.
pub(crate) fn member(object: &JsValue, key: &str) -> Option<JsValue> {
    Reflect::get(object, &key.into())
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

/// A member of an object that is text; empty when it is not there.
pub(crate) fn text(object: &JsValue, key: &str) -> String {
    member(object, key)
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// A plain object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in members {
        // Setting a member of a fresh plain object is never refused.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object
}

/// Waits.
#[cfg(feature = "engine")]
pub(crate) async fn sleep(ms: f64) {
    let later = Promise::new(&mut |resolve, _| set_timeout(&resolve, ms));
    // The promise is never rejected.
    let _ = JsFuture::from(later).await;
}

/// Calls a method of an object; `None` when there is none or it throws.
#[cfg(any(feature = "engine", feature = "page"))]
pub(crate) fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = member(object, method)?.dyn_into().ok()?;
    let list: Array = arguments.iter().collect();
    Reflect::apply(&method, object, &list).ok()
}

/// Calls a method that answers later; `None` when there is none, or it throws, or its promise is rejected.
#[cfg(any(feature = "engine", feature = "page"))]
pub(crate) async fn call_later(
    object: &JsValue,
    method: &str,
    arguments: &[JsValue],
) -> Option<JsValue> {
    let promise: Promise = call(object, method, arguments)?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

/// SHA-256, by the browser where the page may ask it (over https and on this very device).
#[cfg(feature = "engine")]
pub(crate) async fn sha256(bytes: &[u8]) -> [u8; 32] {
    let by_browser = async {
        let crypto = member(&js_sys::global(), "crypto")?;
        let subtle = member(&crypto, "subtle")?;
        // SAFETY: `digest` copies the bytes before it returns, so that no memory of this program is seen later.
        let view = unsafe { js_sys::Uint8Array::view(bytes) };
        let promise = call(&subtle, "digest", &["SHA-256".into(), view.into()])?;
        let digest = JsFuture::from(promise.dyn_into::<Promise>().ok()?)
            .await
            .ok()?;
        let mut out = [0; 32];
        let digest = js_sys::Uint8Array::new(&digest);
        (digest.length() == 32).then(|| digest.copy_to(&mut out))?;
        Some(out)
    };
    match by_browser.await {
        Some(digest) => digest,
        None => unimed_package::sha256(bytes),
    }
}
