//! How far a turn is that has not ended: in words, with a bar.

use crate::{
    actions::page::Page,
    language::{say, tr},
    model::{
        engine::EngineStatus,
        mode::Mode,
        turn::{Job, Status},
    },
    state::turn::Turn,
    views::bar::engine_text,
};
use leptos::prelude::*;

/// What is being done for a turn that is under way.
#[component]
pub(crate) fn ProgressLine(
    /// The turn.
    turn: Turn,
    /// How far it is.
    status: Memo<Status>,
) -> impl IntoView {
    let session = Page::of_context().session;
    let mode = turn.job.with_untracked(Job::mode);
    let id = turn.id;
    let attachments = RwSignal::from(turn.attachments);
    let outcome = RwSignal::from(turn.outcome.clone());
    // Words, and a share of 1 where there is one.
    let state = Memo::new(move |_| {
        if status.get() != Status::Streaming {
            return None;
        }
        let waits = session.conversation.busy.get() != Some(id);
        let (awaited, has_source) = attachments.with(|attachments| {
            let awaited = attachments.awaits.as_ref().map(|files| files.name.clone());
            (awaited, !attachments.sources.is_empty())
        });
        outcome.with(|outcome| {
            if !outcome.delivered && waits {
                return Some((tr("Waiting for the one before").to_owned(), None));
            }
            if let Some(name) = awaited {
                return Some((say("Waiting for the image {}", &[&name]), None));
            }
            if !outcome.delivered {
                let share = session.engine.state.with(engine_share);
                return Some((engine_text(session.engine), share));
            }
            if outcome.stopping {
                return Some((tr("Stopping").to_owned(), None));
            }
            if outcome.step_times.total > 0 {
                let share = outcome.step_times.done as f64 / outcome.step_times.total as f64;
                return Some((outcome.step_times.line(), Some(share)));
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

fn engine_share(state: &EngineStatus) -> Option<f64> {
    match state {
        EngineStatus::Loading { done, total, .. } if *total > 0 => {
            Some(*done as f64 / *total as f64)
        }
        _ => None,
    }
}
