//! The conversation, and the words that are being typed for it.

use crate::{
    model::{
        attention::ShownAttention,
        image::ImageId,
        mode::Mode,
        task::Task,
        trial::Change,
        turn::{Job, Outcome, Status},
    },
    state::turn::Turn,
};
use leptos::prelude::*;
use unimed_protocol::JobId;

/// The conversation. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversation {
    /// The conversation, oldest first.
    pub(crate) turns: RwSignal<Vec<Turn>>,
    /// The turn that the engine works on or waits for.
    pub(crate) busy: RwSignal<Option<JobId>>,
    /// The tab.
    pub(crate) mode: RwSignal<Mode>,
    /// What is typed.
    pub(crate) prompt: RwSignal<String>,
    /// Whether Make starts from the image in the viewer.
    pub(crate) make_from_image: RwSignal<bool>,
    /// Open images that a question is about besides the one in the viewer.
    pub(crate) also: RwSignal<Vec<ImageId>>,
    /// Whether a question follows up on the answers before it.
    pub(crate) follow_up: RwSignal<bool>,
    /// The turn whose words are being edited; its images go along again.
    pub(crate) editing: RwSignal<Option<JobId>>,
    /// What Make does.
    pub(crate) task: RwSignal<Task>,
    /// How many images Make makes of one description.
    pub(crate) variations: RwSignal<usize>,
    /// Where an answer looked, while it is drawn over its image.
    pub(crate) attention: RwSignal<Option<ShownAttention>>,
}

impl Conversation {
    /// Nothing said yet.
    pub(crate) fn new() -> Self {
        Self {
            turns: RwSignal::default(),
            busy: RwSignal::default(),
            mode: RwSignal::new(Mode::Ask),
            prompt: RwSignal::default(),
            make_from_image: RwSignal::new(false),
            also: RwSignal::default(),
            follow_up: RwSignal::new(false),
            editing: RwSignal::default(),
            task: RwSignal::default(),
            variations: RwSignal::new(1),
            attention: RwSignal::default(),
        }
    }

    /// The turn of a number, whatever its state; does not follow changes.
    pub(crate) fn turn(self, id: JobId) -> Option<Turn> {
        self.turns
            .with_untracked(|turns| turns.iter().find(|turn| turn.id == id).cloned())
    }

    /// Changes what has come of a turn that is still under way; late news of ended turns are dropped.
    pub(crate) fn advance(self, id: JobId, change: impl FnOnce(&mut Outcome)) {
        let Some(turn) = self.turn(id) else { return };
        if turn
            .outcome
            .with_untracked(|outcome| outcome.status == Status::Streaming)
        {
            turn.outcome.update(change);
            let ended = turn
                .outcome
                .with_untracked(|outcome| outcome.status != Status::Streaming);
            if ended && self.busy.get_untracked() == Some(id) {
                self.busy.set(self.waiting().first().copied());
            }
        }
    }

    /// The turns that have not ended, oldest first; does not follow changes.
    pub(crate) fn waiting(self) -> Vec<JobId> {
        let waits = |turn: &&Turn| turn.status() == Status::Streaming;
        self.turns
            .with_untracked(|turns| turns.iter().filter(waits).map(|turn| turn.id).collect())
    }

    /// The trials of an answer, in the order in which they were asked; does not follow changes.
    pub(crate) fn trials_of(self, id: JobId) -> Vec<(Change, JobId)> {
        let of_it = |turn: &Turn| {
            let trial = turn
                .attachments
                .with_untracked(|attachments| attachments.trial)?;
            (trial.of == id).then_some((trial.change, turn.id))
        };
        self.turns
            .with_untracked(|turns| turns.iter().filter_map(of_it).collect())
    }

    /// The turns that a follow-up can follow up on: the last answer, and what that followed up on itself; empty when the
    /// last turn is no answer. Follows changes.
    pub(crate) fn open_thread(self) -> Vec<JobId> {
        let last = self
            .turns
            .with(|turns| turns.iter().rfind(|turn| !turn.is_trial()).cloned());
        let Some(last) = last else { return Vec::new() };
        let answered = last
            .outcome
            .with(|outcome| outcome.status == Status::Done && !outcome.text.trim().is_empty());
        if !answered || last.job.with(Job::mode) == Mode::Make {
            return Vec::new();
        }
        let mut thread = last.attachments().earlier;
        thread.push(last.id);
        thread
    }
}
