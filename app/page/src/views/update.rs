//! A new version of the site. It waits, because page and workers belong together: nothing changes under a person's
//! hands, and no answer is interrupted. A line says that it is there, and one button switches over.

use crate::{
    actions::{new_version::switch_over, page::Page},
    language::tr,
    model::new_version::NewVersion,
};
use leptos::{prelude::*, task::spawn_local};

/// The line that says so; nothing as long as there is no new version.
#[component]
pub(crate) fn UpdateLine() -> impl IntoView {
    let session = Page::of_context().session;
    let waits = move || session.engine.new_version.get() != NewVersion::None;
    let busy = move || session.conversation.busy.get().is_some();
    let words = move || match session.engine.new_version.get() {
        NewVersion::Held => {
            tr("Other tabs of this page are open. Close them first: one version runs at a time.")
        }
        _ => tr("A new version of this page is ready."),
    };
    let open = move || session.has_content();
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
