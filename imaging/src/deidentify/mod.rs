//! De-identification of DICOM files: attributes by the Basic Application Level Confidentiality Profile of PS3.15, annex E,
//! with its options; letters in pictures found and, where that is wanted, covered.
//!
//! ```
//! use unimed_imaging::deidentify::{Deidentifier, DeidentifyError, ProfileOption};
//!
//! let secret = [7; 32]; // random ones
//! let deidentifier = Deidentifier::new(vec![ProfileOption::RetainModifiedDates], false, secret)?;
//! assert!(matches!(deidentifier.file(b"no DICOM file"), Err(DeidentifyError::NotDicom)));
//! # Ok::<(), DeidentifyError>(())
//! ```

mod error;
mod letters;
#[cfg(test)]
mod tests;

pub use crate::dicom::deidentify::{Change, Done, ProfileOption};
pub use error::DeidentifyError;

use crate::dicom::deidentify::{Letters, Secret, deidentify};
use crate::dicom::is_dicom;

/// Takes out of files what tells who the patient is.
///
/// All files that belong together go through one: the same identifier is replaced by the same other one, and dates of one
/// patient move by the same number of days.
#[derive(Debug)]
pub struct Deidentifier {
    options: Vec<ProfileOption>,
    cover: bool,
    secret: Secret,
}

/// A file without what identifies.
#[derive(Debug)]
pub struct Deidentified {
    /// The new file.
    pub bytes: Vec<u8>,
    /// Its SOP Instance UID, which names nobody.
    pub instance: String,
    /// What was done, by attribute.
    pub changes: Vec<Change>,
    /// What was seen in the picture.
    pub picture: Picture,
    /// Sentences for whoever passes it on.
    pub notes: Vec<String>,
}

/// What was seen in the pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// There are none.
    None,
    /// They could not be looked through.
    Unread {
        /// Why.
        reason: String,
    },
    /// They were looked through.
    Searched {
        /// Frames.
        frames: usize,
        /// Places with letters, in all frames together.
        places: usize,
        /// Whether these are covered.
        covered: bool,
    },
}

impl Deidentifier {
    /// By the basic profile, with options; `cover` has letters painted over that are found near the edges of pictures. The
    /// secret must be random, and lost when the files are done.
    ///
    /// # Errors
    /// [`DeidentifyError::Dates`] where dates shall both stay and be shifted, [`DeidentifyError::NotOffered`] for an option
    /// that only a person can carry out.
    pub fn new(
        options: Vec<ProfileOption>,
        cover: bool,
        secret: [u8; 32],
    ) -> Result<Self, DeidentifyError> {
        let has = |option| options.contains(&option);
        if has(ProfileOption::RetainFullDates) && has(ProfileOption::RetainModifiedDates) {
            return Err(DeidentifyError::Dates);
        }
        let mut others = options.iter();
        if let Some(other) = others.find(|option| !ProfileOption::OFFERED.contains(option)) {
            return Err(DeidentifyError::NotOffered {
                option: other.code()[1],
            });
        }
        Ok(Self {
            options,
            cover,
            secret: Secret(secret),
        })
    }

    /// Writes a file anew.
    ///
    /// # Errors
    /// Why it cannot be done, and what to do. A file in which letters shall be covered and cannot be is not written.
    pub fn file(&self, bytes: &[u8]) -> Result<Deidentified, DeidentifyError> {
        if !is_dicom(bytes) {
            return Err(DeidentifyError::NotDicom);
        }
        let seen = letters::search(bytes);
        let mut frames = None;
        let (letters, picture) = match seen {
            Err(reason) => {
                if self.cover {
                    return Err(DeidentifyError::Search { reason });
                }
                (Letters::Unknown, Picture::Unread { reason })
            }
            Ok(None) => (Letters::Unknown, Picture::None),
            Ok(Some(seen)) => {
                let covered = self.cover && seen.places > 0;
                let picture = Picture::Searched {
                    frames: seen.frames,
                    places: seen.places,
                    covered,
                };
                let letters = match (seen.places, covered) {
                    (0, _) => Letters::None,
                    (_, true) => Letters::Covered,
                    (_, false) => Letters::Left,
                };
                if covered {
                    let painted = seen.covered();
                    frames = Some(painted.map_err(|reason| DeidentifyError::Cover { reason })?);
                }
                (letters, picture)
            }
        };
        let written = deidentify(
            bytes,
            &self.options,
            &self.secret,
            letters,
            frames.as_deref(),
        )?;
        Ok(Deidentified {
            bytes: written.bytes,
            instance: written.instance,
            changes: written.record.changes(),
            picture,
            notes: written.notes,
        })
    }
}
