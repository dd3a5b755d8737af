//! Whether an answer depends on its image: the same question with the image taken away or changed, by turns that stand with
//! the answer and are asked once.

use crate::{
    actions::{page::Page, rendered::as_shown},
    model::{
        attachments::Attachments,
        image::OpenImage,
        modality::Modality,
        trial::{Change, Trial},
        turn::Status,
    },
    state::turn::Turn,
};
use leptos::prelude::*;
use unimed_protocol::{JobId, Remedy, UserError};

impl Page {
    /// Whether an answer is about an image: its own, or one of the turns that it follows up on.
    pub(crate) fn is_about_image(self, turn: &Turn) -> bool {
        let attachments = turn.attachments();
        let earlier = attachments.earlier.iter();
        let mut earlier = earlier.filter_map(|id| self.session.conversation.turn(*id));
        !attachments.sources.is_empty()
            || earlier.any(|turn| !turn.attachments().sources.is_empty())
    }

    /// What can still be asked of an answer; does not follow changes.
    pub(crate) fn trials_left(self, turn: &Turn) -> Vec<Change> {
        let conversation = self.session.conversation;
        let asked: Vec<_> = conversation
            .trials_of(turn.id)
            .into_iter()
            .filter(|(_, trial)| {
                let turn = conversation.turn(*trial);
                turn.is_some_and(|turn| turn.status() == Status::Done)
            })
            .map(|(change, _)| change)
            .collect();
        Change::ALL
            .into_iter()
            .filter(|change| !asked.contains(change))
            .filter(|change| *change != Change::Other || self.other_image(turn).is_some())
            .collect()
    }

    /// Asks what was not asked yet of an answer, or was stopped or failed; nothing while something is under way.
    ///
    /// # Errors
    ///
    /// The model in use is not the one that answered, or an image cannot be taken as it is shown.
    pub(crate) fn try_without_image(self, turn: &Turn) -> Result<(), UserError> {
        let conversation = self.session.conversation;
        if conversation.busy.get_untracked().is_some() {
            return Ok(());
        }
        let by = turn.outcome.with_untracked(|outcome| outcome.model.clone());
        let model = self.session.engine.model;
        if !model.with_untracked(|model| model.as_ref().is_some_and(|model| model.hash == by)) {
            return Err(UserError::new(
                "The answer came from another model than the one that is loaded now.",
                "Ask again, then try the new answer.",
                Remedy::None,
            ));
        }
        let (left, known) = (self.trials_left(turn), conversation.trials_of(turn.id));
        let stale = known.iter().filter(|(change, _)| left.contains(change));
        for (_, id) in stale {
            self.forget(*id);
        }
        for change in left {
            let mut attachments = Attachments {
                first: None,
                as_saved: true,
                trial: Some(Trial {
                    of: turn.id,
                    change,
                }),
                ..turn.attachments()
            };
            if change == Change::Other {
                let Some(image) = self.other_image(turn) else {
                    continue;
                };
                let shown = untrack(|| as_shown(self.session, image))?;
                attachments.sources = vec![shown];
            }
            self.engine.send(turn.job.get_untracked(), attachments);
        }
        Ok(())
    }

    /// Takes a trial that came to nothing out of the conversation, and gives its pixels back.
    fn forget(self, id: JobId) {
        let Some(trial) = self.session.conversation.turn(id) else {
            return;
        };
        self.session
            .conversation
            .turns
            .update(|turns| turns.retain(|turn| turn.id != id));
        let sources = trial.attachments().sources.into_iter();
        self.session.release(sources.map(|source| source.id));
    }

    /// Another open image of the same kind as the only one that an answer is about.
    fn other_image(self, turn: &Turn) -> Option<OpenImage> {
        let attachments = turn.attachments();
        let [only] = attachments.sources.as_slice() else {
            return None;
        };
        if only.modality == Modality::Unknown || !attachments.earlier.is_empty() {
            return None;
        }
        let fits =
            |image: &&OpenImage| image.modality == only.modality && image.opened != only.opened;
        let open = self.session.images.open;
        open.with_untracked(|open| open.iter().find(fits).cloned())
    }
}
