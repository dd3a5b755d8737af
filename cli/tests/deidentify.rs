//! `unimed deidentify` as a person meets it: files, warnings, exit codes.

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use support::scratch;

const CT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/images/CT_small.dcm");
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/images/retina.jpg");

fn deidentify(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unimed"))
        .arg("deidentify")
        .args(args)
        .output()
        .expect("the command starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// The only file in a folder: its name, and its bytes.
fn only(folder: &Path) -> (String, Vec<u8>) {
    let mut files = fs::read_dir(folder).expect("a folder");
    let file = files.next().expect("a file").expect("an entry").path();
    assert!(files.next().is_none());
    let name = file
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    (name, fs::read(file).expect("bytes"))
}

#[test]
fn a_copy_without_names_is_written_once() {
    let folder = scratch("deidentify");
    let out = folder.to_str().expect("UTF-8");
    let before = fs::read(CT).expect("the original");
    let output = deidentify(&[CT, "--out", out, "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let (name, bytes) = only(&folder);
    assert_eq!(report["files"][0]["file"], name);
    assert!(
        name.starts_with("2.25.") && name.ends_with(".dcm"),
        "{name}"
    );
    for identifying in [
        "CompressedSamples",
        "1CT1",
        "JFK IMAGING CENTER",
        "1.3.6.1.4.1.5962",
    ] {
        let holds = |bytes: &[u8]| {
            let mut parts = bytes.windows(identifying.len());
            parts.any(|part| part == identifying.as_bytes())
        };
        assert!(holds(&before) && !holds(&bytes), "{identifying}");
        assert!(
            !holds(&output.stdout) && !holds(&output.stderr),
            "{identifying}"
        );
    }
    let changes = report["changes"].as_array().expect("a list");
    let patient = changes.iter().find(|one| one["name"] == "PatientName");
    assert_eq!(patient.expect("a name")["done"], "emptied");
    assert!(stderr(&output).contains("Look at every picture"));
    let pixels = |file: &[u8]| {
        unimed_imaging::open("x.dcm", file).expect("a series")[0]
            .frames
            .clone()
    };
    assert_eq!(pixels(&before), pixels(&bytes));
    assert_eq!(fs::read(CT).expect("the original"), before);

    let kept = scratch("deidentify-kept");
    let kept = kept.to_str().expect("UTF-8");
    let first = deidentify(&[CT, "--out", kept, "--retain-uids"]);
    assert!(first.status.success(), "{}", stderr(&first));
    let table = String::from_utf8(first.stdout).expect("UTF-8");
    assert!(
        table.contains("PatientName") && table.contains("1 files written"),
        "{table}"
    );
    let again = deidentify(&[CT, "--out", kept, "--retain-uids"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        stderr(&again).contains("is not overwritten"),
        "{}",
        stderr(&again)
    );
}

#[test]
fn what_is_no_dicom_file_is_told_of_and_the_rest_is_written() {
    let folder = scratch("deidentify-others");
    let out = folder.to_str().expect("UTF-8");
    let output = deidentify(&[
        PICTURE,
        CT,
        "--out",
        out,
        "--shift-dates",
        "--cover-burned-in",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(
        told.contains("retina.jpg: This is not a DICOM file"),
        "{told}"
    );
    assert!(told.contains("1 of 2 files were not written"), "{told}");
    only(&folder);
    let both = deidentify(&[CT, "--out", out, "--shift-dates", "--keep-dates"]);
    assert_eq!(both.status.code(), Some(2));
}
