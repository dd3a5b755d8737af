//! Why a file was not de-identified.

use crate::ImagingError;
use crate::dicom::deidentify::Fault;

/// Why a file was not de-identified, and what to do.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeidentifyError {
    /// The bytes are no DICOM file.
    #[error(
        "This is not a DICOM file, and only DICOM files are de-identified. Leave it out, or export it as DICOM first."
    )]
    NotDicom,
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ImagingError),
    /// It lists other files.
    #[error(
        "This is a DICOMDIR, which lists patients and files. Leave it out, and make a new one for the files that were written."
    )]
    Directory,
    /// It says not of which kind it is.
    #[error(
        "This file has no SOP Class UID (0008,0016), without which no valid file can be written. Export it again."
    )]
    NoClass,
    /// Its pixels cannot be decoded.
    #[error(
        "The picture cannot be searched for letters ({reason}). Choose not to cover letters, and look at the picture yourself."
    )]
    Search {
        /// Why.
        reason: String,
    },
    /// Letters cannot be covered.
    #[error(
        "Letters were found in the picture and cannot be covered ({reason}). Cover them with another program first."
    )]
    Cover {
        /// Why.
        reason: String,
    },
    /// The new file cannot be written.
    #[error(
        "The new file cannot be written ({reason}). Export the original in another transfer syntax."
    )]
    Write {
        /// What the encoder said.
        reason: String,
    },
    /// Dates shall stay and move.
    #[error("Dates can either stay or be shifted. Choose one of both.")]
    Dates,
    /// An option that no program carries out.
    #[error(
        "The {option} asks for a person's judgement and is not offered. Leave it out; what it would clean is removed."
    )]
    NotOffered {
        /// Its name in the standard.
        option: &'static str,
    },
}

impl From<Fault> for DeidentifyError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Read(error) => Self::Read(error),
            Fault::Directory => Self::Directory,
            Fault::NoClass => Self::NoClass,
            Fault::Paint(reason) => Self::Cover {
                reason: reason.to_owned(),
            },
            Fault::Write(reason) => Self::Write { reason },
        }
    }
}
