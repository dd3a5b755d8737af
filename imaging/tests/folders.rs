//! Folders and archives of real files (pydicom's dicomdirtests) become series.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::io::{Cursor, Write};
use std::path::Path;

use unimed_imaging::{Limits, Opened, Opener, Series};
use zip::write::SimpleFileOptions;

const FOLDER: &str = "pydicom/data/test_files/dicomdirtests";

/// Every file below a folder, by its path from there.
fn files(folder: &Path, from: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("fetched files are whole")
        .map(|e| e.expect("fetched files are whole").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, from, into);
        } else {
            let name = path
                .strip_prefix(from)
                .expect("fetched files are whole")
                .to_string_lossy()
                .into_owned();
            into.push((name, std::fs::read(&path).expect("fetched files are whole")));
        }
    }
}

fn disc() -> Vec<(String, Vec<u8>)> {
    let root = support::path("pydicom", FOLDER);
    let mut all = Vec::new();
    for part in ["77654033", "98892001", "98892003"] {
        files(&root.join(part), &root, &mut all);
    }
    all.push((
        "DICOMDIR".to_owned(),
        std::fs::read(root.join("DICOMDIR")).expect("fetched files are whole"),
    ));
    all
}

fn find<'o>(opened: &'o Opened, part: &str) -> Vec<&'o Series> {
    opened
        .series
        .iter()
        .filter(|s| s.info.frames[0].file.contains(part))
        .collect()
}

fn check(opened: &Opened) {
    assert_eq!(opened.problems, []);
    assert_eq!(opened.series.len(), 13);
    assert_eq!(
        opened.series.iter().map(|s| s.frames.len()).sum::<usize>(),
        31
    );

    // Five slices from z = -1.2375 to 8.7625, numbered from the head down.
    let chest = find(opened, "CT5N")[0];
    let z: Vec<f64> = chest
        .info
        .frames
        .iter()
        .map(|f| f.place.expect("a position").origin[2])
        .collect();
    assert_eq!(z, [-1.2375, 1.2625, 3.7625, 6.2625, 8.7625]);
    assert!(chest.info.frames[0].file.ends_with("CT5N/3353"));
    let step = chest.info.volume.expect("a volume").axes[2];
    assert!(
        step[0] == 0.0 && step[1] == 0.0 && (step[2] - 2.5).abs() < 1e-9,
        "{step:?}"
    );
    assert_eq!(chest.info.unit, "HU");
    assert_eq!((chest.info.slices, chest.info.times), (5, 1));

    // z = -99, 103, 104, 106: slices are missing.
    let gap = find(opened, "CT2/")[0];
    assert_eq!(gap.info.slices, 4);
    assert!(gap.info.volume.is_none());
    assert!(
        gap.info
            .notes
            .iter()
            .any(|n| n.contains("not equally spaced")),
        "{:?}",
        gap.info.notes
    );

    // Cuts around an axis.
    let radial = find(opened, "MR700")[0];
    assert_eq!(radial.info.slices, 7);
    assert!(
        radial
            .info
            .notes
            .iter()
            .any(|n| n.contains("do not lie parallel"))
    );
    assert!(
        radial.info.frames[0].file.ends_with("4558"),
        "by instance number"
    );
}

#[test]
fn a_folder_is_sorted_into_series() {
    let mut opener = Opener::new(Limits::default());
    for (name, bytes) in disc() {
        opener.add(&name, bytes);
    }
    check(&opener.finish());
}

#[test]
fn an_archive_of_it_gives_the_same_and_litter_is_passed_over() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    archive.add_directory("disc", options).unwrap();
    archive.start_file("__MACOSX/._DICOMDIR", options).unwrap();
    archive.write_all(b"finder").unwrap();
    // Last first: the order must not matter.
    for (name, bytes) in disc().iter().rev() {
        archive.start_file(format!("disc/{name}"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    let mut opener = Opener::new(Limits::default());
    opener.add("disc.zip", bytes);
    check(&opener.finish());
}

#[test]
fn a_file_that_comes_twice_is_shown_once() {
    let disc = disc();
    let mut opener = Opener::new(Limits::default());
    for (name, bytes) in disc.iter().filter(|(name, _)| name.contains("CT5N")) {
        opener.add(name, bytes.as_slice());
        opener.add(&format!("copy of {name}"), bytes.as_slice());
    }
    let opened = opener.finish();
    assert_eq!(opened.series.len(), 1);
    assert_eq!(opened.series[0].frames.len(), 5);
    assert!(
        opened.series[0]
            .info
            .notes
            .contains(&"5 files came twice and are shown once.".to_owned())
    );
}

#[test]
fn identifying_rows_of_the_header_are_marked() {
    let bytes = support::read("pydicom", "pydicom/data/test_files/CT_small.dcm");
    let mut opener = Opener::new(Limits::default());
    opener.add("CT_small.dcm", bytes);
    let opened = opener.finish();
    let rows = &opened.series[0].info.metadata;
    let row = |name: &str| {
        rows.iter()
            .find(|r| r.name == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(row("PatientName").value, "CompressedSamples^CT1");
    assert_eq!(row("PatientName").tag, "(0010,0010)");
    assert!(row("PatientName").identifying && row("StudyDate").identifying);
    assert!(!row("Rows").identifying && !row("KVP").identifying);
    assert_eq!(row("Rows").value, "128");
    assert!(
        rows.iter().any(|r| r.depth == 1),
        "items of sequences are listed"
    );
}
