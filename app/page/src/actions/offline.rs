//! The service worker: it keeps the site on this device, so that the page opens without a network.
//!
//! On the first visit the engine waits until everything is kept: nothing is then fetched twice, nothing is fetched
//! after an image is open, and the workers start with the site's security headers also where the host sends none. Where it
//! sends them, the decoder does not wait.

use crate::{
    actions::{
        new_version,
        service_worker::{container, listen},
    },
    model::{engine::EngineStatus, new_version::NewVersion},
    state::{session::Session, storage},
};
use gloo_events::EventListener;
use leptos::prelude::*;
use std::{cell::RefCell, rc::Rc, time::Duration};
use unimed_protocol::{RequestKind, RequestRecord};
use unimed_web::browser;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState,
};

/// The service worker, beside the page.
const WORKER_FILE: &str = "sw.js";
/// Where the service worker keeps the site's files; the same name stands in it.
const CACHE: &str = "unimed-site";
/// The engine does not wait longer than this for a slow first visit; the service worker goes on by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is called once, by whichever comes first.
type Once = Rc<RefCell<Option<Box<dyn FnOnce()>>>>;

/// Whether the page came with the site's security headers, from the host or the service worker: the browser says so of the
/// two that isolate it.
pub(crate) fn is_isolated() -> bool {
    let global = js_sys::global();
    browser::member(&global, "crossOriginIsolated").is_some_and(|isolated| isolated.is_truthy())
}

/// Keeps the site on this device; calls `then` when that is done, goes on in the background, or is not possible.
pub(crate) fn keep_site(session: Session, page_url: &str, then: impl FnOnce() + 'static) {
    let Some(container) = container() else {
        then();
        return;
    };
    hear(&container, session, page_url.to_owned());
    let then: Once = Rc::new(RefCell::new(Some(Box::new(then))));
    // On later visits everything is there; registering again only looks for a new version.
    let waits = container.controller().is_none();
    if waits {
        listen(&container, "controllerchange", once(&then));
        set_timeout(once(&then), PATIENCE);
    } else {
        once(&then)();
    }
    spawn_local(async move {
        match JsFuture::from(container.register(WORKER_FILE)).await {
            // Where something blocks service workers, the browser may answer without a registration.
            Ok(registration) if !registration.is_object() => once(&then)(),
            Ok(registration) => {
                let registration = registration.unchecked_ref();
                if waits {
                    give_up_when_refused(registration, &then);
                }
                new_version::watch(registration, session);
            }
            // A site that was not built by `cargo xtask build` has no list of files; it works as well, online.
            Err(_) => once(&then)(),
        }
    });
}

/// Forgets everything that this site keeps on this device: settings, models, the site itself, its service worker. What other
/// sites of the same origin keep stays.
///
/// # Errors
///
/// The browser's words when it refuses.
pub(crate) async fn wipe() -> Result<(), JsValue> {
    storage::forget();
    forget_models().await?;
    if let Ok(caches) = window().caches() {
        JsFuture::from(caches.delete(CACHE)).await?;
    }
    if let Some(container) = container() {
        // Of this page's folder; there may be none.
        let registration = JsFuture::from(container.get_registration()).await?;
        if registration.is_object() {
            let registration: ServiceWorkerRegistration = registration.unchecked_into();
            JsFuture::from(registration.unregister()?).await?;
        }
    }
    Ok(())
}

/// Removes every entry of this site's own file system; there is none where the browser has no such thing.
async fn forget_models() -> Result<(), JsValue> {
    let navigator = window().navigator();
    let Some(storage) = browser::member(&navigator, "storage") else {
        return Ok(());
    };
    let Some(root) = browser::call_later(&storage, "getDirectory", &[]).await else {
        return Ok(());
    };
    let options = browser::object(&[("recursive", true.into())]);
    let removed = browser::call(&root, "removeEntry", &["models".into(), options.into()]);
    let promise: js_sys::Promise = removed.ok_or("no removeEntry")?.unchecked_into();
    match JsFuture::from(promise).await {
        Ok(_) => Ok(()),
        // No model was ever kept.
        Err(error) if browser::text(&error, "name") == "NotFoundError" => Ok(()),
        Err(error) => Err(error),
    }
}

fn once(then: &Once) -> impl Fn() + 'static {
    let then = then.clone();
    move || {
        let then = then.borrow_mut().take();
        if let Some(then) = then {
            then();
        }
    }
}

/// A worker that could not keep everything (no room, no network) ends as redundant.
fn give_up_when_refused(registration: &ServiceWorkerRegistration, then: &Once) {
    let go_on = once(then);
    let Some(worker) = registration.installing() else {
        // Nothing is on its way: a page that was loaded past its service worker stays without it.
        if registration.active().is_some() {
            go_on();
        }
        return;
    };
    let state = worker.clone();
    listen(&worker, "statechange", move || {
        if state.state() == ServiceWorkerState::Redundant {
            go_on();
        }
    });
}

/// Hears what the service worker fetched and how far it is.
fn hear(container: &ServiceWorkerContainer, session: Session, page_url: String) {
    let package_url = format!("{page_url}model/");
    let listener = EventListener::new(container, "message", move |event| {
        let message = event.unchecked_ref::<MessageEvent>().data();
        let number = |object: &JsValue, key: &str| {
            browser::member(object, key)
                .and_then(|value| value.as_f64())
                .unwrap_or_default()
        };
        if let Some(request) = browser::member(&message, "request") {
            let url = browser::text(&request, "url");
            let record = RequestRecord {
                at_ms: number(&request, "at"),
                kind: RequestKind::of(&url, &page_url, &package_url),
                received_bytes: number(&request, "bytes"),
                initiator: "service worker".to_owned(),
                url,
            };
            session
                .engine
                .requests
                .update(|requests| requests.push(record));
        }
        if browser::member(&message, "others").is_some() {
            session.engine.new_version.set(NewVersion::Held);
        }
        if let Some(kept) = browser::member(&message, "kept")
            && session.engine.state.with_untracked(|state| {
                matches!(state, EngineStatus::Starting | EngineStatus::Loading { .. })
            })
            && session.engine.device.with_untracked(Option::is_none)
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "sizes of files, far below 2^53"
            )]
            session.engine.state.set(EngineStatus::Loading {
                done: number(&kept, "done") as u64,
                total: number(&kept, "total") as u64,
                phase: "downloading".to_owned(),
            });
        }
    });
    // It is needed for as long as the page lives.
    listener.forget();
    // A listener that is added, unlike `onmessage`, waits for this where the page is still being read.
    let _ = browser::call(container, "startMessages", &[]);
}
