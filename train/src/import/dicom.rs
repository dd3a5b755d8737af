//! DICOM files: series become some of their slices, CT in some windows. What the header tells of the picture goes into the
//! index; who the patient is does not, but for a number by which groups are kept together.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use unimed_imaging::{FrameInfo, Limits, Opener, Series, SeriesInfo, Voi, VoiWindow};

use super::{
    draft::{Draft, Pixels},
    folders::{files_in, steps},
    pixels::is_dicom_file,
    writer::{Writer, hex},
};
use crate::{TrainError, error::at};

/// Windows of CT by their word in the index: level and width in Hounsfield units.
const WINDOWS: [(&str, f64, f64); 5] = [
    ("soft tissue", 40.0, 400.0),
    ("lung", -600.0, 1500.0),
    ("bone", 300.0, 1500.0),
    ("brain", 40.0, 80.0),
    ("abdomen", 40.0, 400.0),
];

/// Modalities by the DICOM code (PS3.3 C.7.3.1.1.1) and words of the part of the body, of which one must be there; no word is
/// needed where the list is empty.
const KINDS: [(&[&str], &[&str], &str); 7] = [
    (
        &["CR", "DX", "RG"],
        &["CHEST", "THORAX", "LUNG"],
        "chest-xray",
    ),
    (&["CT"], &[], "ct"),
    (&["MR"], &["BRAIN", "HEAD", "SKULL", "NEURO"], "brain-mri"),
    (&["US"], &[], "ultrasound"),
    (&["OPT"], &[], "oct"),
    (&["SM"], &[], "histopathology"),
    (&["ES"], &[], "endoscopy"),
];

/// Photographs of the back of the eye have a code of their own beside other photographs of the eye.
const FUNDUS: &str = "OP";

/// Memory for the pixels of one folder.
const BYTES: u64 = 8 << 30;

/// A slice in a window.
struct Shown {
    frame: usize,
    window: Option<(&'static str, Voi)>,
}

/// Imports all DICOM files below a folder, or one file.
pub(super) fn import(writer: &mut Writer<'_>) -> Result<(), TrainError> {
    let from = writer.settings.from.clone();
    let files = if from.is_dir() {
        files_in(&from)?
    } else {
        vec![from.clone()]
    };
    let windows = windows(writer)?;
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut others = 0;
    for file in files {
        if is_dicom_file(&file) {
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            folders.entry(folder).or_default().push(file);
        } else {
            others += 1;
        }
    }
    if others > 0 {
        writer.note(&format!("{others} files that are not DICOM are left out"));
    }
    // Folder by folder: a series lies in one, and only one folder's pixels are in memory.
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for files in folders.into_values() {
        for series in opened(&from, &files)? {
            add_series(writer, &series, &windows, &mut taken)?;
        }
    }
    Ok(())
}

/// The series of some files; a file that cannot be read ends the import.
fn opened(from: &Path, files: &[PathBuf]) -> Result<Vec<Series>, TrainError> {
    let mut opener = Opener::new(Limits {
        bytes: BYTES,
        files: files.len(),
    });
    for file in files {
        opener.add(&file.to_string_lossy(), fs::read(file).map_err(at(file))?);
    }
    let opened = opener.finish();
    if let Some(problem) = opened.problems.into_iter().next() {
        return Err(TrainError::Import {
            at: problem.file,
            field: "the file".into(),
            found: problem.error.to_string(),
            expected: format!(
                "a DICOM image; take it out of {} if it is none",
                from.display()
            ),
        });
    }
    Ok(opened.series)
}

/// The windows that were asked for.
fn windows(writer: &Writer<'_>) -> Result<Vec<&'static str>, TrainError> {
    let asked = writer.settings.windows.iter();
    asked
        .map(|name| {
            let known = WINDOWS.iter().find(|(known, ..)| known == name);
            known
                .map(|(known, ..)| *known)
                .ok_or_else(|| TrainError::Import {
                    at: "the command line".into(),
                    field: "--windows".into(),
                    found: name.clone(),
                    expected: WINDOWS.map(|(name, ..)| name).join(", "),
                })
        })
        .collect()
}

/// A row of the header.
fn header<'a>(info: &'a SeriesInfo, name: &str) -> Option<&'a str> {
    let row = info
        .metadata
        .iter()
        .find(|row| row.name == name && row.depth == 0)?;
    Some(row.value.trim()).filter(|value| !value.is_empty())
}

fn add_series(
    writer: &mut Writer<'_>,
    series: &Series,
    windows: &[&'static str],
    taken: &mut BTreeMap<String, usize>,
) -> Result<(), TrainError> {
    let (settings, info) = (writer.settings, &series.info);
    let first = info.frames.first().map_or("", |frame| frame.file.as_str());
    let mut draft = Draft::new(first, "");
    describe(info, &mut draft);
    let inner = steps(&settings.from, Path::new(first));
    if settings.folder_is_class {
        if inner.len() < 2 {
            return Err(draft.wrong("the class", "missing", "a file in the folder of its class"));
        }
        draft.class = Some(inner[0].clone());
    }
    let class = draft.class.clone().unwrap_or_default();
    for (number, shown) in shown(series, settings.slices, windows)
        .into_iter()
        .enumerate()
    {
        let count = taken.entry(class.clone()).or_default();
        if settings.at_most.is_some_and(|most| *count >= most) {
            return Ok(());
        }
        *count += 1;
        let mut own = draft.clone();
        let frame = &info.frames[shown.frame];
        own.at.clone_from(&frame.file);
        let file = steps(&settings.from, Path::new(&frame.file)).join("/");
        own.origin = format!(
            "{file}, frame {}, picture {number} of its series",
            frame.number
        );
        if let Some(plane) = plane(frame).filter(|_| matches!(info.modality.as_str(), "CT" | "MR"))
        {
            own.set("plane", plane);
        }
        if let Some((word, _)) = &shown.window {
            own.set("window", *word);
        }
        let voi = shown
            .window
            .map_or_else(|| info.first_voi(shown.frame), |(_, voi)| voi);
        let image = series.rgb(shown.frame, &voi).map_err(|error| {
            own.wrong(
                "the picture",
                error.to_string(),
                "a frame that can be shown",
            )
        })?;
        writer.add(own, Pixels::Image(image))?;
    }
    Ok(())
}

/// The fields that the header tells of.
fn describe(info: &SeriesInfo, draft: &mut Draft) {
    let part = header(info, "BodyPartExamined")
        .unwrap_or_default()
        .to_uppercase();
    let code = info.modality.as_str();
    let kind = KINDS.iter().find(|(codes, parts, _)| {
        codes.contains(&code) && (parts.is_empty() || parts.iter().any(|word| part.contains(word)))
    });
    match kind {
        Some((_, _, key)) => draft.set("modality", *key),
        None if code == FUNDUS => draft.set("modality", "fundus"),
        None => {}
    }
    if matches!(code, "CT" | "US" | "ES") && !part.is_empty() {
        draft.set("organ", part.to_lowercase());
    }
    let view = header(info, "ViewPosition").unwrap_or_default();
    match view.to_uppercase().as_str() {
        "AP" => draft.set("view", "ap"),
        "PA" => draft.set("view", "pa"),
        "LL" | "RL" | "LATERAL" => draft.set("view", "lateral"),
        _ => {}
    }
    match header(info, "ImageLaterality").or_else(|| header(info, "Laterality")) {
        Some("L") => draft.set("side", "left"),
        Some("R") => draft.set("side", "right"),
        _ => {}
    }
    let named = [("PatientID", "patient"), ("StudyInstanceUID", "study")];
    let group = named
        .iter()
        .find_map(|(name, word)| Some((header(info, name)?, word)));
    draft.group = group.map(|(value, word)| format!("{word}-{}", hex(&Sha256::digest(value)[..6])));
}

/// The plane that a frame lies in, where it is within some 35 degrees of one: its normal's largest part.
fn plane(frame: &FrameInfo) -> Option<&'static str> {
    let normal = frame.place.as_ref()?.normal();
    let names = ["sagittal", "coronal", "axial"];
    let axis = normal.iter().position(|part| part.abs() > 0.82)?;
    Some(names[axis])
}

/// Which slices of a series are shown, and in which windows: evenly spread, the ends left out.
fn shown(series: &Series, slices: usize, windows: &[&'static str]) -> Vec<Shown> {
    let info = &series.info;
    let count = info.frames.len();
    let frames: Vec<usize> = if count <= slices {
        (0..count).collect()
    } else {
        (0..slices)
            .map(|at| (2 * at + 1) * count / (2 * slices))
            .collect()
    };
    if info.modality != "CT" {
        return frames
            .into_iter()
            .map(|frame| Shown {
                frame,
                window: None,
            })
            .collect();
    }
    let part = header(info, "BodyPartExamined")
        .unwrap_or_default()
        .to_uppercase();
    let usual: &[&'static str] =
        if part.contains("CHEST") || part.contains("THORAX") || part.contains("LUNG") {
            &["lung", "soft tissue"]
        } else if part.contains("HEAD") || part.contains("BRAIN") {
            &["brain", "bone"]
        } else {
            &["soft tissue"]
        };
    let names = if windows.is_empty() { usual } else { windows };
    let windows: Vec<(&'static str, Voi)> = WINDOWS
        .iter()
        .filter(|(name, ..)| names.contains(name))
        .map(|(name, center, width)| (*name, Voi::Window(VoiWindow::new(*center, *width))))
        .collect();
    let each = |frame: usize| {
        windows.clone().into_iter().map(move |window| Shown {
            frame,
            window: Some(window),
        })
    };
    frames.into_iter().flat_map(each).collect()
}
