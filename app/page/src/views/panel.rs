//! A panel over the page: about, model, device, ledger. The browser's own dialog keeps focus and Escape right.

use crate::{
    language::tr,
    model::panel::PanelKind,
    views::icons::{Glyph, Icon},
};
use leptos::{html, prelude::*};

/// One panel, shown while it is the open one.
#[component]
pub(crate) fn Panel(
    /// Which one this is.
    kind: PanelKind,
    /// Its heading.
    title: &'static str,
    /// Which one is open.
    open: RwSignal<Option<PanelKind>>,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let shown = Memo::new(move |_| open.get() == Some(kind));
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if shown.get() {
            if !dialog.open() && dialog.show_modal().is_err() {
                // Only a dialog outside the page is refused.
                open.set(None);
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    let on_close = move |_| {
        if open.get_untracked() == Some(kind) {
            open.set(None);
        }
    };
    view! {
        <dialog class="panel" class:wide={kind == PanelKind::Metadata} node_ref=dialog aria-label=title on:close=on_close>
            <header class="panel-head">
                <h2>{title}</h2>
                <button class="plain" type="button" aria-label=tr("Close") title=tr("Close (Esc)") on:click=move |_| open.set(None)>
                    <Glyph icon=Icon::Close />
                </button>
            </header>
            <div class="panel-body">
                <Show when=move || shown.get()>{children()}</Show>
            </div>
        </dialog>
    }
}
