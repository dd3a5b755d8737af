//! Counts the network requests of this program (page or worker), from the browser's own records.
//!
//! The page adds up its own count and those of its workers; nothing is estimated.

use js_sys::{Array, Object, Reflect};
use unimed_protocol::{RequestKind, RequestRecord};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Performance, PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit,
    PerformanceResourceTiming, SecurityPolicyViolationEvent,
};

/// Calls `report` with every request that this program has made and will make, a few at a time.
///
/// `page_url` and `model_url` are absolute folders with a slash at their end; they sort the requests.
pub fn observe(
    page_url: &str,
    model_url: &str,
    report: impl Fn(Vec<RequestRecord>) + Clone + 'static,
) {
    let (page_url, model_url) = (page_url.to_owned(), model_url.to_owned());
    let origin_ms = performance().map_or(0.0, |clock| clock.time_origin());
    let tell = report.clone();
    let on_entries = Closure::<dyn Fn(PerformanceObserverEntryList)>::new(
        move |list: PerformanceObserverEntryList| {
            let records: Vec<_> = list
                .get_entries()
                .iter()
                .filter_map(|entry| record(&entry, origin_ms, &page_url, &model_url))
                .collect();
            if !records.is_empty() {
                tell(records);
            }
        },
    );
    if can_count()
        && let Ok(observer) = PerformanceObserver::new(on_entries.as_ref().unchecked_ref())
    {
        // `buffered` also brings what was requested before this program ran; it goes with `type` only.
        let options = Object::new();
        let set = |key: &str, value: &JsValue| Reflect::set(&options, &key.into(), value).is_ok();
        if set("type", &"resource".into()) && set("buffered", &true.into()) {
            let options: &PerformanceObserverInit = options.unchecked_ref();
            observer.observe(options);
        }
        on_entries.forget();
    }
    observe_refusals(report);
}

/// Whether this browser can count requests at all.
#[must_use]
pub fn can_count() -> bool {
    Reflect::get(&js_sys::global(), &"PerformanceObserver".into())
        .and_then(|class| Reflect::get(&class, &"supportedEntryTypes".into()))
        .is_ok_and(|types| Array::from(&types).includes(&"resource".into(), 0))
}

/// The clock and request records of this program.
#[must_use]
pub fn performance() -> Option<Performance> {
    Reflect::get(&js_sys::global(), &"performance".into())
        .ok()?
        .dyn_into()
        .ok()
}

fn record(
    entry: &JsValue,
    origin_ms: f64,
    page_url: &str,
    model_url: &str,
) -> Option<RequestRecord> {
    let entry: &PerformanceResourceTiming = entry.dyn_ref()?;
    let url = entry.name();
    // blob: and data: addresses are in memory; nothing is requested for them.
    if !(url.starts_with("http:") || url.starts_with("https:") || url.starts_with("file:")) {
        return None;
    }
    Some(RequestRecord {
        at_ms: origin_ms + entry.start_time(),
        kind: RequestKind::of(&url, page_url, model_url),
        // Read by name: the typed getter is a 32-bit number in some versions of the bindings.
        received_bytes: Reflect::get(entry, &"transferSize".into())
            .ok()
            .and_then(|size| size.as_f64())
            .unwrap_or(0.0),
        initiator: entry.initiator_type(),
        url,
    })
}

/// Attempts that the content security policy refused: they show that the policy works.
fn observe_refusals(report: impl Fn(Vec<RequestRecord>) + 'static) {
    let listener = Closure::<dyn Fn(SecurityPolicyViolationEvent)>::new(
        move |event: SecurityPolicyViolationEvent| {
            report(vec![RequestRecord {
                at_ms: js_sys::Date::now(),
                url: event.blocked_uri(),
                received_bytes: 0.0,
                initiator: event.effective_directive(),
                kind: RequestKind::Refused,
            }]);
        },
    );
    let scope: web_sys::EventTarget = js_sys::global().unchecked_into();
    let added = scope.add_event_listener_with_callback(
        "securitypolicyviolation",
        listener.as_ref().unchecked_ref(),
    );
    if added.is_ok() {
        listener.forget();
    }
}
