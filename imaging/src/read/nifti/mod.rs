//! NIfTI-1 and NIfTI-2 in one file (.nii), by their headers nifti1.h and nifti2.h.
//!
//! The header is read here rather than by a crate: it is a table of fixed offsets, and the sizes that it claims have
//! to be checked before anything is allocated.

mod cell;
mod header;

use super::{Budget, middle_window, real_range};
use crate::series::{FrameInfo, SeriesInfo};
use crate::{
    Format, ImagingError, Place, Rescale, SampleKind, Samples, Series, Spacing, SpacingKind, Voi,
};
use cell::{Cell, turned};
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
    let cell = Cell::of(header.data_type)?;
    let frame_bytes = width * height * cell.bytes();
    let count = slices * times;
    let needed = (frame_bytes as u64).saturating_mul(count as u64);
    let data = bytes.get(header.offset..).ok_or(TRUNCATED)?.len();
    if needed > data as u64 {
        return Err(TRUNCATED);
    }
    let voxels = (width * height) as u64 * count as u64;
    budget.take(voxels * cell.least_bytes())?;

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
    for index in (0..count).rev() {
        let at = header.offset + index * frame_bytes;
        let pixels = cell.read(&bytes[at..at + frame_bytes], header.big);
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
    let rescale = if cell.is_color() {
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
mod tests {
    use super::*;

    /// A NIfTI-1 file of 2 x 1 x 1 voxels, with this data type and voxels, in either byte order.
    fn file(code: i16, big: bool, voxels: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 352];
        let mut put = |at: usize, little: &[u8]| {
            let place = &mut bytes[at..at + little.len()];
            place.copy_from_slice(little);
            if big {
                place.reverse();
            }
        };
        put(0, &348_i32.to_le_bytes());
        for (i, n) in [3_i16, 2, 1, 1].into_iter().enumerate() {
            put(40 + 2 * i, &n.to_le_bytes());
        }
        put(70, &code.to_le_bytes());
        for (i, d) in [1.0_f32, 2.0, 3.0, 4.0].into_iter().enumerate() {
            put(76 + 4 * i, &d.to_le_bytes());
        }
        put(108, &352_f32.to_le_bytes());
        put(112, &2_f32.to_le_bytes());
        put(116, &10_f32.to_le_bytes());
        put(252, &1_i16.to_le_bytes());
        bytes[344..348].copy_from_slice(b"n+1\0");
        bytes.extend(voxels);
        bytes
    }

    fn open(bytes: &[u8]) -> Result<Series, ImagingError> {
        read("a.nii", bytes.to_vec(), &mut Budget::new(1 << 20))
    }

    /// Stored numbers from the first voxel to the second: the identity qform is in RAS, so columns are turned.
    fn stored(bytes: &[u8]) -> [f64; 2] {
        let series = open(bytes).unwrap();
        [1, 0].map(|i| series.frames[0].value(i).unwrap())
    }

    #[test]
    fn every_type_of_number_is_read_in_both_byte_orders() {
        macro_rules! check {
            ($code:literal, $type:ty, $a:literal, $b:literal) => {
                let (a, b): ($type, $type) = ($a, $b);
                let want = [a as f64, b as f64];
                let little = [a.to_le_bytes(), b.to_le_bytes()].concat();
                assert_eq!(stored(&file($code, false, &little)), want, "code {}", $code);
                let big = [a.to_be_bytes(), b.to_be_bytes()].concat();
                assert_eq!(stored(&file($code, true, &big)), want, "code {}", $code);
            };
        }
        check!(2, u8, 7, 255);
        check!(256, i8, -7, 127);
        check!(4, i16, -700, 32_000);
        check!(512, u16, 700, 65_000);
        check!(8, i32, -70_000, 1_048_576);
        check!(768, u32, 70_000, 4_294_967_040);
        check!(1024, i64, -5, 1_099_511_627_776);
        check!(1280, u64, 5, 1_099_511_627_776);
        check!(16, f32, -1.5, 1e20);
        check!(64, f64, -1.5, 0.25);
    }

    #[test]
    fn colour_is_kept_and_alpha_is_dropped() {
        let rgb = open(&file(128, false, &[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!(rgb.frames[0], Samples::Rgb8(vec![4, 5, 6, 1, 2, 3]));
        let rgba = open(&file(2304, false, &[1, 2, 3, 9, 4, 5, 6, 9])).unwrap();
        assert_eq!(rgba.frames, rgb.frames);
        assert_eq!(rgba.info.rescale, Rescale::IDENTITY);
    }

    #[test]
    fn scale_spacing_and_sides_are_the_headers() {
        let series = open(&file(2, false, &[7, 255])).unwrap();
        assert_eq!(series.value(0, 1, 0), Some(24.0));
        let spacing = series.info.spacing(0).unwrap();
        assert_eq!((spacing.column_mm, spacing.row_mm), (2.0, 3.0));
        let place = series.info.frames[0].place.unwrap();
        assert_eq!(place.edges(), ["R", "L", "A", "P"]);
        // Voxel 0 is at the origin; voxel 1, 2 mm to the right, is the first on the screen.
        assert_eq!(place.origin, [-2.0, 0.0, 0.0]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let complex = open(&file(32, false, &[0; 16])).unwrap_err().to_string();
        assert!(complex.contains("complex numbers, code 32"), "{complex}");
        assert_eq!(open(&file(4, false, &[0; 3])), Err(TRUNCATED));
        let mut huge = file(2, false, &[1, 2]);
        huge[42..44].copy_from_slice(&30_000_i16.to_le_bytes());
        huge[44..46].copy_from_slice(&30_000_i16.to_le_bytes());
        assert!(matches!(
            open(&huge),
            Err(ImagingError::TooManyPixels { .. })
        ));
    }
}
