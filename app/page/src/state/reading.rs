//! Files on their way to become images, and the words that wait for them.

use crate::{
    model::{
        attachments::{Awaited, Subject, subject},
        image::OpenImage,
    },
    state::{conversation::Conversation, images::Images, session::Session},
};
use leptos::prelude::*;
use unimed_protocol::FileId;

impl Images {
    /// New words are about nothing that is being read: of all files up to a batch, or of all that there are.
    pub(crate) fn pass_over(self, last: Option<FileId>) {
        self.reading.update(|reading| {
            for files in reading {
                files.passed_over = true;
                if Some(files.id) == last {
                    break;
                }
            }
        });
    }

    /// What words are about that are sent now; follows changes.
    pub(crate) fn subject(self) -> Subject {
        let current = self.current.get();
        let lost = self
            .lost
            .with(|lost| lost.as_ref().map(|files| files.batch));
        self.reading.with(|reading| subject(reading, lost, current))
    }

    /// What the subject is called; follows changes.
    pub(crate) fn subject_name(self) -> Option<String> {
        match self.subject() {
            Subject::Nothing => None,
            Subject::Image(_) => self.current_image().map(|image| image.name),
            Subject::Reading(batch) => self.awaited(batch).map(|files| files.name),
        }
    }

    /// What files are called that are being read; `None` once nothing more comes of them. Follows changes.
    pub(crate) fn reading_name(self, batch: FileId) -> Option<String> {
        self.reading.with(|reading| {
            let files = reading.iter().find(|files| files.id == batch);
            files.map(|files| files.name.clone())
        })
    }

    /// Whether an image may still come of files; does not follow changes.
    pub(crate) fn is_reading(self, batch: FileId) -> bool {
        self.reading
            .with_untracked(|reading| reading.iter().any(|files| files.id == batch))
    }

    /// Files that words are to wait for, or that were lost; follows changes.
    pub(crate) fn awaited(self, batch: FileId) -> Option<Awaited> {
        let lost = self.lost.get().filter(|files| files.batch == batch);
        lost.or_else(|| {
            let name = self.reading_name(batch)?;
            Some(Awaited { batch, name })
        })
    }
}

impl Conversation {
    /// Whether anything that was sent waits for an image of these files; does not follow changes.
    pub(crate) fn is_awaited(self, batch: FileId) -> bool {
        self.turns
            .with_untracked(|turns| turns.iter().any(|turn| turn.awaits(batch)))
    }

    /// Gives the words that wait for files their image, or ends them when there is none. What was stopped gets it too:
    /// it may be sent again.
    pub(crate) fn settle(self, batch: FileId, image: Option<&OpenImage>) {
        let turns = self.turns.with_untracked(Clone::clone);
        for turn in turns.into_iter().filter(|turn| turn.awaits(batch)) {
            match image {
                Some(image) => turn.attachments.update(|attachments| {
                    attachments.awaits = None;
                    attachments.sources.insert(0, image.clone());
                }),
                None => {
                    if let Some(awaited) = turn.attachments().awaits {
                        self.advance(turn.id, |outcome| outcome.fail(awaited.lost()));
                    }
                }
            }
        }
    }
}

impl Session {
    /// Nothing more comes of files. If they were what new words would be about, and no image came, that is kept until
    /// the person has seen it.
    pub(crate) fn end_reading(self, batch: FileId) {
        let told = self.conversation.is_awaited(batch);
        self.conversation.settle(batch, None);
        let mut lost = None;
        self.images.reading.update(|reading| {
            let meant = reading
                .last()
                .is_some_and(|files| files.id == batch && !files.passed_over);
            reading.retain(|files| {
                if files.id == batch && meant {
                    let name = files.name.clone();
                    lost = Some(Awaited { batch, name });
                }
                files.id != batch
            });
        });
        if lost.is_some() && !told {
            self.images.lost.set(lost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            attachments::{
                Attachments,
                tests::{file, open},
            },
            image::ImageId,
            mode::Mode,
            settings::Settings,
            turn::{Job, Outcome, Status},
        },
        state::{capabilities::Capabilities, turn::Turn},
    };
    use unimed_protocol::Remedy;

    /// A visit in which files are being read, and a question that waits for them.
    fn waiting(mode: Mode) -> (Owner, Session, Turn) {
        let owner = Owner::new();
        owner.set();
        let settings = Settings {
            language: Some("en".to_owned()),
            ..Settings::default()
        };
        let session = Session::new(Capabilities::default(), settings);
        session.images.reading.set(vec![file(7)]);
        let job = session
            .preferences
            .settings
            .with_untracked(|settings| match mode {
                Mode::Ask => Job::Ask {
                    question: "What is this?".into(),
                    settings: settings.ask(None),
                },
                Mode::Make => Job::Paint {
                    prompt: "The same in blue".into(),
                    settings: settings.paint(None, &[], ""),
                },
            });
        let attachments = Attachments {
            sources: open(&[3]),
            awaits: Some(Awaited {
                batch: FileId(7),
                name: "7.png".into(),
            }),
            ..Attachments::default()
        };
        let turn = session.add_turn(job, attachments, Outcome::default());
        (owner, session, turn)
    }

    fn sources(turn: &Turn) -> Vec<ImageId> {
        turn.attachments()
            .sources
            .iter()
            .map(|image| image.id)
            .collect()
    }

    #[test]
    fn the_image_comes_before_those_that_were_there() {
        for mode in [Mode::Ask, Mode::Make] {
            let (_owner, session, turn) = waiting(mode);
            assert!(
                session.conversation.is_awaited(FileId(7))
                    && !session.conversation.is_awaited(FileId(6))
            );
            session.conversation.settle(FileId(6), Some(&open(&[6])[0]));
            assert_eq!(sources(&turn), [FileId(3)]);
            session.conversation.settle(FileId(7), Some(&open(&[8])[0]));
            assert_eq!(sources(&turn), [FileId(8), FileId(3)]);
            // A second image of the same files is another one.
            session.conversation.settle(FileId(7), Some(&open(&[9])[0]));
            session.conversation.settle(FileId(7), None);
            assert_eq!(sources(&turn), [FileId(8), FileId(3)]);
            assert_eq!(turn.status(), Status::Streaming);
        }
    }

    #[test]
    fn without_its_image_nothing_is_asked() {
        let (_owner, session, turn) = waiting(Mode::Ask);
        session.conversation.settle(FileId(7), None);
        assert_eq!(turn.status(), Status::Error);
        let user_error = turn
            .outcome
            .with_untracked(|outcome| outcome.user_error.clone());
        assert_eq!(
            user_error.map(|user_error| user_error.remedy),
            Some(Remedy::WithoutImage)
        );
        assert!(
            turn.awaits(FileId(7)),
            "it is not forgotten that it was to have one"
        );
    }

    #[test]
    fn what_was_stopped_gets_its_image_for_the_next_time() {
        let (_owner, session, turn) = waiting(Mode::Ask);
        session
            .conversation
            .advance(turn.id, |outcome| outcome.status = Status::Stopped);
        session.conversation.settle(FileId(7), Some(&open(&[8])[0]));
        assert_eq!(sources(&turn), [FileId(8), FileId(3)]);
        assert_eq!(turn.status(), Status::Stopped);
    }

    #[test]
    fn turning_to_an_image_changes_what_new_words_are_about() {
        let (_owner, session, _) = waiting(Mode::Ask);
        session.images.open.set(open(&[1]));
        assert_eq!(
            untrack(|| session.images.subject()),
            Subject::Reading(FileId(7))
        );
        assert_eq!(
            untrack(|| session.images.subject_name()),
            Some("7.png".into())
        );
        session.images.choose(FileId(1));
        assert_eq!(
            untrack(|| session.images.subject()),
            Subject::Image(FileId(1))
        );
        assert_eq!(
            untrack(|| session.images.subject_name()),
            Some("1.png".into())
        );
        session
            .images
            .reading
            .update(|reading| reading.push(file(8)));
        session
            .images
            .reading
            .update(|reading| reading.push(file(9)));
        session.images.pass_over(Some(FileId(8)));
        assert_eq!(
            untrack(|| session.images.subject()),
            Subject::Reading(FileId(9))
        );
    }

    #[test]
    fn files_that_turned_out_to_hold_no_image_are_still_meant_until_that_was_seen() {
        let (_owner, session, turn) = waiting(Mode::Ask);
        session.images.open.set(open(&[1]));
        session.images.current.set(Some(FileId(1)));
        session.end_reading(FileId(7));
        assert_eq!(turn.status(), Status::Error);
        assert_eq!(
            untrack(|| session.images.subject()),
            Subject::Image(FileId(1)),
            "that was told"
        );
        session.images.reading.set(vec![file(6)]);
        session.end_reading(FileId(6));
        assert_eq!(
            untrack(|| session.images.subject()),
            Subject::Reading(FileId(6))
        );
        assert_eq!(
            untrack(|| session.images.subject_name()),
            Some("6.png".into()),
            "what words are about is still said"
        );
        session.images.choose(FileId(1));
        assert_eq!(
            untrack(|| session.images.subject()),
            Subject::Image(FileId(1))
        );
        // An older one that fails while a newer one is read is not what is meant.
        session.images.reading.set(vec![file(8), file(9)]);
        session.end_reading(FileId(8));
        assert_eq!(
            untrack(|| session.images.subject()),
            Subject::Reading(FileId(9))
        );
    }
}
