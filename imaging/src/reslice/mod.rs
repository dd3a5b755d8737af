//! The pixels of a slice through a volume, taken from its frames part by part: whoever holds the frames elsewhere
//! brings in only what a slice needs.

mod copy;
mod interpolate;

use crate::{
    Format, ImagingError, Plane, Rescale, Row, SampleKind, Samples, Series, SeriesInfo, planes,
};
use std::ops::Range;

/// A rectangle of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its columns.
    pub columns: Range<usize>,
    /// Its rows.
    pub rows: Range<usize>,
}

impl Part {
    /// How many pixels it has.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.columns.len() * self.rows.len()
    }

    /// Its numbers out of those of a frame of `width` columns with `channels` numbers a pixel; fewer where the frame ends
    /// early.
    fn of<T: Copy>(&self, frame: &[T], width: usize, channels: usize) -> Vec<T> {
        let mut out = Vec::with_capacity(self.pixels() * channels);
        for row in self.rows.clone() {
            let place = |column: usize| (row * width + column) * channels;
            let found = frame.get(place(self.columns.start)..place(self.columns.end));
            out.extend_from_slice(found.unwrap_or_default());
        }
        out
    }
}

/// What a slice is made of.
struct Source<'a> {
    plane: &'a Plane,
    slice: usize,
    /// Numbers a pixel.
    channels: usize,
    /// What stands outside of the volume, and where a frame ends early.
    outside: f64,
    /// The nearest voxel counts; nothing is mixed.
    nearest: bool,
    /// Numbers that stand for no measurement, one entry a slice of the volume.
    padding: Vec<Option<[f64; 2]>>,
    /// Whether some numbers may stand for no measurement.
    has_holes: bool,
}

impl SeriesInfo {
    /// The three planes; `None` for anything but a volume.
    #[must_use]
    pub fn planes(&self) -> Option<[Plane; 3]> {
        planes(
            self.volume.as_ref()?,
            [self.width, self.height, self.slices],
        )
    }

    /// A slice of a plane at a moment in time: stored numbers, `plane.width` x `plane.height`. `read` gives the numbers
    /// of a part of a frame, row by row.
    ///
    /// Where the pixels are no voxels, the stored numbers of the up to eight voxels around each are mixed in proportion
    /// (trilinear), rounded to the nearest where they are whole numbers. Padding and what is not finite is not mixed in:
    /// a pixel nearest to it becomes it, any other is made of the rest. Where stored numbers are indices of a modality
    /// table or labels of a segmentation, the nearest voxel counts. Outside of the volume, and where a frame ends early, stands the number that is
    /// shown darkest; [`Plane::covers`] tells.
    ///
    /// # Errors
    /// [`ImagingError::NoSuchFrame`] when the slice or the time is outside of the volume.
    pub fn reslice(
        &self,
        plane: &Plane,
        slice: usize,
        time: usize,
        mut read: impl FnMut(usize, &Part) -> Samples,
    ) -> Result<Samples, ImagingError> {
        let fits = plane.size == [self.width, self.height, self.slices];
        if !fits || slice >= plane.slices || time >= self.times {
            return Err(ImagingError::NoSuchFrame {
                frame: slice,
                frames: plane.slices,
            });
        }
        let first = time * self.slices;
        let padding = |k: usize| self.frames.get(first + k).and_then(|frame| frame.padding);
        let kind = self.kind;
        let padding: Vec<_> = (0..self.slices).map(padding).collect();
        let source = Source {
            plane,
            slice,
            channels: if kind == SampleKind::Rgb8 { 3 } else { 1 },
            outside: self.darkest(),
            nearest: matches!(self.rescale, Rescale::Table(_)) || self.holds_labels(),
            has_holes: matches!(kind, SampleKind::F32 | SampleKind::F64)
                || padding.iter().any(Option::is_some),
            padding,
        };
        let mut of_kind = |frame: usize, part: &Part| {
            let found = read(first + frame, part);
            if found.kind() == kind {
                found
            } else {
                Samples::from_f64(kind, &[])
            }
        };
        // One copy of either for all kinds of numbers: in WebAssembly code is downloaded.
        Ok(match plane.walks {
            Some(walks) => {
                let outside = Samples::from_f64(kind, &vec![source.outside; source.channels]);
                let mut bytes =
                    |frame: usize, part: &Part| of_kind(frame, part).to_le_bytes().into_owned();
                let found = copy::slice(&source, walks, &outside.to_le_bytes(), &mut bytes);
                Samples::from_le_bytes(kind, &found)
            }
            None => {
                let mut numbers = |frame: usize, part: &Part| of_kind(frame, part).to_f64();
                Samples::from_f64(kind, &interpolate::slice(&source, &mut numbers))
            }
        })
    }

    /// Whether the file says that numbers are labels of a segmentation: between label 1 and label 3 is no label 2.
    fn holds_labels(&self) -> bool {
        /// NIFTI_INTENT_LABEL of nifti1.h.
        const LABEL: &str = "1002";
        let intent = |row: &Row| row.name == "intent_code" && row.value == LABEL;
        match self.format {
            Format::Dicom => self.modality == "SEG",
            Format::Nifti => self.metadata.iter().any(intent),
            _ => false,
        }
    }

    /// The stored number of the volume that is shown darkest; 0 for colour.
    fn darkest(&self) -> f64 {
        if self.kind == SampleKind::Rgb8 {
            return 0.0;
        }
        let invert = self.is_inverted(0);
        match &self.rescale {
            Rescale::Linear { slope, intercept } => {
                let (low, high) = self.range;
                let stored = ((if invert { high } else { low }) - intercept) / slope;
                if stored.is_finite() { stored } else { 0.0 }
            }
            Rescale::Table(table) => {
                let entries = table.values.iter().enumerate();
                let found = if invert {
                    entries.max_by_key(|(_, value)| **value)
                } else {
                    entries.min_by_key(|(_, value)| **value)
                };
                f64::from(table.first) + found.map_or(0, |(index, _)| index) as f64
            }
        }
    }
}

impl Series {
    /// The three planes; `None` for anything but a volume.
    #[must_use]
    pub fn planes(&self) -> Option<[Plane; 3]> {
        self.info.planes()
    }

    /// A slice of a plane at a moment in time: stored numbers, `plane.width` x `plane.height`; see
    /// [`SeriesInfo::reslice`].
    ///
    /// # Errors
    /// [`ImagingError::NoSuchFrame`] when the slice or the time is outside of the volume.
    pub fn reslice(
        &self,
        plane: &Plane,
        slice: usize,
        time: usize,
    ) -> Result<Samples, ImagingError> {
        let width = self.info.width;
        self.info.reslice(plane, slice, time, |frame, part| {
            match self.frames.get(frame) {
                Some(Samples::U8(v)) => Samples::U8(part.of(v, width, 1)),
                Some(Samples::U16(v)) => Samples::U16(part.of(v, width, 1)),
                Some(Samples::I16(v)) => Samples::I16(part.of(v, width, 1)),
                Some(Samples::F32(v)) => Samples::F32(part.of(v, width, 1)),
                Some(Samples::F64(v)) => Samples::F64(part.of(v, width, 1)),
                Some(Samples::Rgb8(v)) => Samples::Rgb8(part.of(v, width, 3)),
                None => Samples::U8(Vec::new()),
            }
        })
    }
}

#[cfg(test)]
mod tests;
