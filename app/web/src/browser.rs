//! A few functions of the browser, bound by hand, and plain JavaScript objects.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since this program started, never going backwards.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn now_ms() -> f64;

    /// Writes an error to the console.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub fn log_error(what: &str, detail: &JsValue);

    /// Listens to an event of the page or worker itself.
    #[wasm_bindgen(js_name = addEventListener)]
    pub fn listen(kind: &str, listener: &Function);

    /// Calls a function later.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &Function, ms: f64);
}

/// A member of an object; `None` when it is not there.
#[must_use]
pub fn member(object: &JsValue, key: &str) -> Option<JsValue> {
    Reflect::get(object, &key.into())
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

/// A member of an object that is text; empty when it is not there.
#[must_use]
pub fn text(object: &JsValue, key: &str) -> String {
    member(object, key)
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// A plain object with these members.
#[must_use]
pub fn object(members: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in members {
        // Setting a member of a fresh plain object is never refused.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object
}

/// Waits.
pub async fn sleep(ms: f64) {
    let later = Promise::new(&mut |resolve, _| set_timeout(&resolve, ms));
    // The promise is never rejected.
    let _ = JsFuture::from(later).await;
}

/// Calls a method of an object; `None` when there is none or it throws.
pub fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = member(object, method)?.dyn_into().ok()?;
    let list: Array = arguments.iter().collect();
    Reflect::apply(&method, object, &list).ok()
}

/// Calls a method that answers later; `None` when there is none, or it throws, or its promise is rejected.
pub async fn call_later(object: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let promise: Promise = call(object, method, arguments)?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

/// Asks for the lock of this name (Web Locks); `call` is called once it is free, and what it returns holds it: nothing, or a
/// promise for as long as it is pending. `without` is called where there are no locks: on a page that was not loaded securely, and
/// where the browser refuses them, as it does in a frame of another site that may keep nothing.
pub fn request_lock(name: &str, call: &JsValue, without: impl FnOnce() + 'static) {
    let locks = member(&js_sys::global(), "navigator").and_then(|it| member(&it, "locks"));
    let request =
        locks.and_then(|locks| self::call(&locks, "request", &[name.into(), call.clone()]));
    let Some(request) = request.and_then(|request| request.dyn_into::<Promise>().ok()) else {
        without();
        return;
    };
    spawn_local(async move {
        if JsFuture::from(request).await.is_err() {
            without();
        }
    });
}
