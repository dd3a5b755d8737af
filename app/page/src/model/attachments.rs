//! Which images go along with the words that are being typed: what is said above the prompt box is what is taken, and what
//! comes later changes nothing.

use crate::model::{
    file::Reading,
    image::{ImageId, OpenImage},
    mode::Mode,
    trial::Trial,
};
use unimed_protocol::{FileId, JobId, Remedy, UserError};

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
pub(crate) struct PromptOptions<'a> {
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
pub(crate) fn taken(subject: Subject, wishes: PromptOptions<'_>, open: &[OpenImage]) -> Taken {
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
    pub(crate) fn lost(&self) -> UserError {
        UserError::new(
            format!(
                "{} could not be opened, so the model was asked nothing.",
                self.name
            ),
            "Open another file and send the words again, or send them without an image.",
            Remedy::WithoutImage,
        )
    }
}

/// What goes along with the words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Attachments {
    /// Images, the one that the words are about first.
    pub(crate) sources: Vec<OpenImage>,
    /// Files whose first image is to come before those. When no file of them is being read any more, there is none.
    pub(crate) awaits: Option<Awaited>,
    /// Turns that the question follows up on, oldest first.
    pub(crate) earlier: Vec<JobId>,
    /// The first of the variations among which this is another one.
    pub(crate) first: Option<JobId>,
    /// Whether the settings stand as they are, whatever the person has set by now: the turn repeats one of a file, or is a
    /// trial of an answer.
    pub(crate) as_saved: bool,
    /// What it tries of another answer.
    pub(crate) trial: Option<Trial>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{image::Origin, modality::Modality};

    /// A file that is being read.
    pub(crate) fn file(number: u32) -> Reading {
        Reading {
            id: FileId(number),
            name: format!("{number}.png"),
            sample: None,
            passed_over: false,
        }
    }

    /// Images that are open.
    pub(crate) fn open(numbers: &[u32]) -> Vec<OpenImage> {
        let image = |number: &u32| OpenImage {
            id: FileId(*number),
            opened: FileId(*number),
            name: format!("{number}.png"),
            width: 1,
            height: 1,
            origin: Origin::Made,
            modality: Modality::Unknown,
            notes: Vec::new(),
        };
        numbers.iter().map(image).collect()
    }

    const ASK: PromptOptions<'_> = PromptOptions {
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
        let wishes = PromptOptions { also: &also, ..ASK };
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
        let make = PromptOptions {
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
        let from_words = PromptOptions {
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
}
