//! Where the browser keeps its service workers, and what they are listened to with.

use gloo_events::EventListener;
use leptos::prelude::*;
use unimed_web::browser;
use wasm_bindgen::JsCast;
use web_sys::{EventTarget, ServiceWorkerContainer};

/// The browser's service workers; `None` where it has none, as on plain http.
pub(crate) fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    browser::member(&navigator, "serviceWorker").map(JsCast::unchecked_into)
}

/// Listens for as long as the page lives.
pub(crate) fn listen(target: &EventTarget, event: &'static str, then: impl Fn() + 'static) {
    EventListener::new(target, event, move |_| then()).forget();
}
