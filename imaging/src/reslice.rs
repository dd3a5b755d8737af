//! Three orthogonal planes through a volume, along its own voxel axes.

use crate::geometry::{Vec3, edges, length};
use crate::{Affine, ImagingError, Samples, Series};

/// A plane as readers know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PlaneKind {
    /// Seen from the feet: the patient's left is on the right, the front on top.
    Axial,
    /// Seen from the front: the patient's left is on the right, the head on top.
    Coronal,
    /// Seen from the left: the front is on the left, the head on top.
    Sagittal,
}

/// A direction through the voxels: an axis (0 column, 1 row, 2 slice), from its end or from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Walk {
    /// Which voxel axis.
    pub axis: usize,
    /// Whether it is walked backwards.
    pub reverse: bool,
}

impl Walk {
    /// The voxel index after `step` steps along an axis of `count` voxels.
    #[must_use]
    pub const fn index(self, step: usize, count: usize) -> usize {
        if self.reverse { count - 1 - step } else { step }
    }
}

/// How a plane lies in a volume.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Plane {
    /// Which of the three it is. For an oblique scan: which it is nearest to.
    pub kind: PlaneKind,
    /// From left to right on the screen.
    pub across: Walk,
    /// From top to bottom on the screen.
    pub down: Walk,
    /// From the first slice to the last: to the head, to the back, to the left.
    pub through: Walk,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// How many slices.
    pub slices: usize,
    /// Distance of pixels across, mm.
    pub across_mm: f64,
    /// Distance of pixels down, mm.
    pub down_mm: f64,
    /// Distance of slices, mm.
    pub through_mm: f64,
    /// Letters for left, right, top and bottom edge.
    pub edges: [String; 4],
}

/// The axial, coronal and sagittal plane of a volume of `size` (columns, rows, slices) voxels.
#[must_use]
pub fn planes(volume: &Affine, size: [usize; 3]) -> [Plane; 3] {
    const LEFT: Vec3 = [1.0, 0.0, 0.0];
    const BACK: Vec3 = [0.0, 1.0, 0.0];
    const HEAD: Vec3 = [0.0, 0.0, 1.0];
    const FEET: Vec3 = [0.0, 0.0, -1.0];
    let main = volume.main_axes();
    let walk = |towards: Vec3| {
        let patient = towards.iter().position(|x| *x != 0.0).unwrap_or(0);
        let axis = main.iter().position(|m| *m == patient).unwrap_or(0);
        let along = volume.axes[axis][patient] * towards[patient];
        Walk {
            axis,
            reverse: along < 0.0,
        }
    };
    let direction = |walk: Walk| {
        let sign = if walk.reverse { -1.0 } else { 1.0 };
        volume.axes[walk.axis].map(|x| sign * x)
    };
    [
        (PlaneKind::Axial, LEFT, BACK, HEAD),
        (PlaneKind::Coronal, LEFT, FEET, BACK),
        (PlaneKind::Sagittal, BACK, FEET, LEFT),
    ]
    .map(|(kind, across, down, through)| {
        let (across, down, through) = (walk(across), walk(down), walk(through));
        let step = |w: Walk| length(volume.axes[w.axis]);
        Plane {
            kind,
            across,
            down,
            through,
            width: size[across.axis],
            height: size[down.axis],
            slices: size[through.axis],
            across_mm: step(across),
            down_mm: step(down),
            through_mm: step(through),
            edges: edges(direction(across), direction(down)),
        }
    })
}

impl Plane {
    /// The voxel (column, row, slice) at a pixel of a slice of this plane.
    #[must_use]
    pub fn voxel(&self, slice: usize, x: usize, y: usize) -> [usize; 3] {
        let mut voxel = [0; 3];
        voxel[self.across.axis] = self.across.index(x, self.width);
        voxel[self.down.axis] = self.down.index(y, self.height);
        voxel[self.through.axis] = self.through.index(slice, self.slices);
        voxel
    }
}

impl Series {
    /// The three planes; `None` for anything but a volume.
    #[must_use]
    pub fn planes(&self) -> Option<[Plane; 3]> {
        let volume = self.info.volume.as_ref()?;
        let size = [self.info.width, self.info.height, self.info.slices];
        Some(planes(volume, size))
    }

    /// A slice of a plane at a moment in time: stored numbers, `plane.width` x `plane.height`.
    ///
    /// # Errors
    /// [`ImagingError::NoSuchFrame`] when the slice or the time is outside of the volume.
    pub fn reslice(
        &self,
        plane: &Plane,
        slice: usize,
        time: usize,
    ) -> Result<Samples, ImagingError> {
        let slices = self.info.slices;
        let first = time * slices;
        let frames = self
            .frames
            .get(first..first + slices)
            .filter(|_| slice < plane.slices);
        let frames = frames.ok_or(ImagingError::NoSuchFrame {
            frame: slice,
            frames: plane.slices,
        })?;
        let width = self.info.width;
        let position = |x: usize, y: usize| {
            let [i, j, k] = plane.voxel(slice, x, y);
            (k, j * width + i)
        };
        /// Values of one type, `channels` a pixel.
        fn gather<T: Copy>(
            frames: &[&[T]],
            channels: usize,
            (width, height): (usize, usize),
            position: impl Fn(usize, usize) -> (usize, usize),
        ) -> Vec<T> {
            let mut out = Vec::with_capacity(width * height * channels);
            for y in 0..height {
                for x in 0..width {
                    let (frame, pixel) = position(x, y);
                    let at = pixel * channels;
                    out.extend_from_slice(&frames[frame][at..at + channels]);
                }
            }
            out
        }
        /// The frames' values, if they are all of one type.
        macro_rules! gathered {
            ($kind:ident, $channels:literal) => {{
                let values: Option<Vec<_>> = frames
                    .iter()
                    .map(|f| match f {
                        Samples::$kind(v) => Some(v.as_slice()),
                        _ => None,
                    })
                    .collect();
                values.map(|values| {
                    let size = (plane.width, plane.height);
                    Samples::$kind(gather(&values, $channels, size, position))
                })
            }};
        }
        let samples = match frames[0] {
            Samples::U8(_) => gathered!(U8, 1),
            Samples::U16(_) => gathered!(U16, 1),
            Samples::I16(_) => gathered!(I16, 1),
            Samples::F32(_) => gathered!(F32, 1),
            Samples::F64(_) => gathered!(F64, 1),
            Samples::Rgb8(_) => gathered!(Rgb8, 3),
        };
        Ok(samples.expect("invariant: all frames of a series are of one type"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::tests::small;

    #[test]
    fn planes_are_seen_as_readers_are_used_to() {
        let series = small();
        let [axial, coronal, sagittal] = series.planes().unwrap();
        assert_eq!(axial.edges, ["R", "L", "A", "P"]);
        assert_eq!(coronal.edges, ["R", "L", "S", "I"]);
        assert_eq!(sagittal.edges, ["A", "P", "S", "I"]);
        assert_eq!((axial.width, axial.height, axial.slices), (4, 3, 2));
        assert_eq!((coronal.width, coronal.height, coronal.slices), (4, 2, 3));
        assert_eq!(
            (sagittal.across_mm, sagittal.down_mm, sagittal.through_mm),
            (2.0, 5.0, 1.0)
        );
        assert_eq!(series.reslice(&axial, 1, 0).unwrap(), series.frames[1]);
        // The head, slice 1, is on top.
        assert_eq!(
            series.reslice(&coronal, 2, 0).unwrap(),
            Samples::I16(vec![120, 121, 122, 123, 20, 21, 22, 23])
        );
        assert_eq!(
            series.reslice(&sagittal, 3, 0).unwrap(),
            Samples::I16(vec![103, 113, 123, 3, 13, 23])
        );
        assert!(series.reslice(&sagittal, 4, 0).is_err());
        assert!(series.reslice(&sagittal, 0, 1).is_err());
    }

    #[test]
    fn a_sagittal_scan_is_sorted_out() {
        // Columns to the back, rows to the feet, slices to the right.
        let volume = Affine {
            axes: [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-3.0, 0.0, 0.0]],
            origin: [30.0, 0.0, 100.0],
        };
        let [axial, _, sagittal] = planes(&volume, [50, 60, 20]);
        assert_eq!((axial.width, axial.height, axial.slices), (20, 50, 60));
        assert_eq!(axial.voxel(0, 0, 0), [0, 59, 19]);
        assert_eq!(sagittal.voxel(0, 1, 2), [1, 2, 19]);
        assert_eq!(axial.edges, ["R", "L", "A", "P"]);
    }
}
