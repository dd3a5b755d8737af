//! A new version of the site. It waits, because page and workers belong together: nothing changes under a person's
//! hands, and no answer is interrupted. A line says that it is there, and one button switches over.

use super::{Page, offline, state::Session};
use crate::language::tr;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::ServiceWorkerRegistration;

/// What is known of a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NewVersion {
    /// There is none.
    #[default]
    None,
    /// One waits.
    Waits,
    /// One waits, and other pages of this site run the old one.
    Held,
}

/// Tells the session as soon as a new version waits, now or later.
pub(super) fn watch(registration: &ServiceWorkerRegistration, session: Session) {
    let known = registration.clone();
    let look = move || {
        // On the first visit nothing is replaced: the first version takes over by itself.
        if known.waiting().is_some() && known.active().is_some() {
            session.update.set(NewVersion::Waits);
        }
    };
    look();
    let found = registration.clone();
    let listener = Closure::<dyn Fn()>::new(move || {
        if let Some(worker) = found.installing() {
            listen(&worker, "statechange", look.clone());
        }
    });
    registration.set_onupdatefound(Some(listener.as_ref().unchecked_ref()));
    // It is needed for as long as the page lives.
    listener.forget();
}

/// Lets the version that waits take over, and loads the page again once it has.
async fn switch_over() -> Option<()> {
    let container = offline::container()?;
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

fn listen(target: &web_sys::EventTarget, event: &str, then: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(then);
    // Listening is never refused.
    let _ = target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    listener.forget();
}

fn reload() {
    // A browser that refuses to load a page again leaves the person where they are.
    let _ = window().location().reload();
}

/// The line that says so; nothing as long as there is no new version.
#[component]
pub(crate) fn UpdateLine() -> impl IntoView {
    let session = Page::of_context().session;
    let waits = move || session.update.get() != NewVersion::None;
    let busy = move || session.busy.get().is_some();
    let words = move || match session.update.get() {
        NewVersion::Held => {
            tr("Other tabs of this page are open. Close them first: one version runs at a time.")
        }
        _ => tr("A new version of this page is ready."),
    };
    let open = move || {
        session.images.with(|images| !images.is_empty())
            || session.turns.with(|turns| !turns.is_empty())
    };
    let switch = move |_| {
        spawn_local(async {
            switch_over().await;
        });
    };
    view! {
        <div role="status">
            <Show when=waits>
                <div class="update" data-testid="update">
                    <p>
                        {words}
                        {move || open().then(|| view! { <span class="meta">" "{tr("What is open here is gone then; save the conversation first if you need it.")}</span> })}
                    </p>
                    <button class="button" type="button" data-testid="switch-over" disabled=busy on:click=switch>
                        {tr("Load the page again")}
                    </button>
                </div>
            </Show>
        </div>
    }
}
