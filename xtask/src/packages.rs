//! Published packages as sources of test files: fetched by their registry's own client, pinned by hash. Nothing of
//! them is run or installed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sha256::sha256_of;
use crate::shell::{command, run};
use crate::system;

/// Where a package is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registry {
    /// The Python package index; wheels.
    Pypi,
    /// The npm registry; gzipped tar archives.
    Npm,
    /// Debian's archive.
    Debian,
}

impl Registry {
    /// All of them, by the names that `tests/images/board.json` uses.
    pub(crate) const NAMES: [(&'static str, Self); 3] = [
        ("pypi", Self::Pypi),
        ("npm", Self::Npm),
        ("debian", Self::Debian),
    ];

    /// What its packages are called, and which programs fetch and unpack them.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Pypi => ("Python", "python3 with pip"),
            Self::Npm => ("npm", "npm and tar"),
            Self::Debian => ("Debian", "apt-get and dpkg-deb (Debian and its relatives)"),
        }
    }
}

/// An exact release of a package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package<'p> {
    /// Where it is published.
    pub(crate) registry: Registry,
    /// Its name; also the folder under which tests find its files.
    pub(crate) name: &'p str,
    /// Its release.
    pub(crate) release: &'p str,
    /// File name of its archive.
    pub(crate) archive: &'p str,
    /// SHA-256 of the archive.
    pub(crate) sha256: &'p str,
}

/// A file of a package that tests need.
#[derive(Debug)]
pub(crate) struct Wanted<'p> {
    /// Where it is in the package.
    pub(crate) member: &'p str,
    /// Where tests look for it.
    pub(crate) path: PathBuf,
    /// SHA-256 of the file.
    pub(crate) sha256: &'p str,
}

impl Package<'_> {
    /// Makes sure that the whole package is unpacked in `folder`, under its name.
    pub(crate) fn ensure_all(&self, folder: &Path) -> Result<(), Error> {
        let unpacked = folder.join(self.name);
        // The mark is written last, so an interrupted run is repeated.
        let mark = unpacked.join(".sha256");
        if fs::read_to_string(&mark).is_ok_and(|found| found == self.sha256) {
            return Ok(());
        }
        // What an interrupted run left there is of no use.
        let _ = fs::remove_dir_all(&unpacked);
        self.unpacked(folder, |files| {
            fs::rename(files, &unpacked).map_err(Error::file(&unpacked))
        })?;
        fs::write(&mark, self.sha256).map_err(Error::file(&mark))
    }

    /// Makes sure that some files of the package are where tests look for them; nothing else of it is kept.
    pub(crate) fn ensure_files(&self, folder: &Path, wanted: &[Wanted<'_>]) -> Result<(), Error> {
        let there =
            |file: &&Wanted<'_>| sha256_of(&file.path).is_ok_and(|found| found == file.sha256);
        let missing: Vec<_> = wanted.iter().filter(|file| !there(file)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.unpacked(folder, |files| {
            missing.iter().try_for_each(|file| self.keep(files, file))
        })
    }

    /// Moves a file from the unpacked package to its place.
    fn keep(&self, files: &Path, file: &Wanted<'_>) -> Result<(), Error> {
        let source = files.join(file.member);
        let found = sha256_of(&source)?;
        if found != file.sha256 {
            return Err(Error::Content {
                path: source,
                expected: format!("{} of {self} with SHA-256 {}", file.member, file.sha256),
                found,
                remedy: "the registry serves another file under this name; do not use it",
            });
        }
        if let Some(parent) = file.path.parent() {
            fs::create_dir_all(parent).map_err(Error::file(parent))?;
        }
        fs::rename(&source, &file.path).map_err(Error::file(&file.path))
    }

    /// Downloads, checks and unpacks the package beside where its files will be, and cleans up after `use_files`.
    fn unpacked(
        &self,
        folder: &Path,
        use_files: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let scratch = folder.join("unpacking");
        let _ = fs::remove_dir_all(&scratch);
        let (archives, files) = (scratch.join("archive"), scratch.join("files"));
        for new in [&archives, &files] {
            fs::create_dir_all(new).map_err(Error::file(new))?;
        }
        self.download(&archives).map_err(|error| {
            let (_, programs) = self.registry.words();
            self.unreachable(&format!(
                "it could not be fetched ({error}); {programs} are needed, and the registry must be reachable once"
            ))
        })?;
        let archive = self.checked(&archives)?;
        self.unpack(&archive, &files)?;
        use_files(&files)?;
        fs::remove_dir_all(&scratch).map_err(Error::file(&scratch))
    }

    fn download(&self, to: &Path) -> Result<(), Error> {
        match self.registry {
            Registry::Pypi => {
                let mut pip = command("python3", ["-m", "pip", "download", "--quiet"]);
                pip.args(["--no-deps", "--only-binary=:all:"])
                    .args(wheel_options(self.archive))
                    .arg("--dest")
                    .arg(to)
                    .arg(format!("{}=={}", self.name, self.release));
                run(&mut pip)
            }
            Registry::Npm => {
                let mut npm = command("npm", ["pack", "--silent", "--ignore-scripts"]);
                npm.arg(format!("{}@{}", self.name, self.release))
                    .arg("--pack-destination")
                    .arg(to)
                    .current_dir(to);
                run(&mut npm)
            }
            Registry::Debian => {
                let get = |package: &str| {
                    run(command("apt-get", ["download", "--quiet", package]).current_dir(to))
                };
                let pinned = format!("{}={}", self.name, self.release);
                get(&pinned)
                    // The lists may be missing or old.
                    .or_else(|_| system::apt_update().and_then(|()| get(&pinned)))
                    // Another Debian has another release; the hashes of the files decide.
                    .or_else(|_| get(self.name))
            }
        }
    }

    /// The one archive in the folder, when it is the pinned one.
    fn checked(&self, archives: &Path) -> Result<PathBuf, Error> {
        let archive = fs::read_dir(archives)
            .map_err(Error::file(archives))?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.is_file())
            .ok_or_else(|| {
                self.unreachable("its client wrote no archive; run it by hand to see why")
            })?;
        let named = archive.file_name().is_some_and(|name| name == self.archive);
        if self.registry == Registry::Debian && !named {
            return Ok(archive);
        }
        let found = sha256_of(&archive)?;
        if found == self.sha256 {
            return Ok(archive);
        }
        Err(Error::Content {
            path: archive,
            expected: format!("{self} with SHA-256 {}", self.sha256),
            found,
            remedy: "the registry serves another file under this release; do not use it",
        })
    }

    fn unpack(&self, archive: &Path, files: &Path) -> Result<(), Error> {
        let mut unpack = match self.registry {
            Registry::Pypi => command("python3", ["-m", "zipfile", "-e"]),
            Registry::Npm => command("tar", ["-xzf"]),
            Registry::Debian => command("dpkg-deb", ["-x"]),
        };
        unpack.arg(archive);
        if self.registry == Registry::Npm {
            unpack.arg("-C");
        }
        run(unpack.arg(files)).map_err(|error| {
            self.unreachable(&format!(
                "its archive cannot be unpacked ({error}); see that {} are installed",
                self.registry.words().1
            ))
        })
    }

    fn unreachable(&self, remedy: &str) -> Error {
        Error::Missing {
            what: self.to_string(),
            remedy: remedy.to_owned(),
        }
    }
}

impl std::fmt::Display for Package<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, _) = self.registry.words();
        write!(f, "the {kind} package {} {}", self.name, self.release)
    }
}

/// Options with which pip takes this wheel whatever Python and machine it runs on: nothing of it is run. The wheel's
/// name is `name-release-python-abi-platforms.whl`.
fn wheel_options(archive: &str) -> Vec<String> {
    let stem = archive.strip_suffix(".whl").unwrap_or(archive);
    let mut tags = stem.rsplit('-');
    let (Some(platforms), Some(abi), Some(python)) = (tags.next(), tags.next(), tags.next()) else {
        return Vec::new();
    };
    if abi == "none" {
        return Vec::new();
    }
    let platform = platforms.rsplit('.').next().unwrap_or(platforms);
    let version = python.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let implementation = &python[..python.len() - version.len()];
    [
        ("--platform", platform),
        ("--python-version", version),
        ("--implementation", implementation),
        ("--abi", abi),
    ]
    .into_iter()
    .flat_map(|(option, value)| [option.to_owned(), value.to_owned()])
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_for_another_machine_is_asked_for_by_its_tags() {
        assert_eq!(wheel_options("pydicom-3.0.2-py3-none-any.whl"), [""; 0]);
        assert_eq!(
            wheel_options("dipy-1.12.1-cp311-cp311-manylinux2014_x86_64.manylinux_2_28_x86_64.whl")
                .join(" "),
            "--platform manylinux_2_28_x86_64 --python-version 311 --implementation cp --abi cp311"
        );
    }

    #[test]
    fn files_that_are_whole_are_not_fetched_and_a_failure_names_the_package() {
        let folder = std::env::temp_dir().join(format!("unimed-packages-{}", std::process::id()));
        let path = folder.join("none/a.txt");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        let package = Package {
            registry: Registry::Npm,
            // No such name can be published.
            name: "./no such package",
            release: "1.0.0",
            archive: "none-1.0.0.tgz",
            sha256: "",
        };
        let wanted = |sha256| Wanted {
            member: "package/a.txt",
            path: path.clone(),
            sha256,
        };
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        package.ensure_files(&folder, &[wanted(empty)]).unwrap();
        let error = package
            .ensure_files(&folder, &[wanted("another")])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("the npm package ./no such package 1.0.0 is missing: it could not"),
            "{error}"
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
