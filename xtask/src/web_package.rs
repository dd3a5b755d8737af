//! Writes `dist/unimed/`: the package with which other web pages use the engine, ready for `npm pack` or any web server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::folder;
use crate::place::Place;
use crate::policy::Policy;
use crate::sha256::sha256_of;
use crate::shell::{command, run};
use crate::site_files;
use crate::site_list::PACKAGE;

/// The package's name, and its folder in `dist/`.
pub(crate) const NAME: &str = PACKAGE;

/// What stands for the version in js/package/package.json.
const NO_VERSION: &str = "\"version\": \"0.0.0\"";

/// Programs of the site that the package's workers are.
const PROGRAMS: [&str; 3] = ["worker", "models", "decoder"];

/// Files of the repository that a package carries.
const TEXTS: [&str; 3] = ["LICENSE-MIT", "LICENSE-APACHE", "NOTICE"];

/// Writes the package beside the site that was built.
pub(crate) fn write(place: &Place) -> Result<(), Error> {
    let (dist, sources) = (place.dist(), place.root.join("js"));
    let folder = dist.join(NAME);
    let workers = folder.join("workers");
    folder::remove(&folder)?;
    fs::create_dir_all(&workers).map_err(Error::file(&workers))?;
    for program in PROGRAMS {
        for file in [format!("{program}.js"), format!("{program}_bg.wasm")] {
            let built = dist.join(&file);
            if !built.is_file() {
                return Err(Error::Missing {
                    what: built.display().to_string(),
                    remedy: "run `cargo xtask build` first".to_owned(),
                });
            }
            copy(&built, &workers.join(&file))?;
        }
    }
    for file in ["engine.js", "manager.js", "reader.js"] {
        copy(&sources.join("src/workers").join(file), &workers.join(file))?;
    }
    let fixed = sources.join("package");
    copy(&fixed.join("README.md"), &folder.join("README.md"))?;
    write_manifest(&fixed.join("package.json"), &folder.join("package.json"))?;
    for file in TEXTS {
        copy(&place.root.join(file), &folder.join(file))?;
    }
    install(&sources)?;
    let mut compile = command(compiler(&sources), ["--project"]);
    compile.arg(&sources).arg("--outDir").arg(&folder);
    run(&mut compile)?;
    // The site has more files now.
    site_files::write(&Policy::read(&place.root)?, &dist)?;
    println!("the package is in {}", folder.display());
    Ok(())
}

/// The modules that pages load: everything of the package's own but what runs in the workers.
pub(crate) fn modules(dist: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = dist.join(NAME);
    let mut found: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(Error::file(&folder))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .collect();
    found.sort();
    Ok(found)
}

/// Writes `package.json` with the workspace's version. As text: the order of conditions in `exports` has a meaning.
fn write_manifest(from: &Path, to: &Path) -> Result<(), Error> {
    let text = fs::read_to_string(from).map_err(Error::file(from))?;
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    if !text.contains(NO_VERSION) {
        return Err(Error::Content {
            path: from.to_owned(),
            expected: NO_VERSION.to_owned(),
            found: "another version".to_owned(),
            remedy: "the version is that of the workspace; it is written in here",
        });
    }
    fs::write(to, text.replacen(NO_VERSION, &version, 1)).map_err(Error::file(to))
}

/// The compiler that [`install`] brings.
pub(crate) fn compiler(sources: &Path) -> PathBuf {
    sources.join("node_modules/.bin/tsc")
}

/// Installs what js/package-lock.json names, unless exactly that was installed before.
pub(crate) fn install(sources: &Path) -> Result<(), Error> {
    let wanted = sha256_of(&sources.join("package-lock.json"))?;
    let note = sources.join("node_modules/.installed");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut install = command("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    run(install.current_dir(sources))?;
    fs::write(&note, wanted).map_err(Error::file(&note))
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::copy(from, to).map(|_| ()).map_err(Error::file(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_has_the_version_of_the_workspace_and_no_dependencies() {
        let root = Place::find().root;
        let folder = tempfile::tempdir().expect("a folder");
        let written = folder.path().join("package.json");
        write_manifest(&root.join("js/package/package.json"), &written).expect("writes");
        let text = fs::read_to_string(&written).expect("is there");
        let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let version = manifest["version"].as_str().expect("a version");
        let workspace = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace");
        assert!(workspace.contains(&format!("version = \"{version}\"")));
        assert!(manifest.get("dependencies").is_none());
        write_manifest(&written, &folder.path().join("again")).expect_err("it has a version");
    }
}
