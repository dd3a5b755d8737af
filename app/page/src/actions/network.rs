//! Whether there is a network, as far as the browser knows.

use crate::{actions::service_worker::listen, state::session::Session};
use leptos::prelude::*;

/// Keeps the session told, for as long as the page lives.
pub(crate) fn watch(session: Session) {
    let look = move || {
        session.engine.online.set(window().navigator().on_line());
    };
    look();
    listen(&window(), "online", look);
    listen(&window(), "offline", look);
}
