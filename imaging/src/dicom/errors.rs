//! Errors of DICOM files.

use crate::{Format, ImagingError};

pub(super) fn corrupt(reason: impl Into<String>) -> ImagingError {
    ImagingError::Corrupt {
        format: Format::Dicom,
        reason: reason.into(),
    }
}

pub(super) const TRUNCATED: ImagingError = ImagingError::Truncated {
    format: Format::Dicom,
};

pub(super) fn unsupported(reason: String) -> ImagingError {
    ImagingError::UnsupportedForm {
        format: Format::Dicom,
        reason,
        remedy: "Export it again as 8- or 16-bit grey or as RGB, and open the result.",
    }
}
