//! A turn of the conversation, as signals.

use crate::{
    model::{
        attachments::Attachments,
        image::{ImageId, OpenImage, Origin},
        modality::Modality,
        thread::Exchange,
        turn::{Job, Outcome, Status},
    },
    state::pixels,
};
use leptos::prelude::*;
use unimed_protocol::{FileId, JobId};

/// One question or prompt and what came of it. Its signals end with the last copy of it, so that a conversation that was
/// put away leaves nothing behind.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// Its number.
    pub(crate) id: JobId,
    /// What was sent.
    pub(crate) job: ArcRwSignal<Job>,
    /// What went along.
    pub(crate) attachments: ArcRwSignal<Attachments>,
    /// What has come of it.
    pub(crate) outcome: ArcRwSignal<Outcome>,
}

impl Turn {
    /// Whether this turn is about an image, or made it.
    pub(crate) fn needs(&self, id: ImageId) -> bool {
        let made = self.outcome.with_untracked(|outcome| outcome.image);
        let took =
            |attachments: &Attachments| attachments.sources.iter().any(|source| source.id == id);
        self.attachments.with_untracked(took) || made.is_some_and(|(image, _)| image == id)
    }

    /// Whether it tries another answer; it stands with that one then.
    pub(crate) fn is_trial(&self) -> bool {
        self.attachments
            .with_untracked(|attachments| attachments.trial.is_some())
    }

    /// What went along; does not follow changes.
    pub(crate) fn attachments(&self) -> Attachments {
        self.attachments.get_untracked()
    }

    /// Whether it waits for an image of these files, or would if it were sent again; does not follow changes.
    pub(crate) fn awaits(&self, batch: FileId) -> bool {
        let awaits = |attachments: &Attachments| {
            attachments
                .awaits
                .as_ref()
                .is_some_and(|one| one.batch == batch)
        };
        self.attachments.with_untracked(awaits)
    }

    /// How far it is; does not follow changes.
    pub(crate) fn status(&self) -> Status {
        self.outcome.with_untracked(|outcome| outcome.status)
    }

    /// The question and answer of this turn, if it has both.
    pub(crate) fn exchange(&self) -> Option<Exchange> {
        let answer = self.outcome.with_untracked(|outcome| outcome.text.clone());
        if answer.trim().is_empty() {
            return None;
        }
        let question = self.job.with_untracked(|job| match job {
            Job::Ask { question, .. } => Some(question.clone()),
            Job::Paint { .. } => None,
        })?;
        Some(Exchange {
            images: self
                .attachments()
                .sources
                .iter()
                .map(|image| image.id)
                .collect(),
            question,
            answer,
        })
    }

    /// A result of a turn as an image that can be opened in the viewer.
    pub(crate) fn result_image(&self) -> Option<OpenImage> {
        let (id, _) = self.outcome.with_untracked(|outcome| outcome.image)?;
        let pixels = pixels::get(id)?;
        Some(OpenImage {
            id,
            opened: id,
            name: self.job.with_untracked(|job| job.words().to_owned()),
            width: pixels.width,
            height: pixels.height,
            origin: Origin::Made,
            // What was changed still shows what its source showed.
            modality: self
                .attachments()
                .sources
                .first()
                .map_or(Modality::Unknown, |source| source.modality),
            notes: Vec::new(),
        })
    }
}
