//! The conversation: what was sent, what came back, in order.

use crate::{
    actions::page::Page,
    language::{say, tr},
    model::{
        engine::EngineStatus,
        image::OpenImage,
        mode::Mode,
        notes::name_and_notes,
        turn::{Job, Status},
    },
    state::turn::Turn,
    views::{
        answer::AnswerView,
        dependence::Dependence,
        error_card::ErrorCard,
        icons::{Glyph, Icon},
        painting::PaintedImage,
        progress_line::ProgressLine,
        thumbnails::draw_small,
    },
};
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
    // What was just sent is shown in any case; a trial stands with its answer, where the person looks already.
    Effect::new(move |_| {
        let trial = session
            .conversation
            .turns
            .with(|turns| turns.last().is_some_and(Turn::is_trial));
        if !trial {
            to_end();
        }
    });
    // What grows is followed, unless the person has scrolled up to read.
    Effect::new(move |_| {
        let latest = session
            .conversation
            .turns
            .with(|turns| turns.last().cloned());
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
    // Variations stand with the first of them, trials with their answer.
    let heads = move || {
        let mut turns = session.conversation.turns.get();
        turns.retain(|turn| {
            turn.attachments.with_untracked(|attachments| {
                attachments.first.is_none() && attachments.trial.is_none()
            })
        });
        turns
    };
    view! {
        <div class="turns" role="log" aria-live="polite" aria-label=tr("Questions and answers") tabindex="0" node_ref=list>
            <Notices />
            <StartError />
            <Show when=move || !session.conversation.turns.with(Vec::is_empty) fallback=|| view! { <Nothing /> }>
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
        .engine
        .capabilities
        .with_value(|found| found.notices().into_iter().find(|notice| notice.at_once));
    move || {
        notice
            .clone()
            .filter(|_| open.get())
            .map(|notice| view! { <ErrorCard user_error=notice.user_error close=close /> })
    }
}

/// Says so when the engine is dead and no turn says it already.
#[component]
fn StartError() -> impl IntoView {
    let session = Page::of_context().session;
    let is_in_turn = move || {
        session.conversation.turns.with(|turns| {
            turns
                .last()
                .is_some_and(|turn| turn.outcome.with(|outcome| outcome.user_error.is_some()))
        })
    };
    move || match session.engine.state.get() {
        EngineStatus::Dead(user_error) if !is_in_turn() => {
            Some(view! { <ErrorCard user_error=user_error /> })
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
        session.conversation.turns.with(|turns| {
            let others = turns
                .iter()
                .filter(|turn| turn.attachments().first == Some(id));
            others.map(|turn| turn.id).collect::<Vec<_>>()
        })
    });
    let all = {
        let turn = turn.clone();
        move || {
            let others = variations
                .get()
                .into_iter()
                .filter_map(|id| session.conversation.turn(id));
            std::iter::once(turn.clone())
                .chain(others)
                .collect::<Vec<_>>()
        }
    };
    let attachments = turn.attachments();
    let follows = (!attachments.earlier.is_empty()).then(|| tr(" (follow-up)"));
    let kept = attachments.as_saved.then(|| tr(" (from a file)"));
    let edit = {
        let turn = turn.clone();
        move |_| page.edit(&turn)
    };
    // The image that the words wait for comes later.
    let attachments = RwSignal::from(turn.attachments);
    let sources = move || {
        let sources = attachments.get().sources.into_iter();
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
    let user_error = Memo::new(move |_| outcome.with(|outcome| outcome.user_error.clone()));
    let kept = StoredValue::new(turn.clone());
    let again = Callback::new(move |()| page.again(&kept.get_value()));
    let retry = Callback::new(move |()| {
        let turn = kept.get_value();
        if user_error.with_untracked(
            |user_error| matches!(user_error, Some(user_error) if user_error.remedy == Remedy::WithoutImage),
        ) {
            page.again_without(&turn);
        } else {
            page.again(&turn);
        }
    });
    view! {
        <div class="outcome" aria-busy=move || (status.get() == Status::Streaming).to_string()>
            {match mode {
                Mode::Ask => view! {
                    <AnswerView outcome=outcome status=status again=again />
                    <Dependence turn=turn.clone() status=status />
                }.into_any(),
                Mode::Make => view! { <PaintedImage turn=turn.clone() status=status /> }.into_any(),
            }}
            <ProgressLine turn=turn status=status />
            {move || user_error.get().map(|user_error| view! { <ErrorCard user_error=user_error retry=retry /> })}
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
