//! Counts the network requests of this program (page or worker), from the browser's own records.
//!
//! The page adds up its own count and those of its workers; nothing is estimated.

use crate::browser;
use js_sys::{Array, Function, Object};
use unimed_protocol::{RequestKind, RequestRecord};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// When this program started, in ms since 1970.
    #[wasm_bindgen(thread_local_v2, js_namespace = performance, js_name = timeOrigin)]
    static TIME_ORIGIN_MS: f64;

    /// Watches the browser's own records of requests.
    type PerformanceObserver;
    /// Calls a function with every list of new records.
    #[wasm_bindgen(constructor)]
    fn new(listener: &Function) -> PerformanceObserver;
    /// Starts to watch.
    #[wasm_bindgen(method)]
    fn observe(this: &PerformanceObserver, options: &Object);

    /// New records.
    type EntryList;
    /// All of them.
    #[wasm_bindgen(method, js_name = getEntries)]
    fn entries(this: &EntryList) -> Array;

    /// The record of one request.
    type ResourceEntry;
    /// Its address.
    #[wasm_bindgen(method, getter)]
    fn name(this: &ResourceEntry) -> String;
    /// When it began, in ms since this program started.
    #[wasm_bindgen(method, getter, js_name = startTime)]
    fn start_time(this: &ResourceEntry) -> f64;
    /// Bytes that came over the network.
    #[wasm_bindgen(method, getter, js_name = transferSize)]
    fn transfer_size(this: &ResourceEntry) -> Option<f64>;
    /// Who asked.
    #[wasm_bindgen(method, getter, js_name = initiatorType)]
    fn initiator_type(this: &ResourceEntry) -> String;
}

/// Calls `report` with every request that this program has made and will make, a few at a time.
///
/// `page_url` and `model_url` are absolute folders with a slash at their end; they sort the requests.
pub fn observe(
    page_url: &str,
    model_url: &str,
    report: impl Fn(Vec<RequestRecord>) + Clone + 'static,
) {
    observe_refusals(report.clone());
    if !can_count() {
        return;
    }
    let (page_url, model_url) = (page_url.to_owned(), model_url.to_owned());
    let origin_ms = TIME_ORIGIN_MS.with(|origin| *origin);
    let on_entries = Closure::<dyn Fn(EntryList)>::new(move |list: EntryList| {
        let records: Vec<_> = list
            .entries()
            .iter()
            .filter_map(|entry| record(entry.unchecked_ref(), origin_ms, &page_url, &model_url))
            .collect();
        if !records.is_empty() {
            report(records);
        }
    });
    let observer = PerformanceObserver::new(on_entries.as_ref().unchecked_ref());
    // `buffered` also brings what was requested before this program ran.
    observer.observe(&browser::object(&[
        ("type", "resource".into()),
        ("buffered", true.into()),
    ]));
    // It counts as long as the program runs.
    on_entries.forget();
}

/// Whether this browser can count requests at all.
#[must_use]
pub fn can_count() -> bool {
    browser::member(&js_sys::global(), "PerformanceObserver")
        .and_then(|class| browser::member(&class, "supportedEntryTypes"))
        .is_some_and(|types| Array::from(&types).includes(&"resource".into(), 0))
}

fn record(
    entry: &ResourceEntry,
    origin_ms: f64,
    page_url: &str,
    model_url: &str,
) -> Option<RequestRecord> {
    let url = entry.name();
    // blob: and data: addresses are in memory; nothing is requested for them.
    if !(url.starts_with("http:") || url.starts_with("https:") || url.starts_with("file:")) {
        return None;
    }
    Some(RequestRecord {
        at_ms: origin_ms + entry.start_time(),
        kind: RequestKind::of(&url, page_url, model_url),
        received_bytes: entry.transfer_size().unwrap_or(0.0),
        initiator: entry.initiator_type(),
        url,
    })
}

/// Attempts that the content security policy refused: they show that the policy works.
fn observe_refusals(report: impl Fn(Vec<RequestRecord>) + 'static) {
    let listener = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        report(vec![RequestRecord {
            at_ms: js_sys::Date::now(),
            url: browser::text(&event, "blockedURI"),
            received_bytes: 0.0,
            initiator: browser::text(&event, "effectiveDirective"),
            kind: RequestKind::Refused,
        }]);
    });
    browser::listen("securitypolicyviolation", listener.as_ref().unchecked_ref());
    // It counts as long as the program runs.
    listener.forget();
}
