//! Everything the page knows, as signals: open images, the conversation, the engine, the settings, the requests.

use super::{
    checks::Surroundings,
    followers::recount,
    language::{self, Language},
    pixels::ImageId,
    settings::{Settings, Theme},
    studio::Task,
    takes::Awaited,
    turn::{Along, Job, Outcome, Status, Turn},
    update::NewVersion,
    viewer::gaze::GazeShown,
};
use leptos::{prelude::*, reactive::graph::ToAnySource, task::spawn_local};
use unimed_protocol::{DeviceCard, FileId, JobId, ModelCard, RequestRecord, Trouble};

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
    /// What the person should know of it, in the reader's English, the most important first.
    pub(crate) notes: Vec<String>,
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
    /// Whether the decoder has it or is about to get it; else it is still being fetched or looked for.
    pub(crate) handed: bool,
    /// Whether new words are about something else: an image of it or of later files is shown, or the person has turned
    /// to another image.
    pub(crate) passed_over: bool,
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

/// All state of the page. Cheap to copy: it holds handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    /// Open images, oldest first.
    pub(crate) images: RwSignal<Vec<OpenImage>>,
    /// The image in the viewer.
    pub(crate) current: RwSignal<Option<ImageId>>,
    /// Files being read.
    pub(crate) reading: RwSignal<Vec<Reading>>,
    /// The files that new words would be about, which just turned out to hold no image.
    pub(crate) lost: RwSignal<Option<Awaited>>,
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
    pub(crate) gaze: RwSignal<Option<GazeShown>>,
    /// How far the engine is.
    pub(crate) engine: RwSignal<EngineState>,
    /// What the engine runs on.
    pub(crate) device: RwSignal<Option<DeviceCard>>,
    /// The model.
    pub(crate) model: RwSignal<Option<ModelCard>>,
    /// What the person set.
    pub(crate) settings: RwSignal<Settings>,
    /// The language that the page speaks.
    pub(crate) spoken: RwSignal<Language>,
    /// Requests of the page and both workers.
    pub(crate) requests: RwSignal<Vec<RequestRecord>>,
    /// Whether a new version of the site waits.
    pub(crate) update: RwSignal<NewVersion>,
    /// What the browser and the address allow.
    pub(crate) surroundings: StoredValue<Surroundings>,
    next_number: StoredValue<u32>,
}

impl Session {
    /// A fresh visit.
    pub(crate) fn new(surroundings: Surroundings, settings: Settings) -> Self {
        Self {
            images: RwSignal::default(),
            current: RwSignal::default(),
            reading: RwSignal::default(),
            lost: RwSignal::default(),
            file_troubles: RwSignal::default(),
            opened_at_ms: RwSignal::default(),
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
            gaze: RwSignal::default(),
            engine: RwSignal::new(EngineState::Starting),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            spoken: RwSignal::new(language::first(&settings)),
            settings: RwSignal::new(settings),
            requests: RwSignal::default(),
            update: RwSignal::default(),
            surroundings: StoredValue::new(surroundings),
            next_number: StoredValue::new(1),
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
        self.also.update(|also| also.retain(|known| *known != id));
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
        self.recount_followers();
    }

    /// After views were put away, see [`recount`]. Not for the language, which the whole page follows, and not for
    /// the prompt, whose box would get its words again and keep them twice for Ctrl+Z.
    fn recount_followers(self) {
        recount(&[
            self.images.to_any_source(),
            self.current.to_any_source(),
            self.also.to_any_source(),
            self.mode.to_any_source(),
            self.make_from_image.to_any_source(),
            self.task.to_any_source(),
            self.variations.to_any_source(),
            self.gaze.to_any_source(),
            self.engine.to_any_source(),
            self.device.to_any_source(),
            self.model.to_any_source(),
            self.settings.to_any_source(),
        ]);
    }

    /// Adds a turn at the end of the conversation.
    pub(crate) fn add_turn(self, job: Job, along: Along, outcome: Outcome) -> Turn {
        let id = JobId(self.next_number());
        let turn = Turn {
            id,
            job: ArcRwSignal::new(job),
            along: ArcRwSignal::new(along),
            outcome: ArcRwSignal::new(outcome),
        };
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

    /// An image that is open or went along with a turn; does not follow changes.
    pub(crate) fn known_image(self, id: ImageId) -> Option<OpenImage> {
        let open = self
            .images
            .with_untracked(|images| images.iter().find(|image| image.id == id).cloned());
        open.or_else(|| {
            self.turns.with_untracked(|turns| {
                let mut sources = turns.iter().flat_map(|turn| turn.along().sources);
                sources.find(|image| image.id == id)
            })
        })
    }

    /// Ends the conversation and forgets the pixels that only it needed. Not while something is under way.
    pub(crate) fn clear_turns(self) {
        if self.busy.get_untracked().is_some() {
            return;
        }
        let turns = self.turns.with_untracked(Clone::clone);
        self.turns.set(Vec::new());
        self.editing.set(None);
        self.gaze.set(None);
        for turn in turns {
            let made = turn.outcome.with_untracked(|outcome| outcome.image);
            let along = turn.along();
            let sources = along.sources.iter().map(|source| source.id);
            for id in sources.chain(made.map(|(id, _)| id)) {
                let open = self
                    .images
                    .with_untracked(|images| images.iter().any(|image| image.id == id));
                if !open {
                    super::pixels::forget(id);
                }
            }
        }
        self.recount_followers();
        // Not when an image is closed: the list of turns would jump to its end.
        recount(&[
            self.turns.to_any_source(),
            self.busy.to_any_source(),
            self.editing.to_any_source(),
            self.follow_up.to_any_source(),
        ]);
    }

    /// Changes the settings and keeps them.
    pub(crate) fn set(self, change: impl FnOnce(&mut Settings)) {
        self.settings.update(change);
        self.settings.with_untracked(Settings::store);
    }

    /// Speaks another language from now on.
    pub(crate) fn speak(self, language: Language) {
        self.set(|settings| settings.language = Some(language));
        spawn_local(async move {
            language::load(language).await;
            self.spoken.set(language);
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
