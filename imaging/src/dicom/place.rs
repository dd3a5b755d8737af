//! Pixel distances, positions and times of frames (DICOM PS3.3, C.7.6.2 and C.7.6.16).

use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{float, floats, int, item, items, vector};
use crate::geometry::length;
use crate::{Place, Spacing, SpacingKind};

/// Shared and per-frame functional groups of an enhanced object, else the data set itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Groups<'a> {
    object: &'a InMemDicomObject,
    shared: Option<&'a InMemDicomObject>,
    frames: &'a [InMemDicomObject],
}

impl<'a> Groups<'a> {
    pub(super) fn new(object: &'a InMemDicomObject) -> Self {
        Self {
            object,
            shared: item(object, Tag(0x5200, 0x9229)),
            frames: items(object, Tag(0x5200, 0x9230)),
        }
    }

    /// The item of a macro's sequence that holds for a frame: its own, the shared one, else the data set.
    pub(super) fn of(&self, frame: usize, sequence: Tag) -> &'a InMemDicomObject {
        let own = self
            .frames
            .get(frame)
            .and_then(|group| item(group, sequence));
        own.or_else(|| self.shared.and_then(|group| item(group, sequence)))
            .unwrap_or(self.object)
    }

    /// Where a frame lies.
    pub(super) fn place(&self, frame: usize) -> Option<Place> {
        let position = self.of(frame, Tag(0x0020, 0x9113)); // Plane Position Sequence
        let orientation = self.of(frame, Tag(0x0020, 0x9116)); // Plane Orientation Sequence
        let origin: [f64; 3] = vector(position, Tag(0x0020, 0x0032))?;
        let [rx, ry, rz, cx, cy, cz]: [f64; 6] = vector(orientation, Tag(0x0020, 0x0037))?;
        let unit = |v: [f64; 3]| {
            let size = length(v);
            (size > 0.5 && size < 2.0).then(|| v.map(|x| x / size))
        };
        Some(Place {
            origin,
            row: unit([rx, ry, rz])?,
            column: unit([cx, cy, cz])?,
        })
    }

    /// Places of `count` frames. Multi-frame objects without functional groups (doses, nuclear medicine) lie along
    /// their normal, at offsets from the first frame or equally spaced.
    pub(super) fn places(&self, count: usize) -> Vec<Option<Place>> {
        if count == 1 || !self.frames.is_empty() {
            return (0..count).map(|frame| self.place(frame)).collect();
        }
        let offsets = floats(self.object, Tag(0x3004, 0x000c)); // Grid Frame Offset Vector
        let Some(first) = self.place(0).filter(|_| offsets.len() == count) else {
            return vec![None; count];
        };
        let normal = first.normal();
        let at = |offset: f64| Place {
            origin: [0, 1, 2].map(|r| first.origin[r] + normal[r] * (offset - offsets[0])),
            ..first
        };
        offsets.iter().map(|offset| Some(at(*offset))).collect()
    }

    /// Pixel distance of a frame, by the most trustworthy attribute that is present.
    pub(super) fn spacing(&self, frame: usize) -> Option<Spacing> {
        let measures = self.of(frame, Tag(0x0028, 0x9110)); // Pixel Measures Sequence
        let spacing = |kind: SpacingKind, [row_mm, column_mm]: [f64; 2]| Spacing {
            row_mm,
            column_mm,
            kind,
        };
        if let Some(d) = distance(measures, Tag(0x0028, 0x0030)) {
            return Some(spacing(SpacingKind::Patient, d));
        }
        if let Some(d) = distance(self.object, Tag(0x0018, 0x1164)) {
            let magnification = float(self.object, Tag(0x0018, 0x1114)).filter(|m| *m > 1.0);
            return Some(match magnification {
                Some(m) => spacing(SpacingKind::Magnified, d.map(|x| x / m)),
                None => spacing(SpacingKind::Detector, d),
            });
        }
        if let Some(d) = distance(self.object, Tag(0x0018, 0x2010)) {
            return Some(spacing(SpacingKind::Film, d));
        }
        self.ultrasound()
            .map(|d| spacing(SpacingKind::Ultrasound, d))
    }

    /// Distances in the largest two-dimensional region of an ultrasound picture (C.8.5.5), which are in cm.
    fn ultrasound(&self) -> Option<[f64; 2]> {
        let regions = items(self.object, Tag(0x0018, 0x6011))
            .iter()
            .filter(|region| {
                let is = |tag, value| int(region, tag) == Some(value);
                // Tissue in two dimensions, centimetres in both.
                is(Tag(0x0018, 0x6012), 1)
                    && is(Tag(0x0018, 0x6024), 3)
                    && is(Tag(0x0018, 0x6026), 3)
            });
        let area = |region: &&InMemDicomObject| {
            let side = |low, high| {
                int(region, high)
                    .unwrap_or(0)
                    .saturating_sub(int(region, low).unwrap_or(0))
            };
            side(Tag(0x0018, 0x6018), Tag(0x0018, 0x601c))
                .saturating_mul(side(Tag(0x0018, 0x601a), Tag(0x0018, 0x601e)))
        };
        let region = regions.max_by_key(area)?;
        let x = float(region, Tag(0x0018, 0x602c))?.abs();
        let y = float(region, Tag(0x0018, 0x602e))?.abs();
        (x > 0.0 && y > 0.0).then_some([10.0 * y, 10.0 * x])
    }

    /// The time from one frame to the next, ms.
    pub(super) fn frame_time_ms(&self) -> Option<f64> {
        let positive = |x: &f64| *x > 0.0;
        let time = float(self.object, Tag(0x0018, 0x1063)).filter(positive);
        let vector = || {
            floats(self.object, Tag(0x0018, 0x1065))
                .into_iter()
                .find(positive)
        };
        let rate = || {
            let shown = float(self.object, Tag(0x0008, 0x2144)).filter(positive);
            shown.or_else(|| float(self.object, Tag(0x0018, 0x0040)).filter(positive))
        };
        time.or_else(vector)
            .or_else(|| rate().map(|fps| 1000.0 / fps))
    }
}

/// Row and column distance in mm, if the attribute holds two positive numbers.
fn distance(object: &InMemDicomObject, tag: Tag) -> Option<[f64; 2]> {
    vector(object, tag)
        .filter(|d: &[f64; 2]| d.iter().all(|x| *x > 0.0))
        .or_else(|| {
            // A single number is meant for both.
            match floats(object, tag).as_slice() {
                [one] if *one > 0.0 => Some([*one, *one]),
                _ => None,
            }
        })
}
