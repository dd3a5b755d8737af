//! Pictures as a series that says nothing of a patient.

use crate::metadata::Row;
use crate::series::{FrameInfo, SeriesInfo};
use crate::value_range::real_range;
use crate::{Format, Rescale, SampleKind, Samples, Series, Voi, VoiWindow};

/// A row of the metadata table.
pub(super) fn field(name: &str, value: String) -> Row {
    Row {
        tag: name.to_owned(),
        name: name.to_owned(),
        value,
        depth: 0,
        identifying: false,
    }
}

/// A series without any geometry.
pub(super) fn series(
    name: &str,
    format: Format,
    width: usize,
    height: usize,
    frames: Vec<Samples>,
) -> Series {
    let kind = frames.first().map_or(SampleKind::U8, Samples::kind);
    let mut info = SeriesInfo {
        name: name.to_owned(),
        format,
        modality: String::new(),
        width,
        height,
        kind,
        slices: frames.len(),
        times: 1,
        rescale: Rescale::IDENTITY,
        unit: String::new(),
        voi: Vec::new(),
        range: real_range(&frames, &[], &Rescale::IDENTITY),
        volume: None,
        frame_time_ms: None,
        frames: frames
            .iter()
            .enumerate()
            .map(|(number, _)| FrameInfo {
                file: name.to_owned(),
                number,
                ..FrameInfo::default()
            })
            .collect(),
        notes: Vec::new(),
        metadata: vec![
            field("Format", format.to_string()),
            field("Size", format!("{width} x {height}")),
            field("Samples", format!("{kind:?}")),
        ],
    };
    if kind == SampleKind::U8 {
        // Eight bits are meant as they are.
        info.voi = vec![Voi::Window(VoiWindow::spanning(0.0, 255.0))];
    }
    Series { info, frames }
}
