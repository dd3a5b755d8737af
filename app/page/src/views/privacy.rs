//! The line at the bottom: requests that were really made since an image was opened, and what this page is not for.

use crate::{
    actions::page::Page,
    language::{say, tr},
    model::panel::PanelKind,
    views::icons::{Glyph, Icon},
};
use leptos::prelude::*;
use unimed_protocol::{RequestKind, RequestRecord};

/// The bottom bar.
#[component]
pub(crate) fn PrivacyLine() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let text = Memo::new(move |_| {
        if !unimed_web::requests::can_count() {
            let cannot = tr("This browser cannot count requests");
            let still = tr("; the policy of the page still forbids all but its own files");
            return (cannot.to_owned(), still.to_owned());
        }
        session
            .engine
            .requests
            .with(|requests| line(requests, session.images.opened_at_ms.get()))
    });
    view! {
        <footer class="foot">
            <button class="foot-line" type="button" title=tr("Show every request") on:click=move |_| page.panel.set(Some(PanelKind::Ledger))>
                <Glyph icon=Icon::Shield />
                <span data-testid="privacy">
                    {move || text.get().0}<span class="foot-more">{move || text.get().1}</span>
                </span>
            </button>
            <span class="foot-warning">{tr("Not for clinical use")}</span>
        </footer>
    }
}

/// What the line says for these requests, and what it adds where there is room.
fn line(requests: &[RequestRecord], opened_at_ms: Option<f64>) -> (String, String) {
    let count = |kind: RequestKind, after: f64| {
        requests
            .iter()
            .filter(|record| record.kind == kind && record.at_ms >= after)
            .count()
    };
    let Some(opened) = opened_at_ms else {
        return (
            tr("Private: what you open stays on this device").to_owned(),
            String::new(),
        );
    };
    let (own, foreign) = (
        count(RequestKind::Page, opened),
        count(RequestKind::Other, opened),
    );
    let sentence = if own + foreign == 1 {
        "Private: {} request since an image was opened"
    } else {
        "Private: {} requests since an image was opened"
    };
    let first = say(sentence, &[&(own + foreign).to_string()]);
    let mut more = match (own, foreign) {
        (0, 0) => String::new(),
        (_, 0) => tr(", all for files of this page").to_owned(),
        (_, foreign) => say(", {} of them to other places", &[&foreign.to_string()]),
    };
    match (
        count(RequestKind::Model, 0.0),
        count(RequestKind::Model, opened),
    ) {
        (0, _) => {}
        (model, 0) => more += &say("; {} for the model, all before it", &[&model.to_string()]),
        (model, late) => {
            more += &say(
                "; {} for the model, {} of them after it",
                &[&model.to_string(), &late.to_string()],
            );
        }
    }
    (first, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: RequestKind, at_ms: f64) -> RequestRecord {
        RequestRecord {
            at_ms,
            url: String::new(),
            received_bytes: 0.0,
            initiator: String::new(),
            kind,
        }
    }

    #[test]
    fn requests_are_counted_from_the_moment_an_image_is_open() {
        let requests = [
            record(RequestKind::Page, 1.0),
            record(RequestKind::Model, 2.0),
            record(RequestKind::Model, 3.0),
            record(RequestKind::Refused, 9.0),
        ];
        let pair = |first: &str, more: &str| (first.to_owned(), more.to_owned());
        assert_eq!(
            line(&requests, None),
            pair("Private: what you open stays on this device", "")
        );
        assert_eq!(
            line(&requests, Some(5.0)),
            pair(
                "Private: 0 requests since an image was opened",
                "; 2 for the model, all before it"
            )
        );
        assert_eq!(
            line(&requests, Some(1.0)),
            pair(
                "Private: 1 request since an image was opened",
                ", all for files of this page; 2 for the model, 2 of them after it"
            )
        );
        assert_eq!(line(&requests[..1], Some(5.0)).1, "");
    }
}
