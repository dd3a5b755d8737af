//! What pydicom and nibabel read from real files, and how a series is compared with it.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use unimed_imaging::{Samples, Series, open};

/// Transfer syntaxes in which decoders may differ by one level.
const LOSSY: [&str; 4] = [
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.91",
];

/// Every file that pydicom or nibabel were asked about.
pub(crate) fn reference() -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!(
        "../../../tests/images/reference/reference.json"
    ))
    .expect("reference and file are whole");
    all["files"]
        .as_array()
        .expect("reference and file are whole")
        .clone()
}

/// A member that is text.
pub(crate) fn text<'v>(entry: &'v Value, name: &str) -> &'v str {
    entry[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {entry}"))
}

/// Numbers; what is none (NaN in a file of floats) is null in the reference.
fn numbers(value: &Value) -> Vec<f64> {
    let all = value
        .as_array()
        .expect("reference and file are whole")
        .iter();
    all.map(|v| {
        if v.is_null() {
            f64::NAN
        } else {
            v.as_f64().expect("reference and file are whole")
        }
    })
    .collect()
}

fn indices(value: &Value) -> Vec<usize> {
    numbers(value).iter().map(|v| *v as usize).collect()
}

/// Grey as little-endian int32 or float32, colour as bytes, frames in the file's order.
fn digest(series: &Series, float: bool) -> String {
    let order: BTreeMap<usize, usize> = series
        .info
        .frames
        .iter()
        .enumerate()
        .map(|(at, frame)| (frame.number, at))
        .collect();
    let mut hash = Sha256::new();
    for at in order.values() {
        let samples = &series.frames[*at];
        if let Samples::Rgb8(colors) = samples {
            hash.update(colors);
            continue;
        }
        for pixel in 0..samples.pixels() {
            let value = samples.value(pixel).expect("reference and file are whole");
            if float {
                hash.update((value as f32).to_le_bytes());
            } else {
                hash.update((value as i32).to_le_bytes());
            }
        }
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// The one series of a file, or why not.
pub(crate) fn only(name: &str, bytes: &[u8]) -> Result<Series, String> {
    let mut series = open(name, bytes).map_err(|error| error.to_string())?;
    match series.len() {
        1 => Ok(series.remove(0)),
        n => Err(format!("{n} series")),
    }
}

fn close(what: &str, got: f64, want: f64, tolerance: f64) -> Result<(), String> {
    if (got - want).abs() <= tolerance || (got.is_nan() && want.is_nan()) {
        Ok(())
    } else {
        Err(format!("{what}: {got}, expected {want}"))
    }
}

/// Compares everything that the reference has of a file; `Err` says what differs.
pub(crate) fn compare(entry: &Value, series: &Series) -> Result<(), String> {
    match text(entry, "kind") {
        "dicom" => compare_dicom(entry, series),
        _ => compare_nifti(entry, series),
    }
}

fn compare_dicom(entry: &Value, series: &Series) -> Result<(), String> {
    let info = &series.info;
    let shape = indices(&entry["shape"]);
    if [info.frames.len(), info.height, info.width] != shape[..] {
        return Err(format!(
            "{} frames of {} x {}, expected {shape:?}",
            info.frames.len(),
            info.width,
            info.height
        ));
    }
    let lossy = LOSSY.contains(&text(entry, "syntax"));
    // Whole numbers of 32 bit are kept as floats.
    let float = matches!(series.frames[0], Samples::F32(_) | Samples::F64(_));
    if let Some(want) = entry["sha256"].as_str().filter(|_| !float) {
        let got = digest(series, false);
        if got != want {
            return Err("pixels differ".to_owned());
        }
    }
    let near = |want: f64| if lossy { 1.0 } else { want.abs() * 1e-6 };
    let at = entry["at"]
        .as_array()
        .expect("reference and file are whole");
    let (stored, real) = (numbers(&entry["stored"]), entry.get("real").map(numbers));
    let shown = entry.get("shown").filter(|_| !lossy).map(numbers);
    let voi = info.first_voi(0);
    let voi_lut = info.voi_lut(&voi, false);
    for (i, position) in at.iter().map(indices).enumerate() {
        let frame = info
            .frames
            .iter()
            .position(|f| f.number == position[0])
            .expect("reference and file are whole");
        let (row, column) = (position[1], position[2]);
        let pixel = row * info.width + column;
        let samples = &series.frames[frame];
        if let Samples::Rgb8(colors) = samples {
            for channel in 0..3 {
                let got = f64::from(colors[3 * pixel + channel]);
                close(
                    "colour",
                    got,
                    stored[3 * i + channel],
                    if lossy { 2.0 } else { 0.0 },
                )?;
            }
            continue;
        }
        close(
            "stored",
            samples.value(pixel).expect("reference and file are whole"),
            stored[i],
            near(stored[i]),
        )?;
        if let Some(real) = &real {
            let slope = (real[i] / stored[i].max(1.0)).abs().max(1.0);
            let got = series
                .value(frame, column, row)
                .expect("reference and file are whole");
            close("real", got, real[i], near(real[i]) * slope + 1e-5)?;
        }
        if let Some(shown) = &shown {
            let image = voi_lut
                .rgb(info.width, info.height, samples)
                .expect("reference and file are whole");
            let got = f64::from(image.pixel(column, row)[0]);
            close("shown", got, shown[i], 0.5001)?;
        }
    }
    if let Some(want) = entry.get("spacing").map(numbers) {
        let got = info.spacing(0).ok_or("no spacing")?;
        close("row spacing", got.row_mm, want[0], 1e-9)?;
        close("column spacing", got.column_mm, want[1], 1e-9)?;
    }
    if let Some(want) = entry.get("position").map(numbers) {
        let first = info
            .frames
            .iter()
            .find(|f| f.number == 0)
            .ok_or("no first frame")?;
        let place = first.place.ok_or("no position")?;
        for (got, want) in place.origin.iter().zip(&want) {
            close("position", *got, *want, 1e-9)?;
        }
        for (r, want) in numbers(&entry["orientation"]).iter().enumerate() {
            let got = if r < 3 {
                place.row[r]
            } else {
                place.column[r - 3]
            };
            close("orientation", got, *want, 1e-4)?;
        }
    }
    Ok(())
}

fn compare_nifti(entry: &Value, series: &Series) -> Result<(), String> {
    let info = &series.info;
    let shape = indices(&entry["shape"]);
    let times = entry["times"]
        .as_u64()
        .expect("reference and file are whole") as usize;
    if [info.width, info.height, info.slices, info.times] != [shape[0], shape[1], shape[2], times] {
        return Err(format!(
            "{} x {} x {} x {}, expected {shape:?} x {times}",
            info.width, info.height, info.slices, info.times
        ));
    }
    if digest(series, text(entry, "dtype").contains('f')) != text(entry, "sha256") {
        return Err("voxels differ".to_owned());
    }
    let Some(volume) = info.volume else {
        return Ok(());
    };
    let (real, time) = (numbers(&entry["real"]), indices(&entry["time"]));
    for (i, point) in entry["lps"]
        .as_array()
        .expect("reference and file are whole")
        .iter()
        .map(numbers)
        .enumerate()
    {
        let voxel = volume
            .voxel([point[0], point[1], point[2]])
            .ok_or("a flat volume")?;
        let [x, y, z] = voxel.map(f64::round);
        for (v, whole) in voxel.iter().zip([x, y, z]) {
            close("voxel", *v, whole, 1e-3)?;
        }
        let frame = time[i] * info.slices + z as usize;
        let got = series
            .value(frame, x as usize, y as usize)
            .ok_or("outside of the volume")?;
        close(
            "value in the patient",
            got,
            real[i],
            real[i].abs() * 1e-5 + 1e-5,
        )?;
    }
    Ok(())
}
