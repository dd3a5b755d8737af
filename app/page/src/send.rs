//! What the person sends: from the prompt box, again, with other words, in several variations.

use super::{
    Page,
    engine_news::result_image,
    samples::Sample,
    state::Mode,
    takes::{Wishes, taken},
    thread,
    turn::{Along, Job, Turn},
    viewer::shown::as_shown,
};
use leptos::prelude::*;
use unimed_protocol::Trouble;

/// Variations of one description at most.
pub(crate) const MOST_VARIATIONS: usize = 8;

impl Page {
    /// Sends what is typed, or does nothing while there is nothing to send or something is under way.
    pub(crate) fn submit(self) {
        let session = self.session;
        let words = session
            .prompt
            .with_untracked(|prompt| prompt.trim().to_owned());
        if words.is_empty() || session.busy.get_untracked().is_some() {
            return;
        }
        let mode = session.mode.get_untracked();
        let along = match untrack(|| self.along(mode)) {
            Ok(along) => along,
            Err(trouble) => return self.decoder.tell(trouble),
        };
        session.prompt.set(String::new());
        session.editing.set(None);
        // It is told now; the next words are about what is shown.
        session.lost.set(None);
        if mode == Mode::Make {
            self.make(&words, &along, session.variations.get_untracked());
        } else {
            self.send(mode, words, along);
        }
    }

    /// What goes along with the words that are being typed: open images as they are shown now, whatever is done to them
    /// while the words wait.
    ///
    /// # Errors
    ///
    /// An image cannot be taken as it is shown.
    fn along(self, mode: Mode) -> Result<Along, Trouble> {
        let session = self.session;
        let edited = session.editing.get().and_then(|id| session.turn(id));
        if let Some(turn) = edited
            && turn.job.with_untracked(Job::mode) == mode
        {
            return Ok(Along {
                first: None,
                as_saved: false,
                ..turn.along()
            });
        }
        let also = session.also.get();
        let wishes = Wishes {
            mode,
            from_image: session.make_from_image.get(),
            also: &also,
        };
        let open = session.images.get();
        let taken = taken(session.subject(), wishes, &open);
        let image = |id| open.iter().find(|image| image.id == id).cloned();
        let shown = taken.images.into_iter().filter_map(image);
        let sources: Result<Vec<_>, _> = shown
            .map(|image| as_shown(self.viewer, session, image))
            .collect();
        Ok(Along {
            sources: sources?,
            awaits: taken.awaits.and_then(|batch| session.awaited(batch)),
            earlier: if mode == Mode::Ask && session.follow_up.get() {
                thread::open_thread(session)
            } else {
                Vec::new()
            },
            ..Along::default()
        })
    }

    /// Runs an example of a first visit, on its sample if it has one.
    pub(crate) fn run_example(self, mode: Mode, words: &str, sample: Option<&'static Sample>) {
        self.session.mode.set(mode);
        let batch = sample.map(|sample| self.decoder.open_sample(sample));
        let along = Along {
            awaits: untrack(|| batch.and_then(|batch| self.session.awaited(batch))),
            ..Along::default()
        };
        self.send(mode, words.to_owned(), along);
    }

    /// Sends words and what goes along.
    pub(crate) fn send(self, mode: Mode, words: String, along: Along) {
        if self.session.busy.get_untracked().is_none() {
            let job = self.job(mode, words, &along);
            self.engine.send(job, along);
        }
    }

    /// Makes several images of one description, with one seed after the other.
    pub(crate) fn make(self, words: &str, along: &Along, variations: usize) {
        if self.session.busy.get_untracked().is_some() {
            return;
        }
        let mut first = None;
        for number in 0..variations.clamp(1, MOST_VARIATIONS) {
            let mut job = self.job(Mode::Make, words.to_owned(), along);
            if let Job::Paint { settings, .. } = &mut job {
                settings.seed = settings.seed.wrapping_add(number as u64);
            }
            let along = Along {
                first,
                ..along.clone()
            };
            let id = self.engine.send(job, along);
            first = first.or(Some(id));
        }
    }

    fn job(self, mode: Mode, words: String, along: &Along) -> Job {
        let session = self.session;
        session.model.with_untracked(|model| {
            session.settings.with_untracked(|settings| match mode {
                Mode::Ask => Job::Ask {
                    question: words,
                    settings: settings.ask(model.as_ref()),
                },
                Mode::Make => Job::Paint {
                    prompt: words,
                    settings: settings.paint(model.as_ref(), &along.sources),
                },
            })
        })
    }

    /// Sends the words and images of a turn once more. A turn of a file keeps its settings; else those of now hold.
    pub(crate) fn again(self, turn: &Turn) {
        if self.session.busy.get_untracked().is_some() {
            return;
        }
        let along = Along {
            first: None,
            ..turn.along()
        };
        let job = turn.job.get_untracked();
        if along.as_saved {
            self.engine.send(job, along);
        } else {
            self.send(job.mode(), job.words().to_owned(), along);
        }
    }

    /// Sends the words of a turn without the image that could not be opened.
    pub(crate) fn again_without(self, turn: &Turn) {
        turn.along.update(|along| along.awaits = None);
        self.again(turn);
    }

    /// The same with a new seed, so that chance falls another way.
    pub(crate) fn another(self, turn: &Turn) {
        if self.session.busy.get_untracked().is_some() {
            return;
        }
        self.session
            .set(|settings| settings.seed = settings.seed.wrapping_add(1));
        turn.along.update(|along| along.as_saved = false);
        self.again(turn);
    }

    /// Puts the words of a turn back into the prompt box; its images go along again when they are sent.
    pub(crate) fn edit(self, turn: &Turn) {
        let (mode, words) = turn
            .job
            .with_untracked(|job| (job.mode(), job.words().to_owned()));
        self.session.mode.set(mode);
        self.session.prompt.set(words);
        // Without the image that the words were meant for they are new words, about what is shown now.
        let lost = |along: &Along| {
            along
                .awaits
                .as_ref()
                .is_some_and(|one| !self.session.is_reading(one.batch))
        };
        let whole = !turn.along.with_untracked(lost);
        self.session.editing.set(whole.then_some(turn.id));
        self.focus_prompt();
    }

    /// Opens the image that a turn made, ready to be asked about or to be changed further.
    pub(crate) fn go_on(self, turn: &Turn, mode: Mode) {
        let Some(image) = result_image(turn) else {
            return;
        };
        self.session.editing.set(None);
        self.session.turn_to(image);
        self.session.mode.set(mode);
        if mode == Mode::Make {
            self.session.make_from_image.set(true);
        }
        self.focus_prompt();
    }

    /// The prompt box takes the keys.
    pub(crate) fn focus_prompt(self) {
        if let Some(prompt) = self.prompt_box.get_untracked() {
            // Focusing an element that is in the page is never refused.
            let _ = prompt.focus();
        }
    }

    /// Stops what is under way, and what waits behind it.
    pub(crate) fn stop(self) {
        let Some(id) = self.session.busy.get_untracked() else {
            return;
        };
        self.engine.drop_waiting(id);
        self.engine.stop(id);
    }
}
