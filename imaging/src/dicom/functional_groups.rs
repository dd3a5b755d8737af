//! Functional groups, and the positions of frames (DICOM PS3.3, C.7.6.2, C.7.6.16, C.8.4 and C.8.8.3.2).

use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{float, floats, ints, item, items, vector};
use crate::Place;
use crate::geometry::{dot, length};

/// Shared and per-frame functional groups of an enhanced object, else the data set itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct FunctionalGroups<'a> {
    object: &'a InMemDicomObject,
    shared: Option<&'a InMemDicomObject>,
    frames: &'a [InMemDicomObject],
}

impl<'a> FunctionalGroups<'a> {
    pub(super) fn new(object: &'a InMemDicomObject) -> Self {
        Self {
            object,
            shared: item(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE),
            frames: items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE),
        }
    }

    /// The data set itself.
    pub(super) const fn object(&self) -> &'a InMemDicomObject {
        self.object
    }

    /// Where a macro that holds for a frame may stand: the frame's group, the shared one, the data set.
    pub(super) fn levels(&self, frame: usize) -> impl Iterator<Item = &'a InMemDicomObject> {
        let own = self.frames.get(frame);
        own.into_iter().chain(self.shared).chain([self.object])
    }

    /// The item of a macro's sequence that holds for a frame: its own, the shared one, else the data set.
    pub(super) fn of(&self, frame: usize, sequence: Tag) -> &'a InMemDicomObject {
        self.levels(frame)
            .find_map(|level| item(level, sequence))
            .unwrap_or(self.object)
    }

    /// Where a frame lies.
    fn place(&self, frame: usize) -> Option<Place> {
        let position = self.of(frame, tags::PLANE_POSITION_SEQUENCE);
        let orientation = self.of(frame, tags::PLANE_ORIENTATION_SEQUENCE);
        place(position, orientation)
    }

    /// Places of `count` frames. Multi-frame objects without functional groups (doses, nuclear medicine) lie along
    /// their normal, at offsets from the first frame or equally spaced.
    pub(super) fn places(&self, count: usize) -> Vec<Option<Place>> {
        if !self.frames.is_empty() {
            return (0..count).map(|frame| self.place(frame)).collect();
        }
        if let Some(slices) = self.reconstructed(count) {
            return slices;
        }
        let first = self.place(0);
        if count == 1 {
            return vec![first];
        }
        let offsets = floats(self.object, tags::GRID_FRAME_OFFSET_VECTOR);
        let Some(first) = first.filter(|_| offsets.len() == count) else {
            return vec![None; count];
        };
        offsets
            .iter()
            .map(|offset| Some(dose_plane(&first, offsets[0], *offset)))
            .collect()
    }

    /// Slices of a nuclear medicine reconstruction: the first one's place stands with the detector, the others follow
    /// along its normal, against it where Spacing Between Slices is negative (C.8.4.15).
    fn reconstructed(&self, count: usize) -> Option<Vec<Option<Place>>> {
        let detectors = items(self.object, tags::DETECTOR_INFORMATION_SEQUENCE);
        let slices = ints(self.object, tags::SLICE_VECTOR);
        if slices.len() != count {
            return None;
        }
        let step = float(self.object, tags::SPACING_BETWEEN_SLICES)
            .filter(|step| *step != 0.0)
            .or_else(|| float(self.object, tags::SLICE_THICKNESS).filter(|step| *step > 0.0));
        // Detector Vector
        let detector = ints(self.object, tags::DETECTOR_VECTOR);
        let of = |frame: usize| {
            let number = detector.get(frame).copied().unwrap_or(1);
            let own = usize::try_from(number.saturating_sub(1))
                .ok()
                .and_then(|i| detectors.get(i));
            let from = own.or_else(|| detectors.first());
            let first = from
                .and_then(|item| place(item, item))
                .or_else(|| place(self.object, self.object))?;
            let normal = first.normal();
            let offset = slices[frame].saturating_sub(1) as f64 * step?;
            Some(Place {
                origin: [0, 1, 2].map(|r| first.origin[r] + normal[r] * offset),
                ..first
            })
        };
        Some((0..count).map(of).collect())
    }
}

/// A plane of a dose grid (C.8.8.3.2): offsets from the first plane along the normal, or, where the first one is the
/// first plane's own coordinate, coordinates.
fn dose_plane(first: &Place, offset_of_first: f64, offset: f64) -> Place {
    let normal = first.normal();
    let z = first.origin[2];
    let axial = normal[2].abs() > 0.9998;
    let coordinates =
        offset_of_first != 0.0 && axial && (offset_of_first - z).abs() <= 1e-4 * z.abs().max(1.0);
    let distance = (offset - offset_of_first) * if coordinates { normal[2].signum() } else { 1.0 };
    Place {
        origin: [0, 1, 2].map(|r| first.origin[r] + normal[r] * distance),
        ..*first
    }
}

/// Image Position and Image Orientation (Patient).
fn place(position: &InMemDicomObject, orientation: &InMemDicomObject) -> Option<Place> {
    let origin: [f64; 3] = vector(position, tags::IMAGE_POSITION_PATIENT)?;
    let [rx, ry, rz, cx, cy, cz]: [f64; 6] = vector(orientation, tags::IMAGE_ORIENTATION_PATIENT)?;
    let unit = |v: [f64; 3]| {
        let size = length(v);
        (size > 0.5 && size < 2.0).then(|| v.map(|x| x / size))
    };
    let (row, column) = (unit([rx, ry, rz])?, unit([cx, cy, cz])?);
    // Rows and columns are perpendicular; what is not says nothing about the patient.
    (dot(row, column).abs() < 0.01).then_some(Place {
        origin,
        row,
        column,
    })
}
