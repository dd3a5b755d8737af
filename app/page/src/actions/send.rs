//! What the person sends: from the prompt box, again, with other words, in several variations.

use crate::{
    actions::{page::Page, request},
    model::{attachments::Attachments, mode::Mode, samples::Sample, turn::Job},
    state::turn::Turn,
};
use leptos::prelude::*;
use unimed_protocol::{Remedy, UserError};

/// Variations of one description at most.
pub(crate) const MOST_VARIATIONS: usize = 8;

impl Page {
    /// Sends what is typed, or does nothing while there is nothing to send or something is under way.
    pub(crate) fn submit(self) {
        let session = self.session;
        let words = session
            .conversation
            .prompt
            .with_untracked(|prompt| prompt.trim().to_owned());
        if words.is_empty() || session.conversation.busy.get_untracked().is_some() {
            return;
        }
        let mode = session.conversation.mode.get_untracked();
        let attachments = match untrack(|| request::attachments(session, mode)) {
            Ok(attachments) => attachments,
            Err(user_error) => return self.decoder.tell(user_error),
        };
        let edits = session.conversation.editing.with_untracked(Option::is_some);
        let task = session.conversation.task.get_untracked();
        let nothing = attachments.sources.is_empty() && attachments.awaits.is_none();
        if mode == Mode::Make && task.needs_image() && nothing && !edits {
            return self.decoder.tell(UserError::new(
                "This task starts from an image, and none goes along.",
                "Open one, or choose New image.",
                Remedy::ChooseFile,
            ));
        }
        session.conversation.prompt.set(String::new());
        session.conversation.editing.set(None);
        // It is told now; the next words are about what is shown.
        session.images.lost.set(None);
        if mode == Mode::Make {
            self.make(
                &words,
                &attachments,
                session.conversation.variations.get_untracked(),
            );
        } else {
            self.send(mode, words, attachments);
        }
    }

    /// Runs an example of a first visit, on its sample if it has one.
    pub(crate) fn run_example(self, mode: Mode, words: &str, sample: Option<&'static Sample>) {
        self.session.conversation.mode.set(mode);
        let batch = sample.map(|sample| self.decoder.open_sample(sample));
        let attachments = Attachments {
            awaits: untrack(|| batch.and_then(|batch| self.session.images.awaited(batch))),
            ..Attachments::default()
        };
        self.send(mode, words.to_owned(), attachments);
    }

    /// Sends words and what goes along.
    pub(crate) fn send(self, mode: Mode, words: String, attachments: Attachments) {
        if self.session.conversation.busy.get_untracked().is_none() {
            let job = request::job(self.session, mode, words, &attachments);
            self.engine.send(job, attachments);
        }
    }

    /// Makes several images of one description, with one seed after the other.
    pub(crate) fn make(self, words: &str, attachments: &Attachments, variations: usize) {
        if self.session.conversation.busy.get_untracked().is_some() {
            return;
        }
        let mut first = None;
        for number in 0..variations.clamp(1, MOST_VARIATIONS) {
            let job = request::job(self.session, Mode::Make, words.to_owned(), attachments);
            let seed = job.seed().wrapping_add(number as u64);
            let attachments = Attachments {
                first,
                ..attachments.clone()
            };
            let id = self.engine.send(job.with_seed(seed), attachments);
            first = first.or(Some(id));
        }
    }

    /// Sends the words and images of a turn once more. A turn of a file keeps its settings; else those of now hold, but for
    /// the seed of a variation: with that of the settings it would be the first one once more.
    pub(crate) fn again(self, turn: &Turn) {
        let attachments = turn.attachments();
        let seed = turn.job.with_untracked(Job::seed);
        let seed = attachments.first.is_some().then_some(seed);
        self.once_more(turn, attachments.as_saved, seed);
    }

    /// Sends a turn once more: with its own settings, or those of now and this seed.
    fn once_more(self, turn: &Turn, as_saved: bool, seed: Option<u64>) {
        if self.session.conversation.busy.get_untracked().is_some() {
            return;
        }
        let attachments = Attachments {
            first: None,
            as_saved,
            ..turn.attachments()
        };
        let mut job = turn.job.get_untracked();
        if !as_saved {
            let (mode, words) = (job.mode(), job.words().to_owned());
            job = request::job(self.session, mode, words, &attachments);
        }
        if let Some(seed) = seed {
            job = job.with_seed(seed);
        }
        self.engine.send(job, attachments);
    }

    /// Sends the words of a turn without the image that could not be opened.
    pub(crate) fn again_without(self, turn: &Turn) {
        turn.attachments
            .update(|attachments| attachments.awaits = None);
        self.again(turn);
    }

    /// The same with a new seed, so that chance falls another way: one above the turn's own and that of the settings, so that
    /// pressing twice makes two images.
    pub(crate) fn another(self, turn: &Turn) {
        if self.session.conversation.busy.get_untracked().is_some() {
            return;
        }
        let own = turn.job.with_untracked(Job::seed);
        let mut seed = own;
        self.session.preferences.set(|settings| {
            seed = settings.seed.max(own).wrapping_add(1);
            settings.seed = seed;
        });
        self.once_more(turn, false, Some(seed));
    }

    /// Puts the words of a turn back into the prompt box; its images go along again when they are sent.
    pub(crate) fn edit(self, turn: &Turn) {
        let (mode, words) = turn
            .job
            .with_untracked(|job| (job.mode(), job.words().to_owned()));
        self.session.conversation.mode.set(mode);
        self.session.conversation.prompt.set(words);
        // Without the image that the words were meant for they are new words, about what is shown now.
        let lost = |attachments: &Attachments| {
            attachments
                .awaits
                .as_ref()
                .is_some_and(|one| !self.session.images.is_reading(one.batch))
        };
        let whole = !turn.attachments.with_untracked(lost);
        self.session
            .conversation
            .editing
            .set(whole.then_some(turn.id));
        self.focus_prompt();
    }

    /// Opens the image that a turn made, ready to be asked about or to be changed further.
    pub(crate) fn go_on(self, turn: &Turn, mode: Mode) {
        let Some(image) = turn.result_image() else {
            return;
        };
        self.session.conversation.editing.set(None);
        self.session.images.turn_to(image);
        self.session.conversation.mode.set(mode);
        if mode == Mode::Make {
            self.session.conversation.make_from_image.set(true);
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
        let Some(id) = self.session.conversation.busy.get_untracked() else {
            return;
        };
        self.engine.drop_waiting(id);
        self.engine.stop(id);
    }
}
