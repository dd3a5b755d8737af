//! What the person has set, and the language that the page speaks.

use crate::{
    language::{self, Language},
    model::settings::{Settings, Theme},
    state::stored_settings,
};
use leptos::{prelude::*, task::spawn_local};

/// The person's preferences. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preferences {
    /// What the person set.
    pub(crate) settings: RwSignal<Settings>,
    /// The language that the page speaks.
    pub(crate) spoken: RwSignal<Language>,
}

impl Preferences {
    /// Those of a fresh visit.
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            spoken: RwSignal::new(language::first(settings.language.as_deref())),
            settings: RwSignal::new(settings),
        }
    }

    /// Changes the settings and keeps them.
    pub(crate) fn set(self, change: impl FnOnce(&mut Settings)) {
        self.settings.update(change);
        self.settings.with_untracked(stored_settings::store);
    }

    /// Speaks another language from now on.
    pub(crate) fn speak(self, language: Language) {
        self.set(|settings| settings.language = Some(language.tag.to_owned()));
        spawn_local(async move {
            let words = language::fetch(language).await;
            // Another one may have been chosen while the words were on their way.
            let wanted = |settings: &Settings| settings.language.as_deref() == Some(language.tag);
            if self.settings.with_untracked(wanted) {
                self.spoken.set(language::speak(language, words));
            }
        });
    }

    /// Switches between dark and light.
    pub(crate) fn toggle_theme(self) {
        self.set(|settings| {
            settings.theme = match settings.theme {
                Theme::Dark => Theme::Light,
                Theme::Light => Theme::Dark,
            };
        });
    }
}
