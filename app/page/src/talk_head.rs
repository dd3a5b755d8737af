//! Above the conversation, once there is one: save it, or begin anew.

use super::{
    Page,
    icons::{Glyph, Icon},
    saved::{self, Kind},
};
use crate::language::tr;
use leptos::prelude::*;

/// The line above the conversation.
#[component]
pub(crate) fn TalkHead() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let any = move || session.turns.with(|turns| !turns.is_empty());
    let busy = move || session.busy.get().is_some();
    let save = move |kind: Kind| move |_| saved::save(page, kind);
    view! {
        <Show when=any>
            <div class="talk-head" role="group" aria-label=tr("This conversation")>
                <Glyph icon=Icon::Save />
                <span class="meta">{tr("Save as")}</span>
                <button class="button" type="button" title=tr("A web page with all images and settings, for reading") data-testid="save-html" on:click=save(Kind::Html)>"HTML"</button>
                <button class="button" type="button" title=tr("Markdown with all images and settings, for notes") data-testid="save-markdown" on:click=save(Kind::Markdown)>"Markdown"</button>
                <button class="button" type="button" title=tr("JSON, to be opened here again") data-testid="save-json" on:click=save(Kind::Json)>"JSON"</button>
                <span class="spring"></span>
                <button
                    class="plain"
                    type="button"
                    aria-label=tr("New conversation")
                    title=tr("New conversation; this one is forgotten")
                    data-testid="clear"
                    disabled=busy
                    on:click=move |_| session.clear_turns()
                >
                    <Glyph icon=Icon::Bin />
                </button>
            </div>
        </Show>
    }
}
