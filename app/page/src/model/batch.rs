//! Files that the decoder was given and has not done with: enough of them to give them to another one when it dies.

use unimed_protocol::{FileId, Remedy, ToDecoder, UserError};

/// Decoders that may take over, one after the other: each reads again what the one before it had read.
const MOST_DEATHS: u32 = 8;

/// Seconds between two looks at whether the decoder is heard. Looks are counted and not seconds, because a device that
/// slept in between computed nothing.
pub(crate) const LOOK_SECONDS: u32 = 5;

/// Looks at a silent decoder at least, and bytes that are worth one more: half a minute, and two seconds for each megabyte.
/// Files take a hundredth of it; the second part is what work on them is held to (docs/reliability.md).
const LOOKS: u32 = 6;
const BYTES_A_LOOK: f64 = 2.5e6;

/// Files that belong together.
#[derive(Debug)]
pub(crate) struct Batch<File> {
    /// Their number.
    pub(crate) id: FileId,
    /// What the decoder is asked.
    pub(crate) request: ToDecoder,
    /// The files, which lie beside it.
    pub(crate) files: Vec<File>,
    /// The file that is being read, its number and name.
    file: Option<(u32, String)>,
    /// Whether all are read: what the decoder dies of then has no name, and some of the series may have come already.
    assembling: bool,
    /// Decoders that died over them.
    deaths: u32,
    /// Looks at the decoder since it was heard.
    silent: u32,
    /// As many as there may be.
    most_silent: u32,
}

impl<File> Batch<File> {
    /// Files that are about to be given to a decoder.
    pub(crate) fn new(id: FileId, names: Vec<String>, files: Vec<File>) -> Self {
        Self {
            id,
            request: ToDecoder::Open {
                batch: id,
                names,
                skip: Vec::new(),
            },
            files,
            file: None,
            assembling: false,
            deaths: 0,
            silent: 0,
            most_silent: u32::MAX,
        }
    }

    /// The decoder begins with a file, or with what comes after the last one.
    pub(crate) fn begin(&mut self, file: Option<(u32, String)>, bytes: f64) {
        self.assembling = file.is_none();
        self.file = file;
        self.most_silent = LOOKS + (bytes / BYTES_A_LOOK) as u32;
    }

    /// The decoder said something.
    pub(crate) fn hear(&mut self) {
        self.silent = 0;
    }

    /// Looks at a decoder that has these files: true once it has been silent for too long.
    pub(crate) fn look(&mut self) -> bool {
        self.silent += 1;
        self.silent > self.most_silent
    }

    /// The decoder died, or was silent for too long. The next one passes the file over; gives what is said about it.
    pub(crate) fn lose_decoder(&mut self, silent: bool) -> Option<UserError> {
        self.deaths += 1;
        self.silent = 0;
        self.most_silent = u32::MAX;
        let (number, name) = self.file.take()?;
        if let ToDecoder::Open { skip, .. } = &mut self.request {
            skip.push(number);
        }
        Some(UserError::new(
            if silent {
                format!("{name} could not be opened: the decoder took too long over it.")
            } else {
                format!("{name} could not be opened: reading it stopped the decoder.")
            },
            "Open it by itself, or a smaller version of the image.",
            Remedy::ChooseFile,
        ))
    }

    /// Whether no other decoder is to try after one was lost.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.assembling || self.deaths > MOST_DEATHS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch<()> {
        let names = ["a.png", "b.zip", "c.png"].map(str::to_owned).to_vec();
        Batch::new(FileId(1), names, vec![(); 3])
    }

    fn skipped(batch: &Batch<()>) -> &[u32] {
        let ToDecoder::Open { skip, .. } = &batch.request else {
            panic!("a batch is to be opened");
        };
        skip
    }

    #[test]
    fn the_file_that_a_decoder_dies_over_is_named_and_passed_over() {
        let mut batch = batch();
        batch.begin(Some((0, "a.png".into())), 1e3);
        batch.begin(Some((2, "b.zip/x.dcm".into())), 1e6);
        let error = batch.lose_decoder(false).expect("a file was being read");
        assert_eq!(
            error.what,
            "b.zip/x.dcm could not be opened: reading it stopped the decoder."
        );
        assert_eq!(skipped(&batch), [2]);
        assert!(!batch.is_hopeless());
        batch.begin(Some((3, "c.png".into())), 1e3);
        let error = batch.lose_decoder(true).expect("a file was being read");
        assert_eq!(
            error.what,
            "c.png could not be opened: the decoder took too long over it."
        );
        assert_eq!(skipped(&batch), [2, 3]);
    }

    #[test]
    fn a_decoder_that_dies_before_it_names_a_file_costs_none() {
        let mut batch = batch();
        assert_eq!(batch.lose_decoder(false), None);
        // Nor does one that follows the one that died over a file.
        batch.begin(Some((0, "a.png".into())), 1e3);
        assert!(batch.lose_decoder(false).is_some());
        assert_eq!(batch.lose_decoder(false), None);
        assert_eq!(skipped(&batch), [0]);
        assert!(!batch.is_hopeless());
    }

    #[test]
    fn after_eight_others_no_decoder_tries_again() {
        let mut batch = batch();
        for death in 0..MOST_DEATHS {
            batch.begin(Some((death, "x.png".into())), 1e3);
            assert!(batch.lose_decoder(false).is_some());
            assert!(!batch.is_hopeless(), "after {death}");
        }
        batch.begin(Some((MOST_DEATHS, "y.png".into())), 1e3);
        let error = batch.lose_decoder(false).expect("it is named as well");
        assert!(error.what.starts_with("y.png"));
        assert!(batch.is_hopeless());
    }

    #[test]
    fn what_dies_when_all_files_are_read_is_not_read_again() {
        let mut batch = batch();
        batch.begin(Some((0, "a.png".into())), 1e3);
        batch.begin(None, 1e3);
        assert_eq!(batch.lose_decoder(false), None);
        assert_eq!(skipped(&batch), [0; 0]);
        assert!(batch.is_hopeless());
    }

    #[test]
    fn a_silent_decoder_has_half_a_minute_and_two_seconds_for_a_megabyte() {
        let looks = |bytes| {
            let mut batch = batch();
            batch.begin(Some((0, "a.png".into())), bytes);
            (1..).find(|_| batch.look()).expect("it ends")
        };
        let seconds = |bytes| (looks(bytes) - 1) * LOOK_SECONDS;
        assert_eq!(seconds(1e3), 30);
        assert_eq!(seconds(500e6), 30 + 1000);
        let mut batch = batch();
        assert!(!batch.look(), "nothing was begun");
        batch.begin(None, 0.0);
        for _ in 0..100 {
            batch.hear();
            assert!(!batch.look(), "it was heard in between");
        }
    }
}
