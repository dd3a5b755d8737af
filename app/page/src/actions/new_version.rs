//! A new version of the site: hearing of it, and switching over.

use crate::{
    actions::{
        leave,
        service_worker::{container, listen},
    },
    model::new_version::NewVersion,
    state::session::Session,
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::ServiceWorkerRegistration;

/// Tells the session as soon as a new version waits, now or later.
pub(crate) fn watch(registration: &ServiceWorkerRegistration, session: Session) {
    let known = registration.clone();
    let look = move || {
        // On the first visit nothing is replaced: the first version takes over by itself.
        if known.waiting().is_some() && known.active().is_some() {
            session.engine.new_version.set(NewVersion::Waits);
        }
    };
    look();
    let found = registration.clone();
    listen(registration, "updatefound", move || {
        if let Some(worker) = found.installing() {
            listen(&worker, "statechange", look.clone());
        }
    });
}

/// Lets the version that waits take over, and loads the page again once it has.
pub(crate) async fn switch_over() -> Option<()> {
    let container = container()?;
    let registration = JsFuture::from(container.get_registration()).await.ok()?;
    let registration: ServiceWorkerRegistration = registration.dyn_into().ok()?;
    let Some(waiting) = registration.waiting() else {
        // Another page has let it in already.
        reload();
        return None;
    };
    listen(&container, "controllerchange", reload);
    // The words that sw.js listens for.
    waiting.post_message(&"take over".into()).ok()
}

fn reload() {
    leave::do_not_ask();
    // A browser that refuses to load a page again leaves the person where they are.
    let _ = window().location().reload();
}
