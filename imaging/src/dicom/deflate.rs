//! Data sets that are deflated (DICOM PS3.5, A.5).

use std::io::Read as _;

use crate::budget::Budget;
use crate::{Format, ImagingError};

/// Undoes the deflation of a data set, within the budget.
pub(super) fn inflate(bytes: &[u8], budget: &mut Budget) -> Result<Vec<u8>, ImagingError> {
    let mut out = Vec::new();
    let limit = budget.left().min(budget.inflatable());
    let mut reader = flate2::read::DeflateDecoder::new(bytes).take(limit.saturating_add(1));
    let read = reader.read_to_end(&mut out);
    budget.inflated(out.len());
    read.map_err(|_| ImagingError::Truncated {
        format: Format::Dicom,
    })?;
    if out.len() as u64 > limit {
        return Err(budget.cannot_inflate(out.len() as u64));
    }
    Ok(out)
}
