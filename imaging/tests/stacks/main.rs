//! How DICOM frames share space and time, and what is told about those that do not: files that the test writes.

#![cfg(not(target_arch = "wasm32"))]

mod extremes;
mod files;
mod space;
#[path = "../support/mod.rs"]
mod support;
mod tiles;
mod times;

use support::dicom::Set;
use unimed_imaging::{Limits, Opener, Samples, Series};

const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const FEET_FIRST: [f64; 6] = [-1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const SAGITTAL: [f64; 6] = [0.0, 1.0, 0.0, 0.0, 0.0, -1.0];

fn object(modality: &str, number: u32, pixels: &[u16]) -> Set {
    Set::new()
        .text((0x0008, 0x0018), "UI", &format!("1.2.{number}"))
        .text((0x0008, 0x0060), "CS", modality)
        .text((0x0008, 0x103e), "LO", "head")
        .text((0x0020, 0x000e), "UI", "1.2")
        .text((0x0020, 0x0013), "IS", &number.to_string())
        .grey(2, 2, pixels)
}

/// Its first pixel is its number.
fn slice(number: u32, z: f64) -> Set {
    object("MR", number, &[number as u16, 0, 0, 0])
        .ds((0x0020, 0x0032), &[0.0, 0.0, z])
        .ds((0x0020, 0x0037), &AXIAL)
        .ds((0x0028, 0x0030), &[0.5, 0.5])
}

fn open(sets: &[Set]) -> Vec<Series> {
    let mut opener = Opener::new(Limits::default());
    for (i, set) in sets.iter().enumerate() {
        opener.add(&format!("{i:03}.dcm"), set.file());
    }
    let opened = opener.finish();
    assert_eq!(opened.problems, []);
    opened.series
}

fn one(sets: &[Set]) -> Series {
    let mut series = open(sets);
    assert_eq!(series.len(), 1);
    series.remove(0)
}

fn firsts(series: &Series) -> Vec<f64> {
    let first = |f: &Samples| f.value(0).expect("grey");
    series.frames.iter().map(first).collect()
}

fn depths(series: &Series) -> Vec<f64> {
    let depth = |f: &unimed_imaging::FrameInfo| f.place.expect("a position").origin[2];
    series.info.frames.iter().map(depth).collect()
}

fn says(series: &Series, part: &str) -> bool {
    series.info.notes.iter().any(|note| note.contains(part))
}
