//! What a viewer shows: a stack of frames that belong together, with everything that is needed to draw and measure.

use crate::geometry::{Affine, Place};
use crate::metadata::Row;
use crate::region::Region;
use crate::{Format, ImagingError, Rescale, RgbImage, SampleKind, Samples, Voi, VoiLut, VoiWindow};

/// What a pixel spacing is true for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SpacingKind {
    /// In the patient.
    Patient,
    /// At the detector of a projection image: what lies in front of it appears larger than it is.
    Detector,
    /// At the detector, divided by the magnification that the file estimates.
    Magnified,
    /// On the scanned film.
    Film,
    /// In the main region of an ultrasound picture.
    Ultrasound,
}

/// The distance between neighbouring pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spacing {
    /// From a row to the next one (vertical), mm.
    pub row_mm: f64,
    /// From a column to the next one (horizontal), mm.
    pub column_mm: f64,
    /// Where this holds.
    pub kind: SpacingKind,
}

/// From stored numbers to a physical quantity (Real World Value Mapping, PS3.3 C.7.6.16.2.11), apart from the rescale,
/// which windows act on.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RealWorldValueMapping {
    /// The stored numbers, first and last, that it holds for.
    pub range: [f64; 2],
    /// From stored numbers to values, where `table` is empty.
    pub map: Rescale,
    /// The values of the whole numbers of `range`, one each (Real World Value LUT Data); usually empty.
    pub table: Vec<f64>,
    /// The values' unit as a UCUM code ("mm2/s"); empty where the file names none.
    pub unit: String,
    /// What is measured, in the file's words; may be empty.
    pub label: String,
}

impl RealWorldValueMapping {
    /// The value of a stored number; `None` where the mapping does not hold.
    #[must_use]
    pub fn value(&self, stored: f64) -> Option<f64> {
        if !(self.range[0]..=self.range[1]).contains(&stored) {
            return None;
        }
        if self.table.is_empty() {
            return Some(self.map.value(stored));
        }
        let index = (stored - self.range[0]).round() as usize;
        self.table.get(index).copied()
    }
}

/// What is particular to one frame.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FrameInfo {
    /// The file that it came from.
    pub file: String,
    /// Which of the file's frames it is, from 0.
    pub number: usize,
    /// Where it lies in the patient, if the file says so.
    pub place: Option<Place>,
    /// Windows and tables of this frame; empty where they are the series'.
    pub voi: Vec<Voi>,
    /// The distance of pixels, if known, for the frame as a whole.
    pub spacing: Option<Spacing>,
    /// Height and width of a pixel in relation to each other (Pixel Aspect Ratio, PS3.3 C.7.6.3.1.7), where the file states
    /// only that.
    pub pixel_aspect: Option<[f64; 2]>,
    /// Calibrated regions (ultrasound); lengths are measured inside of one of them.
    pub regions: Vec<Region>,
    /// Low values are shown bright (MONOCHROME1).
    pub invert: bool,
    /// Stored numbers, first and last, that stand for no measurement (Pixel Padding Value, PS3.3 C.7.5.1.1.2).
    pub padding: Option<[f64; 2]>,
    /// What the stored numbers measure, where the file maps them to a physical quantity.
    pub real_world: Option<RealWorldValueMapping>,
}

impl FrameInfo {
    /// Whether a stored number stands for no measurement.
    #[must_use]
    pub fn is_padding(&self, stored: f64) -> bool {
        self.padding
            .is_some_and(|[first, last]| (first..=last).contains(&stored))
    }
}

/// Everything about a series but its pixels.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SeriesInfo {
    /// What to call it: the series' description, or the name of the file.
    pub name: String,
    /// Format of the files.
    pub format: Format,
    /// The DICOM code of the modality ("CT", "MR", "US"); empty when the file does not say.
    pub modality: String,
    /// Columns of every frame.
    pub width: usize,
    /// Rows of every frame.
    pub height: usize,
    /// The type of every frame's numbers.
    pub kind: SampleKind,
    /// Positions in space; frame `t * slices + s` is slice s at time t.
    pub slices: usize,
    /// Moments in time at every position.
    pub times: usize,
    /// From stored numbers to real values; the same for all frames.
    pub rescale: Rescale,
    /// The unit of the real values ("HU", "BQML"); empty when unknown.
    pub unit: String,
    /// Windows and tables that the file offers, the preferred one first; may be empty.
    pub voi: Vec<Voi>,
    /// Smallest and largest real value of all frames; 0 to 255 for colour.
    pub range: (f64, f64),
    /// Where the voxels lie, for frames that are parallel and equally spaced.
    pub volume: Option<Affine>,
    /// The time from one frame to the next, ms, for what is to be played.
    pub frame_time_ms: Option<f64>,
    /// One entry a frame.
    pub frames: Vec<FrameInfo>,
    /// What whoever looks at it should know: sentences.
    pub notes: Vec<String>,
    /// The header, as rows of a table.
    pub metadata: Vec<Row>,
}

impl SeriesInfo {
    /// The window or table that a frame is first shown with: the file's own, else one from the darkest to the
    /// brightest value.
    #[must_use]
    pub fn first_voi(&self, frame: usize) -> Voi {
        let own = self.frames.get(frame).and_then(|f| f.voi.first());
        own.or_else(|| self.voi.first())
            .cloned()
            .unwrap_or_else(|| self.full_range())
    }

    /// Whether a frame's low values are shown bright.
    #[must_use]
    pub fn is_inverted(&self, frame: usize) -> bool {
        self.frames.get(frame).is_some_and(|f| f.invert)
    }

    /// The distance of a frame's pixels, if known.
    #[must_use]
    pub fn spacing(&self, frame: usize) -> Option<Spacing> {
        self.frames.get(frame)?.spacing
    }

    /// What a stored number of a frame measures, in [`SeriesInfo::unit_of`]: by the frame's real world value mapping
    /// where it has one, else by the rescale, which windows act on. `None` where the mapping does not hold.
    #[must_use]
    pub fn measured(&self, frame: usize, stored: f64) -> Option<f64> {
        match self.frames.get(frame).and_then(|f| f.real_world.as_ref()) {
            Some(mapping) => mapping.value(stored),
            None => Some(self.rescale.value(stored)),
        }
    }

    /// The unit of [`SeriesInfo::measured`]; empty when unknown.
    #[must_use]
    pub fn unit_of(&self, frame: usize) -> &str {
        let mapping = self.frames.get(frame).and_then(|f| f.real_world.as_ref());
        mapping.map_or(&self.unit, |mapping| &mapping.unit)
    }

    /// The window from the darkest to the brightest value of the series. Colour keeps its 0 to 255.
    #[must_use]
    pub fn full_range(&self) -> Voi {
        let (low, high) = match self.kind {
            SampleKind::Rgb8 => (0.0, 255.0),
            _ => self.range,
        };
        Voi::Window(VoiWindow::spanning(low, high))
    }

    /// The table from stored numbers to shades for this series' frames.
    #[must_use]
    pub fn voi_lut(&self, voi: &Voi, invert: bool) -> VoiLut {
        VoiLut::new(self.kind, &self.rescale, voi, invert)
    }
}

/// A series: description and pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Everything but the pixels.
    pub info: SeriesInfo,
    /// One frame each; as many as `info.frames`.
    pub frames: Vec<Samples>,
}

impl Series {
    /// The measured value (HU, mm²/s, ...) at a column and row of a frame; `None` for colour, outside of the frame, and
    /// where the file's real world value mapping does not hold.
    #[must_use]
    pub fn value(&self, frame: usize, column: usize, row: usize) -> Option<f64> {
        if column >= self.info.width || row >= self.info.height {
            return None;
        }
        let stored = self
            .frames
            .get(frame)?
            .value(row * self.info.width + column)?;
        self.info.measured(frame, stored)
    }

    /// A frame as it is shown with a window, inverted where the file says so: also exactly what the model is given.
    ///
    /// # Errors
    /// [`ImagingError::NoSuchFrame`] when there is no such frame.
    pub fn rgb(&self, frame: usize, voi: &Voi) -> Result<RgbImage, ImagingError> {
        let samples = self.frames.get(frame).ok_or(ImagingError::NoSuchFrame {
            frame,
            frames: self.frames.len(),
        })?;
        let lut = self.info.voi_lut(voi, self.info.is_inverted(frame));
        lut.rgb(self.info.width, self.info.height, samples)
    }

    /// Bytes that the pixels take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let frame = |f: &Samples| f.pixels() * f.kind().bytes_per_pixel();
        self.frames.iter().map(frame).sum()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A volume of 4 x 3 x 2 voxels, each 1 x 2 x 5 mm, holding 100 k + 10 j + i.
    pub(crate) fn small() -> Series {
        let place = |k: f64| Place {
            origin: [0.0, 0.0, 5.0 * k],
            row: [1.0, 0.0, 0.0],
            column: [0.0, 1.0, 0.0],
        };
        let frame = |k: i16| {
            let values = (0..3).flat_map(|j| (0..4).map(move |i| 100 * k + 10 * j + i));
            Samples::I16(values.collect())
        };
        let info = SeriesInfo {
            name: "small".into(),
            format: Format::Dicom,
            modality: "CT".into(),
            width: 4,
            height: 3,
            kind: SampleKind::I16,
            slices: 2,
            times: 1,
            rescale: Rescale::Linear {
                slope: 2.0,
                intercept: -10.0,
            },
            unit: "HU".into(),
            voi: Vec::new(),
            range: (-10.0, 236.0),
            volume: Some(Affine::of_stack(&place(0.0), 1.0, 2.0, [0.0, 0.0, 5.0])),
            frame_time_ms: None,
            frames: [0.0, 1.0]
                .map(|k| FrameInfo {
                    place: Some(place(k)),
                    ..FrameInfo::default()
                })
                .to_vec(),
            notes: Vec::new(),
            metadata: Vec::new(),
        };
        Series {
            info,
            frames: vec![frame(0), frame(1)],
        }
    }

    #[test]
    fn values_are_rescaled_and_shown_from_dark_to_bright() {
        let series = small();
        assert_eq!(series.value(1, 3, 2), Some(236.0));
        assert_eq!(series.value(1, 4, 2), None);
        assert_eq!(series.bytes(), 48);
        let voi = series.info.first_voi(0);
        assert_eq!(series.rgb(0, &voi).unwrap().pixel(0, 0), [0; 3]);
        assert_eq!(series.rgb(1, &voi).unwrap().pixel(3, 2), [255; 3]);
        assert_eq!(
            series.rgb(2, &voi),
            Err(ImagingError::NoSuchFrame {
                frame: 2,
                frames: 2
            })
        );
    }
}
