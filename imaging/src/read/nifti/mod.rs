//! NIfTI-1 and NIfTI-2 in one file (.nii), by their headers nifti1.h and nifti2.h.
//!
//! The header is read here rather than by a crate: it is a table of fixed offsets, and the sizes that it claims have
//! to be checked before anything is allocated.

mod affine;
mod data_type;
mod fields;
mod header;
mod units;

use crate::budget::Budget;
use crate::series::{FrameInfo, SeriesInfo};
use crate::value_range::{ROUNDED, middle_window, real_range};
use crate::{
    Format, ImagingError, Place, Rescale, SampleKind, Samples, Series, Spacing, SpacingKind, Voi,
};
use data_type::{DataType, turned};
use header::{Header, TRUNCATED};

/// Bytes of the file that are given back at a time.
const GIVE_BACK: usize = 8 << 20;

/// Reads a file; decoded pixels count against the budget. The file's own bytes are given back while they are decoded, so
/// that a large volume is not in memory twice.
pub(super) fn read(
    name: &str,
    mut bytes: Vec<u8>,
    budget: &mut Budget,
) -> Result<Series, ImagingError> {
    let header = Header::read(&bytes)?;
    let [width, height, slices, times] = header.size;
    let data_type = DataType::of(header.data_type)?;
    let frame_bytes = width * height * data_type.bytes();
    let count = slices * times;
    let needed = (frame_bytes as u64).saturating_mul(count as u64);
    let data = bytes.get(header.offset..).ok_or(TRUNCATED)?.len();
    if needed > data as u64 {
        return Err(TRUNCATED);
    }
    let voxels = (width * height) as u64 * count as u64;
    budget.take_frames(count, name)?;
    budget.take(voxels * data_type.least_bytes())?;

    // Voxels are turned so that every slice is seen as readers are used to, without touching the coordinates.
    let affine = header.affine;
    let main = affine.main_axes();
    let flips = [0, 1, 2].map(|axis| {
        let towards = affine.axes[axis][main[axis]];
        // In the picture: to the left of the patient, to the back, to the feet. Through the slices: to the head.
        let downwards = axis < 2 && main[axis] == 2;
        (towards < 0.0) != downwards
    });
    let sizes = [width, height, slices];
    let volume = (0..3)
        .filter(|&a| flips[a])
        .fold(affine, |v, a| v.flipped(a, sizes[a]));
    // From the last frame to the first.
    let mut frames: Vec<Samples> = Vec::with_capacity(count);
    let mut rounded = false;
    for index in (0..count).rev() {
        let at = header.offset + index * frame_bytes;
        rounded |= data_type.is_rounded(&bytes[at..at + frame_bytes], header.big);
        let pixels = data_type.read(&bytes[at..at + frame_bytes], header.big);
        frames.push(turned(pixels, width, height, flips[0], flips[1]));
        bytes.truncate(at);
        if bytes.capacity() - at >= GIVE_BACK {
            bytes.shrink_to_fit();
        }
    }
    drop(bytes);
    if frames.iter().any(|f| f.kind() == SampleKind::F64) {
        budget.take(voxels * 4)?;
    }
    Samples::unify(&mut frames);
    frames.reverse();
    if flips[2] {
        frames
            .chunks_exact_mut(slices)
            .for_each(<[Samples]>::reverse);
    }
    let spacing = volume.spacing_mm();
    let unit_vector = |axis: usize| volume.axes[axis].map(|x| x / spacing[axis].max(1e-12));
    let place = |slice: usize| Place {
        origin: volume.point([0.0, 0.0, slice as f64]),
        row: unit_vector(0),
        column: unit_vector(1),
    };
    let mut notes = header.notes;
    if header.transform == "none" {
        notes.push(
            "The file does not say how the head lies; left and right may be swapped.".to_owned(),
        );
    }
    if data_type == DataType::Rgba {
        notes.push("The transparency of this file's colours is not shown.".to_owned());
    }
    if rounded {
        notes.push(ROUNDED.to_owned());
    }
    let rescale = if data_type.is_color() {
        Rescale::IDENTITY
    } else {
        header.rescale
    };
    let calibrated = header.calibrated.map(Voi::Window);
    let voi = calibrated.or_else(|| middle_window(&frames, &[], &rescale));
    let info = SeriesInfo {
        name: name.to_owned(),
        format: Format::Nifti,
        modality: String::new(),
        width,
        height,
        kind: frames.first().map_or(SampleKind::U8, Samples::kind),
        slices,
        times,
        range: real_range(&frames, &[], &rescale),
        rescale,
        unit: String::new(),
        voi: voi.into_iter().collect(),
        volume: (slices > 1).then_some(volume),
        frame_time_ms: header.step_ms,
        frames: (0..count)
            .map(|index| FrameInfo {
                file: name.to_owned(),
                number: index,
                place: Some(place(index % slices)),
                spacing: Some(Spacing {
                    row_mm: spacing[1],
                    column_mm: spacing[0],
                    kind: SpacingKind::Patient,
                }),
                ..FrameInfo::default()
            })
            .collect(),
        notes,
        metadata: header.metadata,
    };
    Ok(Series { info, frames })
}

#[cfg(test)]
mod tests;
