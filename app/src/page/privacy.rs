//! The line at the bottom: requests that were really made since an image was opened, and what this page is not for.

use super::{
    Page,
    icons::{Glyph, Icon},
    panel::PanelKind,
};
use leptos::prelude::*;
use unimed_protocol::{RequestKind, RequestRecord};

/// The bottom bar.
#[component]
pub(crate) fn PrivacyLine() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let text = Memo::new(move |_| {
        if !crate::ledger::can_count() {
            return "This browser cannot count requests; the policy of the page still forbids all but its own files.".to_owned();
        }
        session.requests.with(|requests| line(requests, session.opened_at_ms.get()))
    });
    view! {
        <footer class="foot">
            <button class="foot-line" type="button" title="Show every request" on:click=move |_| page.panel.set(Some(PanelKind::Ledger))>
                <Glyph icon=Icon::Shield />
                <span data-testid="privacy">{move || text.get()}</span>
            </button>
            <span class="foot-warning">"Not for clinical use"</span>
        </footer>
    }
}

/// What the line says for these requests.
fn line(requests: &[RequestRecord], opened_at_ms: Option<f64>) -> String {
    let count = |kind: RequestKind, after: f64| {
        requests.iter().filter(|record| record.kind == kind && record.at_ms >= after).count()
    };
    let Some(opened) = opened_at_ms else {
        return "Private: what you open stays on this device".to_owned();
    };
    let others = count(RequestKind::Page, opened) + count(RequestKind::Other, opened);
    let (model, late) = (count(RequestKind::Model, 0.0), count(RequestKind::Model, opened));
    let requests = if others == 1 { "request" } else { "requests" };
    let when = match late {
        0 => "all before the image".to_owned(),
        late => format!("{late} after the image"),
    };
    format!("Private: {others} {requests} since an image was opened; model files: {model}, {when}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: RequestKind, at_ms: f64) -> RequestRecord {
        RequestRecord { at_ms, url: String::new(), received_bytes: 0.0, initiator: String::new(), kind }
    }

    #[test]
    fn requests_are_counted_from_the_moment_an_image_is_open() {
        let requests = [
            record(RequestKind::Page, 1.0),
            record(RequestKind::Model, 2.0),
            record(RequestKind::Model, 3.0),
            record(RequestKind::Refused, 9.0),
        ];
        assert_eq!(line(&requests, None), "Private: what you open stays on this device");
        assert_eq!(
            line(&requests, Some(5.0)),
            "Private: 0 requests since an image was opened; model files: 2, all before the image"
        );
        assert_eq!(
            line(&requests, Some(1.0)),
            "Private: 1 request since an image was opened; model files: 2, 2 after the image"
        );
    }
}
