//! Tools from npm: exactly what `xtask/tools/package-lock.json` names, compared with the hashes that stand there. What they
//! write ships, so nothing may come instead of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Error;
use crate::place::Place;
use crate::shell::{command, run};

/// Which of the tools are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needed {
    /// What builds the site.
    ToBuild,
    /// What tests need as well.
    ToTest,
}

/// The files that say what is installed.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// The installed release of a package, if it is the one of the lock file.
pub(crate) fn installed(place: &Place, name: &str) -> Option<String> {
    let wanted = locked(place, name)?;
    let folder = place.tools().join("node_modules").join(name);
    let manifest = read(&folder.join("package.json")).ok()?;
    (manifest["version"] == wanted["version"])
        .then(|| wanted["version"].as_str().map(str::to_owned))
        .flatten()
}

/// What the lock file says of a package.
fn locked(place: &Place, name: &str) -> Option<Value> {
    let mut lock = read(&sources(place).join(FILES[1])).ok()?;
    let packages = lock["packages"].as_object_mut()?;
    packages.remove(&format!("node_modules/{name}"))
}

/// Packages of the lock file that build the site, not only its tests: name, release and the hash of their archive.
pub(crate) fn that_build(place: &Place) -> Result<Vec<[String; 3]>, Error> {
    let path = sources(place).join(FILES[1]);
    let lock = read(&path)?;
    let packages = lock["packages"].as_object();
    let found = packages.into_iter().flatten().filter_map(|(at, about)| {
        let name = at.strip_prefix("node_modules/")?;
        let text = |key: &str| about[key].as_str().map(str::to_owned);
        (about["dev"] != true)
            .then(|| Some([name.to_owned(), text("version")?, text("integrity")?]))
            .flatten()
    });
    Ok(found.collect())
}

/// What a person would type, in the folder of the tools.
pub(crate) fn plan(needed: Needed) -> String {
    format!("npm {}", arguments(needed).join(" "))
}

/// Installs them, in place of what was installed before.
pub(crate) fn install(place: &Place, needed: Needed) -> Result<(), Error> {
    let tools = place.tools();
    fs::create_dir_all(&tools).map_err(Error::file(&tools))?;
    for file in FILES {
        let from = sources(place).join(file);
        fs::copy(&from, tools.join(file)).map_err(Error::file(&from))?;
    }
    run(command("npm", arguments(needed)).current_dir(&tools))
}

/// `ci` takes nothing but what the lock file names, and refuses what has another hash.
fn arguments(needed: Needed) -> Vec<&'static str> {
    let mut arguments = vec!["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    if needed == Needed::ToBuild {
        arguments.push("--omit=dev");
    }
    arguments
}

fn sources(place: &Place) -> PathBuf {
    place.root.join("xtask/tools")
}

fn read(path: &Path) -> Result<Value, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    serde_json::from_str(&text).map_err(|error| Error::Content {
        path: path.to_owned(),
        expected: "JSON".to_owned(),
        found: error.to_string(),
        remedy: "restore the file from git",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lock files of the repository: these tools, the compiler of the package for other pages, what tries that package.
    const LOCKS: [&str; 3] = [
        "xtask/tools/package-lock.json",
        "js/package-lock.json",
        "tests/package/package-lock.json",
    ];

    #[test]
    fn every_package_of_npm_is_locked_with_the_hash_of_its_archive() {
        let root = Place::find().root;
        for lock in LOCKS {
            let lock = read(&root.join(lock)).expect("a lock file");
            let packages = lock["packages"].as_object().expect("packages");
            let outer = packages.iter().filter(|(at, _)| !at.is_empty());
            for (at, about) in outer {
                let hash = about["integrity"].as_str().unwrap_or_default();
                assert!(hash.starts_with("sha512-"), "{at} has {hash:?}");
            }
            assert!(packages.len() > 1);
        }
    }

    #[test]
    fn what_builds_is_wasm_opt_alone() {
        let names: Vec<_> = that_build(&Place::find())
            .expect("a lock file")
            .into_iter()
            .map(|[name, ..]| name)
            .collect();
        assert_eq!(names, ["binaryen"]);
    }

    #[test]
    fn another_release_than_that_of_the_lock_file_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place {
            cache: folder.path().to_owned(),
            ..Place::find()
        };
        let wanted = locked(&place, "axe-core").expect("is locked")["version"].clone();
        let package = place.tools().join("node_modules/axe-core");
        fs::create_dir_all(&package).expect("a folder");
        for (version, found) in [(wanted.as_str(), true), (Some("0.0.1"), false)] {
            let manifest = serde_json::json!({ "version": version });
            fs::write(package.join("package.json"), manifest.to_string()).expect("writes");
            assert_eq!(installed(&place, "axe-core").is_some(), found);
        }
        assert_eq!(installed(&place, "playwright-core"), None);
    }
}
