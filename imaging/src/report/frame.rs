//! One frame of a report.

use serde::Serialize;

use crate::{FrameInfo, Series, SpacingKind, Vec3, Voi, VoiFunction};

/// One frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameReport {
    /// The file that it came from.
    pub file: String,
    /// Which of the file's frames it is, from 0.
    pub frame: usize,
    /// The middle of its first pixel in the patient, mm.
    pub position: Option<Vec3>,
    /// Distance of rows and of columns, mm.
    pub pixel_spacing_mm: Option<[f64; 2]>,
    /// What the spacing is true for: "patient", "detector", "magnified" (at the detector, divided by the estimated
    /// magnification), "film" or "ultrasound".
    pub spacing_kind: Option<&'static str>,
    /// Height and width of a pixel in relation to each other, where the file states only that.
    pub pixel_aspect: Option<[f64; 2]>,
    /// Calibrated regions.
    pub regions: Vec<RegionReport>,
    /// Low values are shown bright.
    pub invert: bool,
    /// Windows and tables that are offered, the first one first.
    pub windows: Vec<WindowReport>,
    /// What the values are; `None` for colour.
    pub values: Option<ValuesReport>,
    /// What the stored numbers measure, where the file says so apart from the rescale.
    pub real_world: Option<RealWorldReport>,
}

/// A calibrated region of an ultrasound image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegionReport {
    /// First column, first row, last column, last row, from 0.
    pub rect: [i64; 4],
    /// Unit across ("cm", "s"); empty for none.
    pub unit_x: &'static str,
    /// Unit down.
    pub unit_y: &'static str,
    /// What a step to the next column is worth.
    pub delta_x: f64,
    /// What a step to the next row is worth.
    pub delta_y: f64,
}

/// A window or a lookup table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum WindowReport {
    /// Window center and width, in values.
    Window {
        /// What the file calls it; may be empty.
        name: String,
        /// Window center.
        center: f64,
        /// Window width.
        width: f64,
        /// VOI LUT Function: "LINEAR", "LINEAR_EXACT" or "SIGMOID".
        function: &'static str,
    },
    /// A VOI lookup table.
    Table {
        /// What the file calls it; may be empty.
        name: String,
        /// Its size.
        table: TableReport,
    },
}

/// A lookup table, as its LUT Descriptor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Number of entries.
    pub entries: usize,
    /// The value that the first entry stands for.
    pub first: i32,
    /// Bits of an entry.
    pub bits: u8,
}

/// Statistics over what a frame measures: by its real world value mapping where it has one, else by the rescale. Padded
/// pixels, what is not a number and what the mapping does not hold for are left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ValuesReport {
    /// Smallest value; `None` where every pixel is left out.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Pixels that stand for no measurement (Pixel Padding Value).
    pub padded: usize,
}

/// A Real World Value Mapping and what it makes of the frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RealWorldReport {
    /// Unit as a UCUM code; empty where the file names none.
    pub unit: String,
    /// What is measured, in the file's words.
    pub label: String,
    /// The stored numbers, first and last, that it holds for.
    pub range: [f64; 2],
    /// Smallest measured value.
    pub min: Option<f64>,
    /// Largest measured value.
    pub max: Option<f64>,
    /// Mean of the measured values.
    pub mean: Option<f64>,
}

impl FrameReport {
    /// Describes a frame; `None` when there is no such frame.
    pub(super) fn of(series: &Series, frame: usize) -> Option<Self> {
        let info = series.info.frames.get(frame)?;
        let spacing = info.spacing;
        let windows = if info.voi.is_empty() {
            &series.info.voi
        } else {
            &info.voi
        };
        Some(Self {
            file: info.file.clone(),
            frame: info.number,
            position: info.place.map(|place| place.origin),
            pixel_spacing_mm: spacing.map(|spacing| [spacing.row_mm, spacing.column_mm]),
            spacing_kind: spacing.map(|spacing| spacing_name(spacing.kind)),
            pixel_aspect: info.pixel_aspect,
            regions: regions(info),
            invert: info.invert,
            windows: windows.iter().map(WindowReport::of).collect(),
            values: values(series, frame),
            real_world: real_world(series, frame),
        })
    }
}

/// What a spacing is true for, in one word.
pub(super) const fn spacing_name(kind: SpacingKind) -> &'static str {
    match kind {
        SpacingKind::Patient => "patient",
        SpacingKind::Detector => "detector",
        SpacingKind::Magnified => "magnified",
        SpacingKind::Film => "film",
        SpacingKind::Ultrasound => "ultrasound",
    }
}

fn regions(info: &FrameInfo) -> Vec<RegionReport> {
    let report = |region: &crate::Region| RegionReport {
        rect: region.rect,
        unit_x: region.unit_x.symbol(),
        unit_y: region.unit_y.symbol(),
        delta_x: region.delta_x,
        delta_y: region.delta_y,
    };
    info.regions.iter().map(report).collect()
}

impl WindowReport {
    fn of(voi: &Voi) -> Self {
        match voi {
            Voi::Window(window) => Self::Window {
                name: window.name.clone(),
                center: window.center,
                width: window.width,
                function: match window.function {
                    VoiFunction::Linear => "LINEAR",
                    VoiFunction::LinearExact => "LINEAR_EXACT",
                    VoiFunction::Sigmoid => "SIGMOID",
                },
            },
            Voi::Table(table) => Self::Table {
                name: table.name.clone(),
                table: TableReport {
                    entries: table.values.len(),
                    first: table.first,
                    bits: table.bits,
                },
            },
        }
    }
}

/// Smallest, largest and mean of some numbers.
#[derive(Debug, Default)]
struct Sum {
    count: usize,
    min: Option<f64>,
    max: Option<f64>,
    mean: f64,
}

impl Sum {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sum = Self::default();
        for value in values.filter(|value| value.is_finite()) {
            sum.count += 1;
            sum.min = Some(sum.min.map_or(value, |min| min.min(value)));
            sum.max = Some(sum.max.map_or(value, |max| max.max(value)));
            // A running mean: no large sums that lose digits.
            sum.mean += (value - sum.mean) / sum.count as f64;
        }
        sum
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }
}

/// The stored numbers of a frame that stand for a measurement.
fn measured(series: &Series, frame: usize) -> Option<Vec<f64>> {
    let samples = series.frames.get(frame)?;
    let info = series.info.frames.get(frame)?;
    // Colour has no values.
    samples.value(0)?;
    let stored = (0..samples.pixels()).filter_map(|pixel| samples.value(pixel));
    Some(stored.filter(|stored| !info.is_padding(*stored)).collect())
}

fn values(series: &Series, frame: usize) -> Option<ValuesReport> {
    let stored = measured(series, frame)?;
    let padded = series.frames.get(frame)?.pixels() - stored.len();
    let sum = Sum::of(
        stored
            .into_iter()
            .filter_map(|x| series.info.measured(frame, x)),
    );
    Some(ValuesReport {
        min: sum.min,
        max: sum.max,
        mean: sum.mean(),
        padded,
    })
}

fn real_world(series: &Series, frame: usize) -> Option<RealWorldReport> {
    let mapping = series.info.frames.get(frame)?.real_world.as_ref()?;
    let stored = measured(series, frame)?;
    let sum = Sum::of(stored.into_iter().filter_map(|x| mapping.value(x)));
    Some(RealWorldReport {
        unit: mapping.unit.clone(),
        label: mapping.label.clone(),
        range: mapping.range,
        min: sum.min,
        max: sum.max,
        mean: sum.mean(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::tests::small;
    use crate::{Region, RegionUnit, Rescale, Table, VoiWindow};

    #[test]
    fn padded_pixels_are_counted_and_left_out() {
        let mut series = small();
        // Stored 0 to 3 of the first frame: four pixels of the first row.
        series.info.frames[0].padding = Some([0.0, 3.0]);
        let found = FrameReport::of(&series, 0).unwrap().values.unwrap();
        assert_eq!(
            (found.min, found.max, found.padded),
            (Some(10.0), Some(36.0), 4)
        );
        // Stored 10 to 13 and 20 to 23: mean 16.5, twice that less 10.
        assert!((found.mean.unwrap() - 23.0).abs() < 1e-12);
        series.info.frames[0].padding = Some([-5.0, 99.0]);
        let found = FrameReport::of(&series, 0).unwrap().values.unwrap();
        assert_eq!((found.min, found.mean, found.padded), (None, None, 12));
        assert_eq!(FrameReport::of(&series, 2), None);
    }

    #[test]
    fn windows_tables_and_regions_are_told_by_the_words_of_the_standard() {
        let mut series = small();
        series.info.voi = vec![
            Voi::Table(Table {
                name: "bone".into(),
                first: -5,
                bits: 12,
                values: vec![1, 2, 3],
            }),
            Voi::Window(VoiWindow::new(40.0, 400.0)),
        ];
        series.info.frames[0].regions = vec![Region {
            rect: [0, 0, 9, 9],
            unit_x: RegionUnit::Second,
            unit_y: RegionUnit::Centimetre,
            delta_x: 0.01,
            delta_y: 0.02,
            low_priority: false,
        }];
        let json = serde_json::to_value(FrameReport::of(&series, 0).unwrap()).unwrap();
        assert_eq!(
            json["windows"],
            serde_json::json!([
                {"name": "bone", "table": {"entries": 3, "first": -5, "bits": 12}},
                {"name": "", "center": 40.0, "width": 400.0, "function": "LINEAR"},
            ])
        );
        assert_eq!(json["regions"][0]["unit_x"], "s");
        assert_eq!(json["pixel_spacing_mm"], serde_json::Value::Null);
    }

    #[test]
    fn a_real_world_mapping_acts_on_stored_numbers() {
        let mut series = small();
        series.info.frames[1].real_world = Some(crate::RealWorldValueMapping {
            range: [100.0, 113.0],
            map: Rescale::Linear {
                slope: 0.5,
                intercept: 1.0,
            },
            table: Vec::new(),
            unit: "mm2/s".into(),
            label: "ADC".into(),
        });
        let found = FrameReport::of(&series, 1).unwrap().real_world.unwrap();
        assert_eq!((found.min, found.max), (Some(51.0), Some(57.5)));
        assert_eq!(found.unit, "mm2/s");
    }
}
