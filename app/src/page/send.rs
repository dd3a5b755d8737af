//! What the person sends: from the prompt box, again, with other words, in several variations.

use super::{
    Page,
    engine_news::result_image,
    state::{Mode, OpenImage},
    thread,
    turn::{Along, Job, Turn},
    viewer,
};
use leptos::prelude::*;

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
        let along = self.along(mode);
        session.prompt.set(String::new());
        session.editing.set(None);
        if mode == Mode::Make {
            self.make(&words, &along, session.variations.get_untracked());
        } else {
            self.send(mode, words, along);
        }
    }

    /// What goes along with the words that are being typed.
    fn along(self, mode: Mode) -> Along {
        let session = self.session;
        let edited = session.editing.get_untracked();
        if let Some(turn) = edited.and_then(|id| session.turn(id))
            && turn.job.with_untracked(Job::mode) == mode
        {
            return Along {
                first: None,
                as_saved: false,
                ..turn.along
            };
        }
        let wants_image = mode == Mode::Ask || session.make_from_image.get_untracked();
        let mut sources = if wants_image {
            self.current_images()
        } else {
            Vec::new()
        };
        let mut earlier = Vec::new();
        if mode == Mode::Ask {
            let also = session.also.get_untracked();
            let current = session.current.get_untracked();
            let more = session.images.with_untracked(|images| {
                let chosen =
                    |image: &&OpenImage| also.contains(&image.id) && Some(image.id) != current;
                images.iter().filter(chosen).cloned().collect::<Vec<_>>()
            });
            for image in more {
                sources.push(viewer::shown::as_shown(self.viewer, session, image));
            }
            if session.follow_up.get_untracked() {
                earlier = untrack(|| thread::open_thread(session));
            }
        }
        Along {
            sources,
            earlier,
            ..Along::default()
        }
    }

    /// The images that a question is about: the one in the viewer, as it is shown there, if there is one.
    pub(crate) fn current_images(self) -> Vec<OpenImage> {
        untrack(|| self.session.current_image())
            .map(|image| viewer::shown::as_shown(self.viewer, self.session, image))
            .into_iter()
            .collect()
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
            ..turn.along.clone()
        };
        let job = turn.job.get_untracked();
        if along.as_saved {
            self.engine.send(job, along);
        } else {
            self.send(job.mode(), job.words().to_owned(), along);
        }
    }

    /// The same with a new seed, so that chance falls another way.
    pub(crate) fn another(self, turn: &Turn) {
        if self.session.busy.get_untracked().is_some() {
            return;
        }
        self.session
            .set(|settings| settings.seed = settings.seed.wrapping_add(1));
        let mut turn = turn.clone();
        turn.along.as_saved = false;
        self.again(&turn);
    }

    /// Puts the words of a turn back into the prompt box; its images go along again when they are sent.
    pub(crate) fn edit(self, turn: &Turn) {
        let (mode, words) = turn
            .job
            .with_untracked(|job| (job.mode(), job.words().to_owned()));
        self.session.mode.set(mode);
        self.session.prompt.set(words);
        self.session.editing.set(Some(turn.id));
        self.focus_prompt();
    }

    /// Opens the image that a turn made, ready to be asked about or to be changed further.
    pub(crate) fn go_on(self, turn: &Turn, mode: Mode) {
        let Some(image) = result_image(turn) else {
            return;
        };
        self.session.editing.set(None);
        self.session.show_image(image);
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
