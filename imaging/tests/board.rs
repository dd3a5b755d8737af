//! Every picture of the board (tests/images/board.json) is the file that was pinned, opens, and shows something.

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/board.rs"]
mod board;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use board::{file, list, picture, text};
use sha2::{Digest, Sha256};

/// The modalities of which real pictures with a clear licence were found, by the simulator's keys.
const MODALITIES: [&str; 6] = [
    "chest-xray",
    "fundus",
    "brain-mri",
    "ct",
    "ultrasound",
    "histopathology",
];

#[test]
fn every_picture_is_the_pinned_file_and_shows_something() {
    let mut failures = Vec::new();
    for entry in list(&board::board(), "pictures") {
        let id = text(entry, "id");
        let digest = Sha256::digest(file(entry));
        let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if found != text(entry, "sha256") {
            failures.push(format!("{id}: the file has SHA-256 {found}"));
        }
        match picture(entry) {
            Err(error) => failures.push(format!("{id}: {error}")),
            Ok(image) => {
                let green = image.pixels.iter().skip(1).step_by(3);
                let count = (image.width * image.height) as f64;
                let mean = green.clone().map(|&v| f64::from(v)).sum::<f64>() / count;
                let square = green.map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>();
                let spread = (square / count).sqrt();
                // A picture of one shade has none; the flattest of the board, a green channel, has 13.
                if spread < 8.0 || !(5.0..250.0).contains(&mean) {
                    failures.push(format!("{id}: mean {mean:.1}, spread {spread:.1}"));
                }
                // A model that looks at squares of 128 pixels should see most of it.
                let (short, long) = (image.width.min(image.height), image.width.max(image.height));
                if short < 60 || 2 * short < long {
                    failures.push(format!("{id}: {image:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn tuning_and_report_share_no_package_and_no_picture() {
    let board = board::board();
    let (packages, pictures) = (list(&board, "packages"), list(&board, "pictures"));
    let names: BTreeSet<&str> = packages.iter().map(|entry| text(entry, "name")).collect();
    let mut sets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let (mut ids, mut hashes) = (BTreeSet::new(), BTreeSet::new());
    for entry in pictures {
        let package = text(entry, "package");
        assert!(names.contains(package), "{package} is not described");
        assert!(MODALITIES.contains(&text(entry, "modality")), "{entry}");
        assert!(!text(entry, "licence").is_empty() && !text(entry, "note").is_empty());
        assert!(ids.insert(text(entry, "id")), "twice: {entry}");
        assert!(hashes.insert(text(entry, "sha256")), "twice: {entry}");
        sets.entry(text(entry, "set")).or_default().insert(package);
    }
    assert_eq!(
        sets.keys().copied().collect::<Vec<_>>(),
        ["report", "tuning"]
    );
    let shared: Vec<_> = sets["report"].intersection(&sets["tuning"]).collect();
    assert!(shared.is_empty(), "in both sets: {shared:?}");
    let count = |set: &str| {
        pictures
            .iter()
            .filter(|entry| text(entry, "set") == set)
            .count()
    };
    assert_eq!((count("tuning"), count("report")), (10, 15));
}
