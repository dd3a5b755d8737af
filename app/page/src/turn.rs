//! One question or prompt: what was sent, what went along, and what came of it.

use super::{
    pixels::ImageId,
    progress::Pace,
    state::{Mode, OpenImage},
    sure::Sure,
    takes::Awaited,
};
use leptos::prelude::*;
use unimed_protocol::{AskSettings, FileId, Gaze, JobId, PaintSettings, Trouble};

/// How far a question or painting is; its names stand in the page as `data-state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Status {
    /// Sent; waiting or under way.
    #[default]
    Streaming,
    /// Complete.
    Done,
    /// Stopped by the person.
    Stopped,
    /// Failed.
    Error,
}

impl Status {
    /// The name that the page shows to style sheets and tests.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Error => "error",
        }
    }

    /// How something ended that did not fail.
    pub(crate) const fn ended(stopped: bool) -> Self {
        if stopped { Self::Stopped } else { Self::Done }
    }
}

/// What was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Job {
    /// A question.
    Ask {
        /// As typed.
        question: String,
        /// How to answer; what the model's makers chose is filled in when it is handed over.
        settings: AskSettings,
    },
    /// A prompt.
    Paint {
        /// As typed.
        prompt: String,
        /// How to paint; what the model's makers chose is filled in when it is handed over.
        settings: PaintSettings,
    },
}

impl Job {
    /// The words that were sent.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Ask { question, .. } => question,
            Self::Paint { prompt, .. } => prompt,
        }
    }

    /// The tab that it was sent from.
    pub(crate) const fn mode(&self) -> Mode {
        match self {
            Self::Ask { .. } => Mode::Ask,
            Self::Paint { .. } => Mode::Make,
        }
    }
}

/// What goes along with the words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Along {
    /// Images, the one that the words are about first.
    pub(crate) sources: Vec<OpenImage>,
    /// Files whose first image is to come before those. When no file of them is being read any more, there is none.
    pub(crate) awaits: Option<Awaited>,
    /// Turns that the question follows up on, oldest first.
    pub(crate) earlier: Vec<JobId>,
    /// The first of the variations among which this is another one.
    pub(crate) first: Option<JobId>,
    /// Whether the settings stand as they are, whatever the person has set by now: the turn repeats one of a file.
    pub(crate) as_saved: bool,
}

/// What has come of a turn so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Outcome {
    /// How far it is.
    pub(crate) status: Status,
    /// Whether the engine has it.
    pub(crate) delivered: bool,
    /// Whether the person pressed Stop. The engine hears it a few tokens later; those are not shown.
    pub(crate) stopping: bool,
    /// The answer so far.
    pub(crate) text: String,
    /// How sure the model was of each token of the answer.
    pub(crate) sure: Vec<Sure>,
    /// The images that the engine was given, in the order in which it read them.
    pub(crate) read: Vec<ImageId>,
    /// Where the answer looked, in the order of the images that it read.
    pub(crate) gaze: Vec<Gaze>,
    /// The painting so far, and how often it was redrawn.
    pub(crate) image: Option<(ImageId, u32)>,
    /// Steps and the time they take.
    pub(crate) pace: Pace,
    /// A line of figures for the end: time, tokens, seed.
    pub(crate) figures: String,
    /// Why it failed.
    pub(crate) trouble: Option<Trouble>,
}

impl Outcome {
    /// Ends the turn with a trouble.
    pub(crate) fn fail(&mut self, trouble: Trouble) {
        self.status = Status::Error;
        self.trouble = Some(trouble);
    }
}

/// One question or prompt and what came of it. Its signals end with the last copy of it, so that a conversation that was
/// put away leaves nothing behind.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// Its number.
    pub(crate) id: JobId,
    /// What was sent.
    pub(crate) job: ArcRwSignal<Job>,
    /// What went along.
    pub(crate) along: ArcRwSignal<Along>,
    /// What has come of it.
    pub(crate) outcome: ArcRwSignal<Outcome>,
}

impl Turn {
    /// Whether this turn is about an image, or made it.
    pub(crate) fn needs(&self, id: ImageId) -> bool {
        let made = self.outcome.with_untracked(|outcome| outcome.image);
        let took = |along: &Along| along.sources.iter().any(|source| source.id == id);
        self.along.with_untracked(took) || made.is_some_and(|(image, _)| image == id)
    }

    /// What went along; does not follow changes.
    pub(crate) fn along(&self) -> Along {
        self.along.get_untracked()
    }

    /// Whether it waits for an image of these files, or would if it were sent again; does not follow changes.
    pub(crate) fn awaits(&self, batch: FileId) -> bool {
        let awaits = |along: &Along| along.awaits.as_ref().is_some_and(|one| one.batch == batch);
        self.along.with_untracked(awaits)
    }

    /// How far it is; does not follow changes.
    pub(crate) fn status(&self) -> Status {
        self.outcome.with_untracked(|outcome| outcome.status)
    }
}
