//! The conversation: what was sent, what came back, in order.

use super::{
    Page,
    answer::AnswerView,
    bar::engine_text,
    errors::TroubleCard,
    icons::{Glyph, Icon},
    painted::Painting,
    state::{EngineState, Mode, OpenImage},
    thumbnails::draw_small,
    turn::{Job, Status, Turn},
    viewer::notes::name_and_notes,
};
use crate::language::{say, tr};
use leptos::{html, prelude::*};
use unimed_protocol::Remedy;

/// How far from its end the conversation may be scrolled and still follows what comes, in pixels.
const FOLLOW_WITHIN_PX: i32 = 160;

/// All turns, oldest first.
#[component]
pub(crate) fn Conversation() -> impl IntoView {
    let session = Page::of_context().session;
    let list = NodeRef::<html::Div>::new();
    let to_end = move || {
        if let Some(list) = list.get_untracked() {
            request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
        }
    };
    // What was just sent is shown in any case.
    Effect::new(move |_| {
        session.turns.track();
        to_end();
    });
    // What grows is followed, unless the person has scrolled up to read.
    Effect::new(move |_| {
        let latest = session.turns.with(|turns| turns.last().cloned());
        let Some(latest) = latest else { return };
        latest.outcome.track();
        let Some(list) = list.get_untracked() else {
            return;
        };
        let below = list.scroll_height() - list.scroll_top() - list.client_height();
        if below < FOLLOW_WITHIN_PX {
            to_end();
        }
    });
    // Variations stand with the first of them.
    let heads = move || {
        let mut turns = session.turns.get();
        turns.retain(|turn| turn.along.with_untracked(|along| along.first.is_none()));
        turns
    };
    view! {
        <div class="turns" role="log" aria-live="polite" aria-label=tr("Questions and answers") tabindex="0" node_ref=list>
            <Notices />
            <StartTrouble />
            <Show when=move || !session.turns.with(Vec::is_empty) fallback=|| view! { <Nothing /> }>
                <For each=heads key=|turn| turn.id let:turn>
                    <TurnView turn=turn />
                </For>
            </Show>
        </div>
    }
}

/// Before anything was said.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-head">{tr("Ask about an image, or make one.")}</p>
            <p>{tr("Open an image and type a question below. Or choose Make and describe the image that you want.")}</p>
            <p class="meta">{tr("Answers and images come from a model that runs on this device. It knows the kinds of images that it was trained on and guesses about others; all of it can be wrong.")}</p>
        </div>
    }
}

/// What the person should know about this browser or address from the start.
#[component]
fn Notices() -> impl IntoView {
    let session = Page::of_context().session;
    let open = RwSignal::new(true);
    let close = Callback::new(move |()| open.set(false));
    let notice = session
        .surroundings
        .with_value(|found| found.notices().into_iter().find(|notice| notice.at_once));
    move || {
        notice
            .clone()
            .filter(|_| open.get())
            .map(|notice| view! { <TroubleCard trouble=notice.trouble close=close /> })
    }
}

/// Says so when the engine is dead and no turn says it already.
#[component]
fn StartTrouble() -> impl IntoView {
    let session = Page::of_context().session;
    let said_in_turn = move || {
        session.turns.with(|turns| {
            turns
                .last()
                .is_some_and(|turn| turn.outcome.with(|outcome| outcome.trouble.is_some()))
        })
    };
    move || match session.engine.get() {
        EngineState::Dead(trouble) if !said_in_turn() => {
            Some(view! { <TroubleCard trouble=trouble /> })
        }
        _ => None,
    }
}

/// A turn, or all variations of one description.
#[component]
fn TurnView(turn: Turn) -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let id = turn.id;
    let mode = turn.job.with_untracked(Job::mode);
    let words = turn.job.with_untracked(|job| job.words().to_owned());
    let variations = Memo::new(move |_| {
        session.turns.with(|turns| {
            let others = turns.iter().filter(|turn| turn.along().first == Some(id));
            others.map(|turn| turn.id).collect::<Vec<_>>()
        })
    });
    let all = {
        let turn = turn.clone();
        move || {
            let others = variations
                .get()
                .into_iter()
                .filter_map(|id| session.turn(id));
            std::iter::once(turn.clone())
                .chain(others)
                .collect::<Vec<_>>()
        }
    };
    let along = turn.along();
    let follows = (!along.earlier.is_empty()).then(|| tr(" (follow-up)"));
    let kept = along.as_saved.then(|| tr(" (from a file)"));
    let edit = {
        let turn = turn.clone();
        move |_| page.edit(&turn)
    };
    // The image that the words wait for comes later.
    let along = RwSignal::from(turn.along);
    let sources = move || {
        let sources = along.get().sources.into_iter();
        sources
            .map(|image| view! { <SourceThumb image=image /> })
            .collect_view()
    };
    view! {
        <article class="turn">
            <div class="said">
                {sources}
                <p class="said-words">
                    <span class="who">{if mode == Mode::Ask { tr("You ask") } else { tr("You make") }}{follows}{kept}</span>
                    <span translate="no">{words}</span>
                </p>
                <button class="plain" type="button" aria-label=tr("Edit and send again") title=tr("Edit and send again") data-testid="edit" on:click=edit><Glyph icon=Icon::Pencil /></button>
            </div>
            <div class="outcomes" class:grid=move || variations.with(|list| !list.is_empty())>
                <For each=all key=|turn| turn.id let:turn><OutcomeView turn=turn /></For>
            </div>
        </article>
    }
}

/// What came of one turn.
#[component]
fn OutcomeView(turn: Turn) -> impl IntoView {
    let page = Page::of_context();
    let outcome = RwSignal::from(turn.outcome.clone());
    let mode = turn.job.with_untracked(Job::mode);
    let status = Memo::new(move |_| outcome.with(|outcome| outcome.status));
    let trouble = Memo::new(move |_| outcome.with(|outcome| outcome.trouble.clone()));
    let kept = StoredValue::new(turn.clone());
    let again = Callback::new(move |()| page.again(&kept.get_value()));
    let retry = Callback::new(move |()| {
        let turn = kept.get_value();
        if trouble.with_untracked(
            |trouble| matches!(trouble, Some(trouble) if trouble.remedy == Remedy::WithoutImage),
        ) {
            page.again_without(&turn);
        } else {
            page.again(&turn);
        }
    });
    view! {
        <div class="outcome" aria-busy=move || (status.get() == Status::Streaming).to_string()>
            {match mode {
                Mode::Ask => view! { <AnswerView outcome=outcome status=status again=again /> }.into_any(),
                Mode::Make => view! { <Painting turn=turn.clone() status=status /> }.into_any(),
            }}
            <ProgressLine turn=turn status=status />
            {move || trouble.get().map(|trouble| view! { <TroubleCard trouble=trouble retry=retry /> })}
        </div>
    }
}

#[component]
fn SourceThumb(image: OpenImage) -> impl IntoView {
    let id = image.id;
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            draw_small(id, &canvas);
        }
    });
    view! { <canvas class="said-thumb" node_ref=canvas width="72" height="72" role="img" aria-label=say("About {}", &[&image.name]) title=name_and_notes(&image)></canvas> }
}

/// What is being done for a turn that is under way.
#[component]
fn ProgressLine(turn: Turn, status: Memo<Status>) -> impl IntoView {
    let session = Page::of_context().session;
    let mode = turn.job.with_untracked(Job::mode);
    let id = turn.id;
    let along = RwSignal::from(turn.along);
    let outcome = RwSignal::from(turn.outcome.clone());
    // Words, and a share of 1 where there is one.
    let state = Memo::new(move |_| {
        if status.get() != Status::Streaming {
            return None;
        }
        let waits = session.busy.get() != Some(id);
        let (awaited, has_source) = along.with(|along| {
            let awaited = along.awaits.as_ref().map(|files| files.name.clone());
            (awaited, !along.sources.is_empty())
        });
        outcome.with(|outcome| {
            if !outcome.delivered && waits {
                return Some((tr("Waiting for the one before").to_owned(), None));
            }
            if let Some(name) = awaited {
                return Some((say("Waiting for the image {}", &[&name]), None));
            }
            if !outcome.delivered {
                return session
                    .engine
                    .with(|engine| Some((engine_text(engine), engine_share(engine))));
            }
            if outcome.pace.total > 0 {
                let share = outcome.pace.done as f64 / outcome.pace.total as f64;
                return Some((outcome.pace.line(), Some(share)));
            }
            match (mode, has_source) {
                (Mode::Ask, _) if !outcome.text.is_empty() => None,
                (_, true) => Some((tr("Looking at the image").to_owned(), None)),
                (_, false) => Some((tr("Reading your words").to_owned(), None)),
            }
        })
    });
    move || {
        state.get().map(|(words, share)| {
            view! {
                <div class="progress" data-testid="progress">
                    {share.map_or_else(
                        || view! { <progress aria-label=tr("Progress")></progress> }.into_any(),
                        |share| view! { <progress aria-label=tr("Progress") max="1" value=share.to_string()></progress> }.into_any(),
                    )}
                    <span class="numbers">{words}</span>
                </div>
            }
        })
    }
}

fn engine_share(state: &EngineState) -> Option<f64> {
    match state {
        EngineState::Loading { done, total, .. } if *total > 0 => {
            Some(*done as f64 / *total as f64)
        }
        _ => None,
    }
}
