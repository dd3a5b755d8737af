//! The model manager: which models are known, what is kept of them, and what can be done with each.
//!
//! A worker of its own does the work and finds the words; here they are only shown.

use crate::{
    actions::{model_folder, page::Page},
    language::{fill, say, tr, tr_of},
    model::progress::rounded,
    state::engine::KnownModel,
    views::error_card::ErrorCard,
};
use leptos::{html, prelude::*};
use unimed_protocol::{ModelAction, ModelSource, Sentence};

/// All models, and the ways to add one.
#[component]
pub(crate) fn Models() -> impl IntoView {
    let page = Page::of_context();
    let manager = page.manager;
    let models = page.session.engine;
    manager.open();
    let address = NodeRef::<html::Input>::new();
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(address) = address.get_untracked() else {
            return;
        };
        if !address.value().trim().is_empty() {
            manager.add(ModelSource::Url(address.value()), None);
            address.set_value("");
        }
    };
    let choose =
        move |_| model_folder::choose(move |name, folder| manager.add_folder(name, folder));
    view! {
        <h3>{tr("Models")}</h3>
        {move || models.models_error.get().map(|user_error| view! { <ErrorCard user_error=user_error /> })}
        <ul class="models">
            <For each=move || models.known_models.get() key=|card| card.key children=move |card| view! { <ModelCard card=card /> } />
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
        <p class="meta" data-testid="storage">{move || sentence(&models.storage.get())}</p>
    }
}

#[component]
fn ModelCard(card: KnownModel) -> impl IntoView {
    let page = Page::of_context();
    let key = card.key;
    let entry = card.entry;
    let read = {
        let entry = entry.clone();
        move || entry.get()
    };
    // Buttons stay where they are while numbers change.
    let actions = Memo::new({
        let entry = entry.clone();
        move |_| {
            let entry = entry.get();
            let used = page.engine.model.get() == entry.place;
            (used, entry.place, entry.actions)
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
            {entry.lines.iter().map(|line| view! { <p class="meta">{sentence(line)}</p> }).collect_view()}
            <p data-testid="model-status">{sentence(&entry.status)}{left.map(|left| format!(", {left}"))}</p>
            {entry.share.map(|share| view! { <progress value=share max="1"></progress> })}
            {entry.user_error.map(|user_error| view! {
                <p class="warning" role="alert">{tr_of(user_error.what)}" "{tr_of(user_error.advice)}</p>
            })}
        }
    };
    let buttons = move || {
        let (used, place, actions) = actions.get();
        let button = |(action, label): (ModelAction, String)| {
            let place = place.clone();
            (!(used && action == ModelAction::Use)).then(|| view! {
                <button class="button" type="button" on:click=move |_| page.manager.act(key, action, &place)>
                    {tr_of(label)}
                </button>
            })
        };
        view! {
            {used.then(|| view! { <strong>{tr("In use")}</strong> })}
            {actions.into_iter().map(button).collect_view()}
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
fn sentence(sentence: &Sentence) -> String {
    let parts: Vec<&str> = sentence.parts.iter().map(String::as_str).collect();
    fill(&tr_of(sentence.words.clone()), &parts)
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
            for piece in program.split("Sentence::new(").skip(1) {
                let sentence = piece.trim_start().strip_prefix('"').expect("a literal");
                let sentence = sentence.split('"').next().expect("its end");
                assert!(table.contains_key(sentence), "not translated: {sentence}");
                found += 1;
            }
            for action in ["Use", "Keep", "Pause", "Verify", "Delete", "Forget"] {
                for piece in program.split(&format!("({action}, \"")).skip(1) {
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
        let counted = Sentence::new("{} of {}", ["1 MB".into(), "2 MB".into()]);
        assert_eq!(sentence(&counted), "1 MB of 2 MB");
    }
}
