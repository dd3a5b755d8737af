//! What goes along with the words that are being typed. It is decided here and nowhere else, at the moment of sending:
//! what is said above the prompt box is what is taken, and what comes later changes nothing.

use super::{
    pixels::ImageId,
    state::{Mode, OpenImage, Reading, Session},
};
use leptos::prelude::*;
use unimed_protocol::{FileId, Remedy, Trouble};

/// What words are about that are sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Nothing is open and nothing is being read.
    Nothing,
    /// An open image, as it is shown.
    Image(ImageId),
    /// Files that are being read: the first image that comes of them.
    Reading(FileId),
}

/// The files that were opened last, as long as nothing of them is shown and the person has not turned to another
/// image since; also those that just turned out to hold no image, so that what is sent does not depend on how fast
/// they did; else the image in the viewer.
pub(crate) fn subject(
    reading: &[Reading],
    lost: Option<FileId>,
    current: Option<ImageId>,
) -> Subject {
    let newest = reading.last().filter(|files| !files.passed_over);
    match (newest.map(|files| files.id).or(lost), current) {
        (Some(batch), _) => Subject::Reading(batch),
        (None, Some(id)) => Subject::Image(id),
        (None, None) => Subject::Nothing,
    }
}

/// What the person has set beside the words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes<'a> {
    /// The tab.
    pub(crate) mode: Mode,
    /// Whether Make starts from an image.
    pub(crate) from_image: bool,
    /// Images that a question is about besides its subject.
    pub(crate) also: &'a [ImageId],
}

/// The images to take: of those that are open, their numbers, the subject first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Taken {
    /// Files whose first image comes before the others.
    pub(crate) awaits: Option<FileId>,
    /// Open images.
    pub(crate) images: Vec<ImageId>,
}

/// Chooses among what is open and what is being read.
pub(crate) fn taken(subject: Subject, wishes: Wishes<'_>, open: &[OpenImage]) -> Taken {
    let mut taken = Taken::default();
    if wishes.mode == Mode::Ask || wishes.from_image {
        match subject {
            Subject::Nothing => {}
            Subject::Image(id) => taken.images.push(id),
            Subject::Reading(batch) => taken.awaits = Some(batch),
        }
    }
    if wishes.mode == Mode::Ask {
        let more = open.iter().map(|image| image.id);
        taken
            .images
            .extend(more.filter(|id| wishes.also.contains(id) && subject != Subject::Image(*id)));
    }
    taken
}

/// Files whose first image words wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// Which files.
    pub(crate) batch: FileId,
    /// What they are called.
    pub(crate) name: String,
}

impl Awaited {
    /// Said when no image came of the files.
    pub(crate) fn lost(&self) -> Trouble {
        Trouble::new(
            format!(
                "{} could not be opened, so the model was asked nothing.",
                self.name
            ),
            "Open another file and send the words again, or send them without an image.",
            Remedy::WithoutImage,
        )
    }
}

impl Session {
    /// Opens an image, whose pixels are kept already, because the person turned to it.
    pub(crate) fn turn_to(self, image: OpenImage) {
        let id = image.id;
        self.show_image(image);
        self.choose(id);
    }

    /// Puts an open image into the viewer because the person turned to it, whatever is still being read.
    pub(crate) fn choose(self, id: ImageId) {
        self.current.set(Some(id));
        self.lost.set(None);
        self.pass_over(None);
    }

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
            Subject::Reading(batch) => self.reading_name(batch),
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

    /// Whether anything that was sent waits for an image of these files; does not follow changes.
    pub(crate) fn is_awaited(self, batch: FileId) -> bool {
        self.turns
            .with_untracked(|turns| turns.iter().any(|turn| turn.awaits(batch)))
    }

    /// Nothing more comes of files. If they were what new words would be about, and no image came, that is kept until
    /// the person has seen it.
    pub(crate) fn end_reading(self, batch: FileId) {
        let told = self.is_awaited(batch);
        self.settle(batch, None);
        let mut lost = None;
        self.reading.update(|reading| {
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
            self.lost.set(lost);
        }
    }

    /// Files that words are to wait for, or that were lost; follows changes.
    pub(crate) fn awaited(self, batch: FileId) -> Option<Awaited> {
        let lost = self.lost.get().filter(|files| files.batch == batch);
        lost.or_else(|| {
            let name = self.reading_name(batch)?;
            Some(Awaited { batch, name })
        })
    }

    /// Gives the words that wait for files their image, or ends them when there is none. What was stopped gets it too:
    /// it may be sent again.
    pub(crate) fn settle(self, batch: FileId, image: Option<&OpenImage>) {
        let turns = self.turns.with_untracked(Clone::clone);
        for turn in turns.into_iter().filter(|turn| turn.awaits(batch)) {
            match image {
                Some(image) => turn.along.update(|along| {
                    along.awaits = None;
                    along.sources.insert(0, image.clone());
                }),
                None => {
                    if let Some(awaited) = turn.along().awaits {
                        self.advance(turn.id, |outcome| outcome.fail(awaited.lost()));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checks::Surroundings,
        language::Language,
        settings::Settings,
        state::{Modality, Origin},
        turn::{Along, Job, Outcome, Status, Turn},
    };

    fn file(number: u32) -> Reading {
        Reading {
            id: FileId(number),
            name: format!("{number}.png"),
            sample: None,
            handed: true,
            passed_over: false,
        }
    }

    fn open(numbers: &[u32]) -> Vec<OpenImage> {
        let image = |number: &u32| OpenImage {
            id: FileId(*number),
            name: format!("{number}.png"),
            width: 1,
            height: 1,
            origin: Origin::Made,
            modality: Modality::Unknown,
            notes: Vec::new(),
        };
        numbers.iter().map(image).collect()
    }

    const ASK: Wishes<'_> = Wishes {
        mode: Mode::Ask,
        from_image: false,
        also: &[],
    };

    #[test]
    fn words_are_about_what_was_opened_last_shown_or_still_being_read() {
        assert_eq!(subject(&[], None, None), Subject::Nothing);
        assert_eq!(
            subject(&[], None, Some(FileId(1))),
            Subject::Image(FileId(1))
        );
        assert_eq!(subject(&[file(2)], None, None), Subject::Reading(FileId(2)));
        let both = [file(2), file(3)];
        assert_eq!(
            subject(&both, None, Some(FileId(1))),
            Subject::Reading(FileId(3))
        );
    }

    #[test]
    fn an_image_that_the_person_turned_to_is_meant_whatever_is_being_read() {
        let passed = |number| Reading {
            passed_over: true,
            ..file(number)
        };
        let old = [passed(2)];
        assert_eq!(
            subject(&old, None, Some(FileId(1))),
            Subject::Image(FileId(1))
        );
        // What is opened after that counts again, and its arrival passes over what was opened before it.
        let newer = [passed(2), file(3)];
        assert_eq!(
            subject(&newer, None, Some(FileId(1))),
            Subject::Reading(FileId(3))
        );
        let shown = [file(2), passed(3)];
        assert_eq!(
            subject(&shown, None, Some(FileId(4))),
            Subject::Image(FileId(4))
        );
    }

    #[test]
    fn a_question_takes_its_subject_and_what_was_added_each_once() {
        let also = [FileId(3), FileId(1), FileId(9)];
        let wishes = Wishes { also: &also, ..ASK };
        let images = open(&[1, 2, 3]);
        assert_eq!(
            taken(Subject::Image(FileId(1)), wishes, &images),
            Taken {
                awaits: None,
                images: vec![FileId(1), FileId(3)],
            }
        );
        assert_eq!(
            taken(Subject::Reading(FileId(7)), wishes, &images),
            Taken {
                awaits: Some(FileId(7)),
                images: vec![FileId(1), FileId(3)],
            }
        );
        assert_eq!(taken(Subject::Nothing, ASK, &[]), Taken::default());
    }

    #[test]
    fn make_takes_one_image_where_it_is_to_start_from_one() {
        let also = [FileId(2)];
        let make = Wishes {
            mode: Mode::Make,
            from_image: true,
            also: &also,
        };
        let images = open(&[1, 2]);
        let from = |subject| taken(subject, make, &images);
        assert_eq!(from(Subject::Image(FileId(1))).images, [FileId(1)]);
        assert_eq!(
            from(Subject::Reading(FileId(7))),
            Taken {
                awaits: Some(FileId(7)),
                images: vec![],
            }
        );
        let from_words = Wishes {
            from_image: false,
            ..make
        };
        assert_eq!(
            taken(Subject::Reading(FileId(7)), from_words, &images),
            Taken::default()
        );
    }

    #[test]
    fn what_could_not_be_opened_is_named() {
        let lost = Awaited {
            batch: FileId(1),
            name: "a.dcm".into(),
        }
        .lost();
        assert!(lost.what.starts_with("a.dcm could not be opened"));
        assert_eq!(lost.remedy, Remedy::WithoutImage);
    }

    /// A visit in which files are being read, and a question that waits for them.
    fn waiting(mode: Mode) -> (Owner, Session, Turn) {
        let owner = Owner::new();
        owner.set();
        let settings = Settings {
            language: Some(Language::English),
            ..Settings::default()
        };
        let session = Session::new(Surroundings::default(), settings);
        session.reading.set(vec![file(7)]);
        let job = session.settings.with_untracked(|settings| match mode {
            Mode::Ask => Job::Ask {
                question: "What is this?".into(),
                settings: settings.ask(None),
            },
            Mode::Make => Job::Paint {
                prompt: "The same in blue".into(),
                settings: settings.paint(None, &[]),
            },
        });
        let along = Along {
            sources: open(&[3]),
            awaits: Some(Awaited {
                batch: FileId(7),
                name: "7.png".into(),
            }),
            ..Along::default()
        };
        let turn = session.add_turn(job, along, Outcome::default());
        (owner, session, turn)
    }

    fn sources(turn: &Turn) -> Vec<ImageId> {
        turn.along().sources.iter().map(|image| image.id).collect()
    }

    #[test]
    fn the_image_comes_before_those_that_were_there() {
        for mode in [Mode::Ask, Mode::Make] {
            let (_owner, session, turn) = waiting(mode);
            assert!(session.is_awaited(FileId(7)) && !session.is_awaited(FileId(6)));
            session.settle(FileId(6), Some(&open(&[6])[0]));
            assert_eq!(sources(&turn), [FileId(3)]);
            session.settle(FileId(7), Some(&open(&[8])[0]));
            assert_eq!(sources(&turn), [FileId(8), FileId(3)]);
            // A second image of the same files is another one.
            session.settle(FileId(7), Some(&open(&[9])[0]));
            session.settle(FileId(7), None);
            assert_eq!(sources(&turn), [FileId(8), FileId(3)]);
            assert_eq!(turn.status(), Status::Streaming);
        }
    }

    #[test]
    fn without_its_image_nothing_is_asked() {
        let (_owner, session, turn) = waiting(Mode::Ask);
        session.settle(FileId(7), None);
        assert_eq!(turn.status(), Status::Error);
        let trouble = turn
            .outcome
            .with_untracked(|outcome| outcome.trouble.clone());
        assert_eq!(
            trouble.map(|trouble| trouble.remedy),
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
        session.advance(turn.id, |outcome| outcome.status = Status::Stopped);
        session.settle(FileId(7), Some(&open(&[8])[0]));
        assert_eq!(sources(&turn), [FileId(8), FileId(3)]);
        assert_eq!(turn.status(), Status::Stopped);
    }

    #[test]
    fn turning_to_an_image_changes_what_new_words_are_about() {
        let (_owner, session, _) = waiting(Mode::Ask);
        session.images.set(open(&[1]));
        assert_eq!(untrack(|| session.subject()), Subject::Reading(FileId(7)));
        assert_eq!(untrack(|| session.subject_name()), Some("7.png".into()));
        session.choose(FileId(1));
        assert_eq!(untrack(|| session.subject()), Subject::Image(FileId(1)));
        assert_eq!(untrack(|| session.subject_name()), Some("1.png".into()));
        session.reading.update(|reading| reading.push(file(8)));
        session.reading.update(|reading| reading.push(file(9)));
        session.pass_over(Some(FileId(8)));
        assert_eq!(untrack(|| session.subject()), Subject::Reading(FileId(9)));
    }

    #[test]
    fn files_that_turned_out_to_hold_no_image_are_still_meant_until_that_was_seen() {
        let (_owner, session, turn) = waiting(Mode::Ask);
        session.images.set(open(&[1]));
        session.current.set(Some(FileId(1)));
        session.end_reading(FileId(7));
        assert_eq!(turn.status(), Status::Error);
        assert_eq!(
            untrack(|| session.subject()),
            Subject::Image(FileId(1)),
            "that was told"
        );
        session.reading.set(vec![file(6)]);
        session.end_reading(FileId(6));
        assert_eq!(untrack(|| session.subject()), Subject::Reading(FileId(6)));
        let awaited = untrack(|| session.awaited(FileId(6)));
        assert_eq!(awaited.map(|files| files.name), Some("6.png".into()));
        session.choose(FileId(1));
        assert_eq!(untrack(|| session.subject()), Subject::Image(FileId(1)));
        // An older one that fails while a newer one is read is not what is meant.
        session.reading.set(vec![file(8), file(9)]);
        session.end_reading(FileId(8));
        assert_eq!(untrack(|| session.subject()), Subject::Reading(FileId(9)));
    }
}
