//! The one way in which the page says that something went wrong: what happened, what to do, one button.

use crate::{
    actions::page::Page,
    language::{tr, tr_of},
    model::engine::EngineStatus,
    views::icons::{Glyph, Icon},
};
use leptos::prelude::*;
use unimed_protocol::{DeviceChoice, Remedy, UserError};

/// An error, where the action was.
#[component]
pub(crate) fn ErrorCard(
    /// What to say.
    user_error: UserError,
    /// Sends again what failed; without it there is no "Try again".
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
    /// What closing does; without it the card cannot be closed.
    #[prop(optional, into)]
    close: Option<Callback<()>>,
) -> impl IntoView {
    let page = Page::of_context();
    let UserError {
        what,
        advice,
        remedy,
    } = user_error;
    let button = label(remedy, retry.is_some()).map(|label| {
        // What failed is sent again once the engine runs again.
        let again = move || {
            if let Some(retry) = retry {
                retry.run(());
            }
        };
        // Another card may have started the engine meanwhile.
        let runs = move || {
            let state = page.session.engine.state;
            state.with(|state| !matches!(state, EngineStatus::Dead(_)))
        };
        let only_again = move || remedy == Remedy::Restart && retry.is_some() && runs();
        let act = move |_| match remedy {
            Remedy::None => {}
            Remedy::Restart if untrack(only_again) => again(),
            Remedy::Restart => {
                // What the engine failed over twice is not sent a third time by itself.
                let hopeless = page.engine.fails_again();
                page.engine.restart();
                if !hopeless {
                    again();
                }
            }
            Remedy::UseCpu => {
                page.engine.switch(DeviceChoice::Cpu);
                again();
            }
            Remedy::Retry | Remedy::WithoutImage => again(),
            Remedy::ChooseFile => page.choose_file(),
            Remedy::Reload => {
                // A browser that refuses to load a page again leaves the person where they are.
                let _ = window().location().reload();
            }
        };
        view! { <button class="button" type="button" on:click=act>
            {move || tr(if only_again() { "Try again" } else { label })}
        </button> }
    });
    let cross = close.map(|close| {
        view! {
            <button class="plain" type="button" aria-label=tr("Close this message") title=tr("Close") on:click=move |_| close.run(())>
                <Glyph icon=Icon::Close />
            </button>
        }
    });
    view! {
        <div class="trouble" role="alert" data-testid="error">
            <Glyph icon=Icon::Warning />
            <div class="trouble-text">
                <p class="trouble-what">{tr_of(what)}</p>
                <p class="trouble-advice">{tr_of(advice)}</p>
                {button}
            </div>
            {cross}
        </div>
    }
}

const fn label(remedy: Remedy, can_retry: bool) -> Option<&'static str> {
    match remedy {
        Remedy::None => None,
        Remedy::Restart => Some("Restart"),
        Remedy::UseCpu => Some("Use the CPU"),
        Remedy::Retry if can_retry => Some("Try again"),
        Remedy::Retry => None,
        Remedy::WithoutImage => Some("Send without an image"),
        Remedy::ChooseFile => Some("Choose another file"),
        Remedy::Reload => Some("Load the page again"),
    }
}
