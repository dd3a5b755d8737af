//! Real DICOM and NIfTI files that nobody here made, against what pydicom and nibabel read from them
//! (tests/images/reference).

#![cfg(not(target_arch = "wasm32"))]

mod support;

use serde_json::Value;
use support::reference::{compare, only, reference, text};
use unimed_imaging::{Samples, Series, open};

/// Files that cannot be opened, and a part of what is said about each.
const REFUSED: [(&str, &str); 21] = [
    ("ExplVR_BigEndNoMeta.dcm", "holds no image"),
    ("ExplVR_LitEndNoMeta.dcm", "holds no image"),
    (
        "JPEG-lossy.dcm",
        "JPEG Extended with 12 bits a sample (1.2.840.10008.1.2.4.51)",
    ),
    (
        "JPGExtended.dcm",
        "JPEG Extended with 12 bits a sample (1.2.840.10008.1.2.4.51)",
    ),
    ("MR_truncated.dcm", "ends before the picture is complete"),
    ("UN_sequence.dcm", "holds no image"),
    ("empty_charset_LEI.dcm", "holds no image"),
    ("meta_missing_tsyntax.dcm", "Rows is missing"),
    ("nested_priv_SQ.dcm", "Rows is missing"),
    // A stray byte stands before its first element.
    ("no_meta.dcm", "Choose PNG"),
    ("no_meta_group_length.dcm", "holds no image"),
    ("priv_SQ.dcm", "holds no image"),
    ("reportsi.dcm", "structured report"),
    ("reportsi_with_empty_number_tags.dcm", "structured report"),
    ("rtplan.dcm", "radiotherapy plan"),
    (
        "rtplan_truncated.dcm",
        "ends before the picture is complete",
    ),
    ("rtstruct.dcm", "radiotherapy structures"),
    ("test-SR.dcm", "structured report"),
    ("waveform_ecg.dcm", "recording of waveforms"),
    ("JPEG2000-embedded-sequence-delimiter.dcm", "damaged"),
    ("csa_slice_norm.dcm", "holds no image"),
];

fn fixture(entry: &Value) -> Result<Series, String> {
    let (package, file) = (text(entry, "package"), text(entry, "file"));
    only(file, &support::read(package, file))
}

#[test]
fn files_that_are_read_agree_with_the_reference() {
    let mut compared = 0;
    let mut failures = Vec::new();
    for entry in reference() {
        let name = text(&entry, "file");
        let base = name
            .rsplit('/')
            .next()
            .expect("reference and file are whole");
        if entry.get("refused").is_some() || REFUSED.iter().any(|(refused, _)| *refused == base) {
            continue;
        }
        let result = fixture(&entry).and_then(|series| compare(&entry, &series));
        compared += 1;
        if let Err(reason) = result {
            failures.push(format!("{name}: {reason}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {compared}:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(compared > 120, "only {compared} files were compared");
}

#[test]
fn files_that_are_not_read_say_why() {
    let mut failures = Vec::new();
    let mut seen = 0;
    for entry in reference() {
        let base = text(&entry, "file")
            .rsplit('/')
            .next()
            .expect("reference and file are whole");
        let Some((_, part)) = REFUSED.iter().find(|(name, _)| *name == base) else {
            continue;
        };
        seen += 1;
        match fixture(&entry) {
            Ok(_) => failures.push(format!("{base}: opened")),
            Err(said) if !said.contains(part) => failures.push(format!("{base}: {said}")),
            Err(_) => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(seen, REFUSED.len());
}

#[test]
fn bare_data_sets_are_read_without_their_beginning() {
    let file = support::read("pydicom", "pydicom/data/test_files/CT_small.dcm");
    let whole = open("whole.dcm", &file).expect("reference and file are whole");
    // The preamble is 132 bytes long, the length of the file meta information 12, the rest of it 192.
    for (name, start) in [
        ("without a preamble", 132),
        ("without anything", 132 + 12 + 192),
    ] {
        let bare = open(name, &file[start..]).expect("reference and file are whole");
        assert!(bare[0].frames == whole[0].frames, "{name}");
    }
    let palette = support::read("pydicom-data", "data_store/data/OT-PAL-8-face.dcm");
    let palette = open("OT-PAL-8-face.dcm", &palette)
        .expect("reference and file are whole")
        .remove(0);
    assert!(matches!(palette.frames[0], Samples::Rgb8(_)));
}

#[test]
fn a_missing_end_mark_after_whole_frames_is_forgiven() {
    let one = |name: &str| {
        let file = support::read("pydicom-data", &format!("data_store/data/{name}"));
        open(name, &file)
            .expect("reference and file are whole")
            .remove(0)
    };
    let short = one("emri_small_jpeg_2k_lossless_too_short.dcm");
    assert!(short.frames == one("emri_small_jpeg_2k_lossless.dcm").frames);
}
