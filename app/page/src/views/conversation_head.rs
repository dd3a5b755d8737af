//! Above the conversation, once there is one: save it, or begin anew.

use crate::{
    actions::{
        close::clear_conversation,
        page::Page,
        saved::{self, Kind},
    },
    language::tr,
    views::{
        burned_in::BurnedInWarning,
        icons::{Glyph, Icon},
    },
};
use leptos::prelude::*;

/// The line above the conversation.
#[component]
pub(crate) fn ConversationHead() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let any = move || session.conversation.turns.with(|turns| !turns.is_empty());
    let busy = move || session.conversation.busy.get().is_some();
    let names = RwSignal::new(false);
    let asked = RwSignal::new(false);
    let forget = move |_| {
        if asked.get_untracked() {
            page.burned_in.choose(None);
            clear_conversation(session);
        }
        asked.update(|asked| *asked = !*asked);
    };
    let save = move |kind: Kind| move |_| saved::save(page, kind, names.get_untracked());
    view! {
        <Show when=any>
            <div class="talk-head" role="group" aria-label=tr("This conversation")>
                <Glyph icon=Icon::Save />
                <span class="meta">{tr("Save as")}</span>
                <button class="button" type="button" title=tr("A web page with all images and settings, for reading") data-testid="save-html" on:click=save(Kind::Html)>"HTML"</button>
                <button class="button" type="button" title=tr("Markdown with all images and settings, for notes") data-testid="save-markdown" on:click=save(Kind::Markdown)>"Markdown"</button>
                <button class="button" type="button" title=tr("JSON, to be opened here again") data-testid="save-json" on:click=save(Kind::Json)>"JSON"</button>
                <label class="meta" title=tr("Write the names of files and series into it, too; they may say who the patient is")>
                    <input
                        type="checkbox"
                        data-testid="save-names"
                        prop:checked=names
                        on:change=move |event| names.set(event_target_checked(&event))
                    />
                    {tr("Names")}
                </label>
                <span class="spring"></span>
                <button
                    class="plain"
                    type="button"
                    aria-label=move || tr(if asked.get() { "Forget it?" } else { "New conversation" })
                    title=tr("New conversation; this one is forgotten")
                    data-testid="clear"
                    disabled=busy
                    on:click=forget
                    on:blur=move |_| asked.set(false)
                >
                    <Glyph icon=Icon::Bin />
                    {move || asked.get().then(|| tr("Forget it?"))}
                </button>
            </div>
            <BurnedInWarning />
        </Show>
    }
}
