//! An answer: streamed, then in sections if it is a report; how sure the model was of each word; what can be done with it.

use crate::{
    actions::page::Page,
    language::{say, tr},
    model::{
        attention::ShownAttention,
        sections::{Section, sections},
        token_probability,
        turn::{Outcome, Status},
    },
    state::session::Session,
    views::icons::{Glyph, Icon},
};
use leptos::{prelude::*, task::spawn_local};
use std::ops::Range;
use wasm_bindgen_futures::JsFuture;

/// The answer of a turn.
#[component]
pub(crate) fn AnswerView(
    /// What came of the turn.
    outcome: RwSignal<Outcome>,
    /// How far it is.
    status: Memo<Status>,
    /// Asks once more.
    again: Callback<()>,
) -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let text = Memo::new(move |_| outcome.with(|outcome| outcome.text.clone()));
    let figures = move || outcome.with(|outcome| outcome.figures.clone());
    let ended = move || matches!(status.get(), Status::Done | Status::Stopped);
    let shaded = Memo::new(move |_| {
        session
            .preferences
            .settings
            .with(|settings| settings.show_token_probabilities)
    });
    let rated = Memo::new(move |_| outcome.with(|outcome| !outcome.token_probabilities.is_empty()));
    let copy = move |_| {
        let words = text.get_untracked();
        spawn_local(async move {
            // Without permission nothing is copied; the text can still be selected by hand.
            let _ = JsFuture::from(window().navigator().clipboard().write_text(&words)).await;
        });
    };
    let body = move || {
        let text = text.get();
        let shade = shaded.get();
        let show = move |part: Range<usize>| words(&text, outcome, part, shade);
        let parts = text_sections(outcome);
        match parts.as_slice() {
            [only] if only.heading.is_none() => show(0..usize::MAX),
            _ => parts
                .into_iter()
                .map(|part| {
                    view! {
                        <section class="part">
                            {part.heading.map(|heading| view! { <h3 class="part-head">{tr(heading)}</h3> })}
                            <p>{show(part.text)}</p>
                        </section>
                    }
                })
                .collect_view()
                .into_any(),
        }
    };
    view! {
        <div class="answer-row">
            <span class="who">{tr("Model")}</span>
            <div class="answer" lang="en" translate="no" data-testid="answer" data-state=move || status.get().name()>{body}</div>
            <Show when=move || shaded.get() && rated.get() && ended()>
                <p class="meta sure-note">{tr("The stronger the line, the likelier the model found the word; that does not make it true.")}</p>
            </Show>
            <Show when=ended>
                <div class="after">
                    <span class="meta">
                        {move || (status.get() == Status::Stopped).then(|| tr("Stopped. "))}
                        {figures}
                    </span>
                    <button class="plain" type="button" aria-label=tr("Copy the answer") title=tr("Copy") on:click=copy><Glyph icon=Icon::Copy /></button>
                    <button class="plain" type="button" aria-label=tr("Ask again") title=tr("Ask again") data-testid="again" on:click=move |_| again.run(())><Glyph icon=Icon::Again /></button>
                    <Show when=move || rated.get()>
                        <button
                            class="plain"
                            type="button"
                            aria-label=tr("How sure the model was")
                            title=tr("How sure the model was of each word")
                            aria-pressed=move || shaded.get().to_string()
                            data-testid="sure"
                            on:click=move |_| session.preferences.set(|settings| settings.show_token_probabilities = !settings.show_token_probabilities)
                        >
                            <Glyph icon=Icon::Underline />
                        </button>
                    </Show>
                    {looked(session, outcome)}
                </div>
            </Show>
        </div>
    }
}

fn text_sections(outcome: RwSignal<Outcome>) -> Vec<Section> {
    outcome.with_untracked(|outcome| sections(&outcome.text))
}

/// A part of an answer, with a line under each word where that is wanted.
fn words(text: &str, outcome: RwSignal<Outcome>, part: Range<usize>, shade: bool) -> AnyView {
    let part = part.start.min(text.len())..part.end.min(text.len());
    if !shade {
        return text.get(part).unwrap_or_default().to_owned().into_any();
    }
    let pieces = outcome.with_untracked(|outcome| {
        token_probability::pieces(text, &outcome.token_probabilities, part)
    });
    pieces
        .into_iter()
        .map(|(range, probability)| {
            let word = text.get(range).unwrap_or_default().to_owned();
            view! {
                <span class="sure" title=token_probability::words(probability) style=("--sure", token_probability::words(probability).replace(' ', ""))>{word}</span>
            }
        })
        .collect_view()
        .into_any()
}

/// A button for each image that the answer read: where it looked there.
fn looked(session: Session, outcome: RwSignal<Outcome>) -> impl IntoView {
    move || {
        let (read, attention) =
            outcome.with(|outcome| (outcome.read.clone(), outcome.attention.clone()));
        read.into_iter()
            .zip(attention)
            .filter_map(|(id, attention)| {
                let image = session.known_image(id)?;
                let title = say("Where it looked in {}", &[&image.name]);
                let here = ShownAttention {
                    image: id,
                    attention,
                };
                let mine = here.clone();
                let shown = Memo::new(move |_| {
                    session
                        .conversation
                        .attention
                        .with(|shown| shown.as_ref() == Some(&mine))
                });
                let act = move |_| {
                    if shown.get_untracked() {
                        session.conversation.attention.set(None);
                    } else {
                        session.images.turn_to(image.clone());
                        session.conversation.attention.set(Some(here.clone()));
                    }
                };
                Some(view! {
                    <button
                        class="plain"
                        type="button"
                        aria-label=title.clone()
                        title=title
                        aria-pressed=move || shown.get().to_string()
                        data-testid="looked"
                        on:click=act
                    >
                        <Glyph icon=Icon::Target />
                    </button>
                })
            })
            .collect_view()
    }
}
