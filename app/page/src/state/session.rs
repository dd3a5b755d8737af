//! Everything that the page knows, in four stores, and what concerns more than one of them.

use crate::{
    model::{
        attachments::Attachments,
        image::{ImageId, OpenImage},
        settings::Settings,
        turn::{Job, Outcome},
    },
    state::{
        capabilities::Capabilities, conversation::Conversation, engine::EngineStore,
        images::Images, pixels, preferences::Preferences, subscriptions::renew, turn::Turn,
    },
};
use leptos::{prelude::*, reactive::graph::ToAnySource};
use unimed_protocol::JobId;

/// All state of the page. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    /// Images and viewports.
    pub(crate) images: Images,
    /// What was asked, made and is being typed.
    pub(crate) conversation: Conversation,
    /// The engine and the models.
    pub(crate) engine: EngineStore,
    /// What the person set.
    pub(crate) preferences: Preferences,
    next_number: StoredValue<u32>,
}

impl Session {
    /// A fresh visit.
    pub(crate) fn new(capabilities: Capabilities, settings: Settings) -> Self {
        Self {
            images: Images::new(),
            conversation: Conversation::new(),
            engine: EngineStore::new(capabilities),
            preferences: Preferences::new(settings),
            next_number: StoredValue::new(1),
        }
    }

    /// A number that was not used in this visit.
    pub(crate) fn next_number(self) -> u32 {
        let number = self.next_number.get_value();
        self.next_number.set_value(number + 1);
        number
    }

    /// Adds a turn at the end of the conversation.
    pub(crate) fn add_turn(self, job: Job, attachments: Attachments, outcome: Outcome) -> Turn {
        let id = JobId(self.next_number());
        let turn = Turn {
            id,
            job: ArcRwSignal::new(job),
            attachments: ArcRwSignal::new(attachments),
            outcome: ArcRwSignal::new(outcome),
        };
        self.conversation
            .turns
            .update(|turns| turns.push(turn.clone()));
        turn
    }

    /// Whether images are open or something was said; follows changes.
    pub(crate) fn has_content(self) -> bool {
        self.images.open.with(|images| !images.is_empty())
            || self.conversation.turns.with(|turns| !turns.is_empty())
    }

    /// An image that is open or went along with a turn; does not follow changes.
    pub(crate) fn known_image(self, id: ImageId) -> Option<OpenImage> {
        let open = self
            .images
            .open
            .with_untracked(|images| images.iter().find(|image| image.id == id).cloned());
        open.or_else(|| {
            self.conversation.turns.with_untracked(|turns| {
                let mut sources = turns.iter().flat_map(|turn| turn.attachments().sources);
                sources.find(|image| image.id == id)
            })
        })
    }

    /// Gives back the pixels of images that are neither open nor part of the conversation.
    pub(crate) fn release(self, ids: impl IntoIterator<Item = ImageId>) {
        for id in ids {
            let open = self
                .images
                .open
                .with_untracked(|open| open.iter().any(|image| image.id == id));
            let needed = || {
                self.conversation
                    .turns
                    .with_untracked(|turns| turns.iter().any(|turn| turn.needs(id)))
            };
            if !open && !needed() {
                pixels::forget(id);
            }
        }
    }

    /// After views were put away, see [`renew`]. Not for the language, which the whole page follows, and not for
    /// the prompt, whose box would get its words again and keep them twice for Ctrl+Z.
    pub(crate) fn renew_subscriptions(self) {
        renew(&[
            self.images.open.to_any_source(),
            self.images.current.to_any_source(),
            self.conversation.also.to_any_source(),
            self.conversation.mode.to_any_source(),
            self.conversation.make_from_image.to_any_source(),
            self.conversation.task.to_any_source(),
            self.conversation.variations.to_any_source(),
            self.conversation.attention.to_any_source(),
            self.engine.state.to_any_source(),
            self.engine.device.to_any_source(),
            self.engine.model.to_any_source(),
            self.preferences.settings.to_any_source(),
            pixels::restored().to_any_source(),
        ]);
    }
}
