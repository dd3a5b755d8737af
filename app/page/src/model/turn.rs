//! One question or prompt: what was sent, what went along, and what came of it.

use crate::model::{
    image::ImageId, mode::Mode, progress::StepTimes, token_probability::TokenProbability,
};
use unimed_protocol::{AskSettings, AttentionMap, PaintSettings, UserError};

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

    /// The seed of its noise or of its chance.
    pub(crate) const fn seed(&self) -> u64 {
        match self {
            Self::Ask { settings, .. } => settings.seed,
            Self::Paint { settings, .. } => settings.seed,
        }
    }

    /// The same with another seed.
    pub(crate) const fn with_seed(mut self, to: u64) -> Self {
        let seed = match &mut self {
            Self::Ask { settings, .. } => &mut settings.seed,
            Self::Paint { settings, .. } => &mut settings.seed,
        };
        *seed = to;
        self
    }

    /// The tab that it was sent from.
    pub(crate) const fn mode(&self) -> Mode {
        match self {
            Self::Ask { .. } => Mode::Ask,
            Self::Paint { .. } => Mode::Make,
        }
    }
}

/// What has come of a turn so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Outcome {
    /// How far it is.
    pub(crate) status: Status,
    /// Whether the engine has it.
    pub(crate) delivered: bool,
    /// SHA-256 of the description of the model that has it, 64 hexadecimal digits; empty before.
    pub(crate) model: String,
    /// Whether the person pressed Stop. The engine hears it a few tokens later; those are not shown.
    pub(crate) stopping: bool,
    /// The answer so far.
    pub(crate) text: String,
    /// How likely the model found each token of the answer.
    pub(crate) token_probabilities: Vec<TokenProbability>,
    /// The images that the engine was given, in the order in which it read them.
    pub(crate) read: Vec<ImageId>,
    /// Where the answer looked, in the order of the images that it read.
    pub(crate) attention: Vec<AttentionMap>,
    /// The painting so far, and how often it was redrawn.
    pub(crate) image: Option<(ImageId, u32)>,
    /// Steps and the time they take.
    pub(crate) step_times: StepTimes,
    /// A line of figures for the end: time, tokens, seed.
    pub(crate) figures: String,
    /// Why it failed.
    pub(crate) user_error: Option<UserError>,
}

impl Outcome {
    /// Ends the turn with an error.
    pub(crate) fn fail(&mut self, user_error: UserError) {
        self.status = Status::Error;
        self.user_error = Some(user_error);
    }
}
