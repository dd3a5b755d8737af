//! Everything the page knows, as signals: open images, the conversation, the engine, the settings, the requests.

use super::{
    checks::Surroundings,
    pixels::ImageId,
    progress::Pace,
    settings::{Settings, Theme},
};
use leptos::prelude::*;
use unimed_protocol::{
    AskSettings, DeviceCard, FileId, JobId, ModelCard, PaintSettings, RequestRecord, Trouble,
};

/// The two tabs of the prompt box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A question, answered in words.
    Ask,
    /// A prompt, answered with an image.
    Make,
}

/// What an image shows, where the page knows it; it chooses the suggestions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modality {
    /// Chest X-ray.
    Chest,
    /// Colour fundus photograph.
    Fundus,
    /// Brain MRI.
    Brain,
    /// Not known.
    Unknown,
}

/// Where an image came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file of the person's; the format in words.
    File(String),
    /// A sample of the page; its credit.
    Sample(&'static str),
    /// The model made it.
    Made,
}

/// One image that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenImage {
    /// Its number; finds its pixels.
    pub(crate) id: ImageId,
    /// Its name.
    pub(crate) name: String,
    /// Pixels in a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// Where it came from.
    pub(crate) origin: Origin,
    /// What it shows, if known.
    pub(crate) modality: Modality,
}

/// A file that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Its number.
    pub(crate) id: FileId,
    /// Its name.
    pub(crate) name: String,
    /// Sample of the page that it is, if it is one.
    pub(crate) sample: Option<&'static super::samples::Sample>,
    /// What to send once it is open (an example prompt).
    pub(crate) then: Option<(Mode, &'static str)>,
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileTrouble {
    /// Its number.
    pub(crate) id: FileId,
    /// Why, and what to do.
    pub(crate) trouble: Trouble,
}

/// How far the engine is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EngineState {
    /// Its program is being loaded.
    Starting,
    /// The model is being loaded.
    Loading {
        /// Bytes done.
        done: u64,
        /// Bytes in all.
        total: u64,
        /// What is being done.
        phase: String,
    },
    /// It waits for work or works.
    Ready,
    /// It is of no more use until it is started again.
    Dead(Trouble),
}

/// How far a question or painting is; its names stand in the page as `data-state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Sent; waiting or under way.
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

/// What has come of a turn so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// How far it is.
    pub(crate) status: Status,
    /// Whether the engine has it.
    pub(crate) delivered: bool,
    /// The answer so far.
    pub(crate) text: String,
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

/// One question or prompt and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// Its number.
    pub(crate) id: JobId,
    /// What was sent.
    pub(crate) job: RwSignal<Job>,
    /// The images that went with it, oldest first.
    pub(crate) sources: Vec<OpenImage>,
    /// What has come of it.
    pub(crate) outcome: RwSignal<Outcome>,
}

impl Turn {
    /// Whether this turn is about an image, or made it.
    fn needs(&self, id: ImageId) -> bool {
        let made = self.outcome.with_untracked(|outcome| outcome.image);
        self.sources.iter().any(|source| source.id == id)
            || made.is_some_and(|(image, _)| image == id)
    }
}

/// All state of the page. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    /// Open images, oldest first.
    pub(crate) images: RwSignal<Vec<OpenImage>>,
    /// The image in the viewer.
    pub(crate) current: RwSignal<Option<ImageId>>,
    /// Files being read.
    pub(crate) reading: RwSignal<Vec<Reading>>,
    /// Files that could not be read.
    pub(crate) file_troubles: RwSignal<Vec<FileTrouble>>,
    /// When the first image was opened, in ms since 1970.
    pub(crate) opened_at_ms: RwSignal<Option<f64>>,
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
    /// How far the engine is.
    pub(crate) engine: RwSignal<EngineState>,
    /// What the engine runs on.
    pub(crate) device: RwSignal<Option<DeviceCard>>,
    /// The model.
    pub(crate) model: RwSignal<Option<ModelCard>>,
    /// What the person set.
    pub(crate) settings: RwSignal<Settings>,
    /// Requests of the page and both workers.
    pub(crate) requests: RwSignal<Vec<RequestRecord>>,
    /// What the browser and the address allow.
    pub(crate) surroundings: StoredValue<Surroundings>,
    next_number: StoredValue<u32>,
    owner: StoredValue<Owner>,
}

impl Session {
    /// A fresh visit.
    pub(crate) fn new(surroundings: Surroundings, settings: Settings) -> Self {
        Self {
            images: RwSignal::default(),
            current: RwSignal::default(),
            reading: RwSignal::default(),
            file_troubles: RwSignal::default(),
            opened_at_ms: RwSignal::default(),
            turns: RwSignal::default(),
            busy: RwSignal::default(),
            mode: RwSignal::new(Mode::Ask),
            prompt: RwSignal::default(),
            make_from_image: RwSignal::new(false),
            engine: RwSignal::new(EngineState::Starting),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            settings: RwSignal::new(settings),
            requests: RwSignal::default(),
            surroundings: StoredValue::new(surroundings),
            next_number: StoredValue::new(1),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// A number that was not used in this visit.
    pub(crate) fn next_number(self) -> u32 {
        let number = self.next_number.get_value();
        self.next_number.set_value(number + 1);
        number
    }

    /// The image in the viewer; follows changes.
    pub(crate) fn current_image(self) -> Option<OpenImage> {
        let id = self.current.get()?;
        self.images
            .with(|images| images.iter().find(|image| image.id == id).cloned())
    }

    /// Puts an image, whose pixels are kept already, into the viewer.
    pub(crate) fn show_image(self, image: OpenImage) {
        let id = image.id;
        self.images.update(|images| {
            if !images.iter().any(|known| known.id == id) {
                images.push(image);
            }
        });
        self.current.set(Some(id));
    }

    /// Closes an image and forgets its pixels, unless the conversation still needs them.
    pub(crate) fn close_image(self, id: ImageId) {
        super::viewer::stack::forget(id);
        let needed = self
            .turns
            .with_untracked(|turns| turns.iter().any(|turn| turn.needs(id)));
        if !needed {
            super::pixels::forget(id);
        }
        self.images
            .update(|images| images.retain(|image| image.id != id));
        if self.current.get_untracked() == Some(id) {
            self.current.set(
                self.images
                    .with_untracked(|images| images.last().map(|image| image.id)),
            );
        }
    }

    /// Adds a turn at the end of the conversation.
    pub(crate) fn add_turn(self, job: Job, sources: Vec<OpenImage>) -> Turn {
        let id = JobId(self.next_number());
        let outcome = Outcome {
            status: Status::Streaming,
            delivered: false,
            text: String::new(),
            image: None,
            pace: Pace::default(),
            figures: String::new(),
            trouble: None,
        };
        // The signals live as long as the conversation, not as long as the event that made them.
        let turn = self.owner.with_value(|owner| {
            owner.with(|| Turn {
                id,
                job: RwSignal::new(job),
                sources,
                outcome: RwSignal::new(outcome),
            })
        });
        self.turns.update(|turns| turns.push(turn.clone()));
        turn
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
                self.busy.set(None);
            }
        }
    }

    /// Changes the settings and keeps them.
    pub(crate) fn set(self, change: impl FnOnce(&mut Settings)) {
        self.settings.update(change);
        self.settings.with_untracked(Settings::store);
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
