//! Before the page is left or loaded again the browser asks, where something would be lost by it.

use crate::state::session::Session;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::BeforeUnloadEvent;

/// Has the browser ask as long as images are open or something was said.
pub(crate) fn ask_before(session: Session) {
    let ask = Closure::<dyn Fn(BeforeUnloadEvent)>::new(|event: BeforeUnloadEvent| {
        event.prevent_default();
        // Older browsers look at this instead.
        event.set_return_value("asks");
    });
    let ask = ask.into_js_value();
    Effect::new(move |_| {
        let listener = session.has_content().then(|| ask.unchecked_ref());
        // A listener that is always there would keep the page out of the browser's memory of pages to go back to.
        window().set_onbeforeunload(listener);
    });
}

/// Lets the page be loaded again without a question: the person was told what is gone then.
pub(crate) fn do_not_ask() {
    window().set_onbeforeunload(None);
}
