//! What was opened, as data: what `unimed read --json` prints and what the conformance set is compared with.
//!
//! The keys are part of the command's interface (docs/reference/report.md). Numbers are those that are
//! drawn and measured; nothing is computed in a way of its own.

mod dump;
mod frame;
mod measured;
mod table;

pub use dump::{Dump, dumps};
pub use frame::{FrameReport, RealWorldReport, RegionReport, ValuesReport, WindowReport};
pub use measured::{
    Ask, ComponentReport, EllipseReport, LengthReport, MeasureError, MeasureReport, Shape,
    measured, plane_of,
};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::metadata::Row;
use crate::{Opened, PlaneKind, Series, Vec3};

/// Everything that a set of files turned out to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What can be shown, in the order of [`Opened`].
    pub series: Vec<SeriesReport>,
    /// What could not be opened.
    pub problems: Vec<ProblemReport>,
}

/// A file that could not be opened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProblemReport {
    /// Its name, with its folders and archives.
    pub file: String,
    /// Why, and what to do.
    pub message: String,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesReport {
    /// The series' description, or the name of its file.
    pub name: String,
    /// Format of the files ("DICOM").
    pub format: String,
    /// Columns of every frame.
    pub width: usize,
    /// Rows of every frame.
    pub height: usize,
    /// Positions in space; frame `t * slices + s` is slice s at time t.
    pub slices: usize,
    /// Moments in time at every position.
    pub times: usize,
    /// From one frame to the next, for what is to be played.
    pub frame_time_ms: Option<f64>,
    /// Unit of the values; empty when unknown.
    pub unit: String,
    /// One entry a frame.
    pub frames: Vec<FrameReport>,
    /// Where the voxels lie; `None` for what is no volume.
    pub volume: Option<VolumeReport>,
    /// The three planes through the volume; empty for what is no volume.
    pub planes: Vec<PlaneReport>,
    /// The header: text by keyword (by tag for private elements). An element within a sequence is `Sequence.Keyword`; what
    /// comes again gets `#2`, `#3` ... at its end.
    pub metadata: BTreeMap<String, String>,
    /// What whoever looks at it should know: sentences.
    pub notes: Vec<String>,
}

/// Where a volume lies: patient coordinates as DICOM has them (to the left, to the back, to the head), mm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VolumeReport {
    /// What one step in columns, rows and slices is.
    pub axes: [Vec3; 3],
    /// The middle of the first voxel.
    pub origin: Vec3,
}

/// One of the three planes through a volume, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaneReport {
    /// "axial", "coronal" or "sagittal".
    pub name: &'static str,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Distance of rows and of columns, mm.
    pub pixel_mm: [f64; 2],
}

impl Report {
    /// Describes what was opened.
    #[must_use]
    pub fn of(opened: &Opened) -> Self {
        let problems = opened.problems.iter().map(|problem| ProblemReport {
            file: problem.file.clone(),
            message: problem.error.to_string(),
        });
        Self {
            series: opened.series.iter().map(SeriesReport::of).collect(),
            problems: problems.collect(),
        }
    }

    /// The same as lines of text for people.
    #[must_use]
    pub fn table(&self) -> String {
        table::table(self)
    }
}

impl SeriesReport {
    fn of(series: &Series) -> Self {
        let info = &series.info;
        let frames = 0..info.frames.len();
        let planes = series.planes().into_iter().flatten();
        Self {
            name: info.name.clone(),
            format: info.format.to_string(),
            width: info.width,
            height: info.height,
            slices: info.slices,
            times: info.times,
            frame_time_ms: info.frame_time_ms,
            unit: info.unit_of(0).to_owned(),
            frames: frames
                .filter_map(|frame| FrameReport::of(series, frame))
                .collect(),
            volume: info.volume.map(|volume| VolumeReport {
                axes: volume.axes,
                origin: volume.origin,
            }),
            planes: planes
                .map(|plane| {
                    let (across, down) = plane.pixel_mm();
                    PlaneReport {
                        name: plane_name(plane.kind),
                        width: plane.width,
                        height: plane.height,
                        pixel_mm: [down, across],
                    }
                })
                .collect(),
            metadata: metadata(&info.metadata),
            notes: info.notes.clone(),
        }
    }
}

/// What a plane is called in commands and file names.
pub(crate) const fn plane_name(kind: PlaneKind) -> &'static str {
    match kind {
        PlaneKind::Axial => "axial",
        PlaneKind::Coronal => "coronal",
        PlaneKind::Sagittal => "sagittal",
    }
}

/// The rows of a header as text by keyword.
fn metadata(rows: &[Row]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // The keywords of the sequences that a row lies in.
    let mut path: Vec<&str> = Vec::new();
    for row in rows {
        let keyword = match row.name.as_str() {
            "Private" | "Unknown" => row.tag.as_str(),
            name => name,
        };
        path.truncate(row.depth);
        path.push(keyword);
        let key = path.join(".");
        let mut unique = key.clone();
        for again in 2.. {
            if !found.contains_key(&unique) {
                break;
            }
            unique = format!("{key}#{again}");
        }
        found.insert(unique, row.value.clone());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ImagingError;
    use crate::Problem;
    use crate::series::tests::small;

    fn row(tag: &str, name: &str, value: &str, depth: usize) -> Row {
        Row {
            tag: tag.into(),
            name: name.into(),
            value: value.into(),
            depth,
            identifying: false,
        }
    }

    #[test]
    fn a_report_has_the_keys_of_the_documentation() {
        let mut series = small();
        series.info.metadata = vec![
            row("(0008,0060)", "Modality", "CT", 0),
            row("(0008,1140)", "ReferencedImageSequence", "2 items", 0),
            row("(0008,1150)", "ReferencedSOPClassUID", "1.2", 1),
            row("(0008,1150)", "ReferencedSOPClassUID", "1.3", 1),
            row("(0009,1001)", "Private", "x", 0),
        ];
        let opened = Opened {
            series: vec![series],
            problems: vec![Problem {
                file: "a.txt".into(),
                error: ImagingError::TooManyFiles,
            }],
        };
        let json = serde_json::to_value(Report::of(&opened)).unwrap();
        let series = &json["series"][0];
        assert_eq!(series["format"], "DICOM");
        assert_eq!(series["slices"], 2);
        assert_eq!(
            series["volume"]["axes"][2],
            serde_json::json!([0.0, 0.0, 5.0])
        );
        assert_eq!(
            series["planes"][1],
            serde_json::json!({"name": "coronal", "width": 4, "height": 2, "pixel_mm": [5.0, 1.0]})
        );
        assert_eq!(
            series["metadata"],
            serde_json::json!({
                "Modality": "CT",
                "ReferencedImageSequence": "2 items",
                "ReferencedImageSequence.ReferencedSOPClassUID": "1.2",
                "ReferencedImageSequence.ReferencedSOPClassUID#2": "1.3",
                "(0009,1001)": "x",
            })
        );
        assert_eq!(
            series["frames"][1]["values"],
            serde_json::json!({"min": 190.0, "max": 236.0, "mean": 213.0, "padded": 0})
        );
        assert_eq!(json["problems"][0]["file"], "a.txt");
    }
}
