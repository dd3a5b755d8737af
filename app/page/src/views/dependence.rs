//! Whether an answer depends on its image: a button under it, and what came of asking with the image taken away or changed.

use crate::{
    actions::page::Page,
    language::{say, tr},
    model::{
        token_probability,
        trial::{Change, Verdict, likelihood, same_answer},
        turn::{Job, Outcome, Status},
    },
    state::turn::Turn,
    views::{error_card::ErrorCard, progress_line::ProgressLine},
};
use leptos::prelude::*;
use unimed_protocol::{JobId, UserError};

/// The button and the trials of an answer; nothing under one that is about no image.
#[component]
pub(crate) fn Dependence(
    /// The answer.
    turn: Turn,
    /// How far it is.
    status: Memo<Status>,
) -> impl IntoView {
    let page = Page::of_context();
    let conversation = page.session.conversation;
    let id = turn.id;
    let turn = StoredValue::new(turn);
    let answer = turn.with_value(|turn| RwSignal::from(turn.outcome.clone()));
    let offered = Memo::new(move |_| {
        let said = answer.with(|outcome| !outcome.text.trim().is_empty());
        status.get() == Status::Done && said && page.is_about_image(&turn.get_value())
    });
    let trials = Memo::new(move |_| {
        conversation.turns.track();
        conversation.trials_of(id)
    });
    let open = RwSignal::new(!trials.with_untracked(Vec::is_empty));
    let refused = RwSignal::new(None::<UserError>);
    let ask = move || refused.set(page.try_without_image(&turn.get_value()).err());
    let press = move |_| {
        let left = !page.trials_left(&turn.get_value()).is_empty();
        if left && conversation.busy.get_untracked().is_none() {
            open.set(true);
            ask();
        } else if !trials.with_untracked(Vec::is_empty) {
            open.update(|open| *open = !*open);
        }
    };
    let retry = Callback::new(move |()| ask());
    let verdict = move || verdict(page, &trials.get(), &answer.get().text);
    let by_chance = turn.with_value(|turn| {
        turn.job.with_untracked(
            |job| matches!(job, Job::Ask { settings, .. } if settings.temperature.is_some()),
        )
    });
    view! {
        <Show when=move || offered.get()>
            <div class="dependence">
                <button class="suggestion" type="button" aria-expanded=move || open.get().to_string() data-testid="depends" on:click=press>
                    {tr("Does it depend on the image?")}
                </button>
                <Show when=move || open.get()>
                    {move || refused.get().map(|user_error| view! { <ErrorCard user_error=user_error /> })}
                    <Show when=move || trials.with(|trials| !trials.is_empty())>
                        {move || verdict().map(|verdict| view! { <p data-testid="verdict">{tr(verdict.sentence())}</p> })}
                        <ul class="trials">
                            <li class="trial">
                                <span class="trial-name">{tr("As asked")}</span>
                                {move || bar(&answer.get())}
                            </li>
                            {move || {
                                let rows = trials.get().into_iter().filter_map(|(change, id)| {
                                    let trial = conversation.turn(id)?;
                                    Some(view! { <TrialRow trial=trial change=change answer=answer retry=retry /> })
                                });
                                rows.collect_view()
                            }}
                        </ul>
                        <p class="meta">
                            {tr("The bars: how likely the model found the words of each answer (mean of the tokens). That does not make them true.")}
                            {by_chance.then(|| tr(" Words are drawn by chance at this temperature, so an answer can also change by itself."))}
                        </p>
                    </Show>
                </Show>
            </div>
        </Show>
    }
}

/// What the trials without a picture say, once both are done; follows changes.
fn verdict(page: Page, trials: &[(Change, JobId)], answer: &str) -> Option<Verdict> {
    let same = |wanted| {
        let (_, id) = trials.iter().find(|(change, _)| *change == wanted)?;
        let trial = page.session.conversation.turn(*id)?;
        trial.outcome.with(|outcome| {
            (outcome.status == Status::Done).then(|| same_answer(&outcome.text, answer))
        })
    };
    Some(Verdict::of(same(Change::Without)?, same(Change::Blank)?))
}

/// One trial: what was done to the image, what the model says then, how likely it found that.
#[component]
fn TrialRow(
    trial: Turn,
    change: Change,
    answer: RwSignal<Outcome>,
    retry: Callback<()>,
) -> impl IntoView {
    let outcome = RwSignal::from(trial.outcome.clone());
    let status = Memo::new(move |_| outcome.with(|outcome| outcome.status));
    let user_error = Memo::new(move |_| outcome.with(|outcome| outcome.user_error.clone()));
    let instead = trial
        .attachments()
        .sources
        .first()
        .map(|image| image.name.clone());
    let name = say(change.name(), &[&instead.unwrap_or_default()]);
    let said = move || {
        let outcome = outcome.get();
        match outcome.status {
            Status::Done if same_answer(&outcome.text, &answer.get().text) => {
                view! { <span class="meta">{tr("the same answer")}</span> }.into_any()
            }
            Status::Done => view! {
                <span><span class="changed">{tr("changed: ")}</span><span lang="en" translate="no">{outcome.text}</span></span>
            }
            .into_any(),
            Status::Stopped => view! { <span class="meta">{tr("Stopped. ")}</span> }.into_any(),
            Status::Streaming | Status::Error => ().into_any(),
        }
    };
    view! {
        <li class="trial" data-testid="trial" data-state=move || status.get().name()>
            <span class="trial-name">{name}</span>
            {move || (status.get() == Status::Done).then(|| bar(&outcome.get()))}
            <span class="trial-said">{said}</span>
            <ProgressLine turn=trial status=status />
            {move || user_error.get().map(|user_error| view! { <ErrorCard user_error=user_error retry=retry /> })}
        </li>
    }
}

/// How likely the model found an answer: a bar, and the same in words.
fn bar(outcome: &Outcome) -> impl IntoView + use<> {
    likelihood(&outcome.token_probabilities).map(|share| {
        let words = token_probability::words(share);
        let length = words.replace(' ', "");
        view! {
            <span class="likely" aria-hidden="true"><span style=("width", length)></span></span>
            <span class="meta numbers">{words}</span>
        }
    })
}
