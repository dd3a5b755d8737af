//! The model manager: which models are known, what is kept of them, and what can be done with each.
//!
//! A worker of its own does the work and finds the words ([`link`]); here they are only shown.

mod folder;
pub(crate) mod link;

use super::{
    Page,
    errors::TroubleCard,
    language::{fill, say, tr, tr_of},
    progress::rounded,
};
use leptos::{html, prelude::*};
use link::Card;
use unimed_protocol::{ModelDeed, ModelPlace, Said};

/// All models, and the ways to add one.
#[component]
pub(crate) fn Models() -> impl IntoView {
    let page = Page::of_context();
    let manager = page.manager;
    manager.open(page);
    let address = NodeRef::<html::Input>::new();
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(address) = address.get_untracked() else {
            return;
        };
        if !address.value().trim().is_empty() {
            manager.add(ModelPlace::Url(address.value()), None);
            address.set_value("");
        }
    };
    let choose = move |_| folder::choose(move |name, folder| manager.add_folder(name, folder));
    view! {
        <h3>{tr("Models")}</h3>
        {move || manager.trouble.get().map(|trouble| view! { <TroubleCard trouble=trouble /> })}
        <ul class="models">
            <For each=move || manager.cards.get() key=|card| card.key children=move |card| view! { <ModelCard card=card /> } />
        </ul>
        <form class="add" on:submit=add>
            <input
                type="url"
                node_ref=address
                aria-label=tr("Address of a model's manifest")
                placeholder="https://.../manifest.json"
                data-testid="model-address"
            />
            <button class="button" type="submit">{tr("Add")}</button>
            <button class="button" type="button" data-testid="model-folder" on:click=choose>{tr("Choose a folder")}</button>
        </form>
        <p class="meta" data-testid="storage">{move || said(&manager.storage.get())}</p>
    }
}

#[component]
fn ModelCard(card: Card) -> impl IntoView {
    let page = Page::of_context();
    let key = card.key;
    let entry = card.entry;
    let read = {
        let entry = entry.clone();
        move || entry.get()
    };
    // Buttons stay where they are while numbers change.
    let deeds = Memo::new({
        let entry = entry.clone();
        move |_| {
            let entry = entry.get();
            let used = page.engine.model.get() == entry.place;
            (used, entry.place, entry.deeds)
        }
    });
    let state = {
        let read = read.clone();
        move || read().state
    };
    let body = move || {
        let entry = read();
        let left = entry
            .left_s
            .map(|seconds| say("{} left", &[&rounded(seconds)]));
        view! {
            <h4>{entry.name}</h4>
            {entry.lines.iter().map(|line| view! { <p class="meta">{said(line)}</p> }).collect_view()}
            <p data-testid="model-status">{said(&entry.status)}{left.map(|left| format!(", {left}"))}</p>
            {entry.share.map(|share| view! { <progress value=share max="1"></progress> })}
            {entry.trouble.map(|trouble| view! {
                <p class="warning" role="alert">{tr_of(trouble.what)}" "{tr_of(trouble.advice)}</p>
            })}
        }
    };
    let buttons = move || {
        let (used, place, deeds) = deeds.get();
        let button = |(deed, label): (ModelDeed, String)| {
            let place = place.clone();
            (!(used && deed == ModelDeed::Use)).then(|| view! {
                <button class="button" type="button" on:click=move |_| page.manager.act(page, key, deed, &place)>
                    {tr_of(label)}
                </button>
            })
        };
        view! {
            {used.then(|| view! { <strong>{tr("In use")}</strong> })}
            {deeds.into_iter().map(button).collect_view()}
        }
    };
    view! {
        <li class="model" data-testid="model-card" data-state=state>
            {body}
            <p class="deeds">{buttons}</p>
        </li>
    }
}

/// A sentence of the worker in the page's language.
fn said(said: &Said) -> String {
    let parts: Vec<&str> = said.parts.iter().map(String::as_str).collect();
    fill(&tr_of(said.words.clone()), &parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Everything that the worker may say lies in these.
    const WORKER: [&str; 4] = [
        include_str!("../../../models-worker/src/models.rs"),
        include_str!("../../../models-worker/src/no_room.rs"),
        include_str!("../../../models-worker/src/entry.rs"),
        include_str!("../../../models-worker/src/plan.rs"),
    ];

    #[test]
    fn every_sentence_of_the_worker_is_translated() {
        let groups: HashMap<String, HashMap<String, String>> =
            serde_json::from_str(include_str!("../../../../public/words/zh.json"))
                .expect("groups of words");
        let table = &groups["words"];
        let mut found = 0;
        for source in WORKER {
            let program = source.split("#[cfg(test)]").next().expect("a program");
            for piece in program.split("Said::new(").skip(1) {
                let sentence = piece.trim_start().strip_prefix('"').expect("a literal");
                let sentence = sentence.split('"').next().expect("its end");
                assert!(table.contains_key(sentence), "not translated: {sentence}");
                found += 1;
            }
            for deed in ["Use", "Keep", "Pause", "Verify", "Delete", "Forget"] {
                for piece in program.split(&format!("({deed}, \"")).skip(1) {
                    let label = piece.split('"').next().expect("its end");
                    assert!(table.contains_key(label), "not translated: {label}");
                    found += 1;
                }
            }
        }
        assert!(found > 30, "{found}");
    }

    #[test]
    fn gaps_of_a_sentence_are_filled() {
        let sentence = Said::new("{} of {}", ["1 MB".into(), "2 MB".into()]);
        assert_eq!(said(&sentence), "1 MB of 2 MB");
    }
}
