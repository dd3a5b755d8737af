//! Drives the built page in Chromium by Playwright, with this very program as its server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::fixtures;
use crate::place::Place;
use crate::report::Count;
use crate::shell::{command, run, run_and_keep};
use crate::tools;

/// Specifications that measure time or memory, or compute on all cores; each has the machine for itself.
const ALONE: [&str; 5] = [
    "ask-and-paint",
    "conversation-speed",
    "recovery",
    "soak",
    "viewer-speed",
];

/// Runs `tests/e2e/*.spec.mjs`: every day two at once but for [`ALONE`], because most of them wait for one thread that
/// computes; with `--all`, which holds everything to its budget, one after the other.
pub(crate) fn specs(place: &Place, all: bool) -> Result<Count, Error> {
    let files = spec_files(&place.root.join("tests/e2e"))?;
    let (alone, others): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|file| all || is_alone(file));
    let mut count = Count::default();
    for (files, at_once) in [(others, 2), (alone, 1)] {
        if files.is_empty() {
            continue;
        }
        let mut node = command("node", ["--test", "--test-reporter=spec"]);
        node.arg(format!("--test-concurrency={at_once}"))
            .args(files);
        prepare(&mut node, place)?;
        if all {
            node.env("UNIMED_ALL", "1");
        }
        let (status, output) = run_and_keep(&mut node)?;
        count += Count::from_node(&output, status.success());
    }
    Ok(count)
}

fn is_alone(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| ALONE.contains(&name.trim_end_matches(".spec.mjs")))
}

/// The specifications in a folder, in the order of their names.
fn spec_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(Error::file(folder))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".spec.mjs"))
        .collect();
    files.sort();
    Ok(files)
}

/// Writes `docs/screenshots/`.
pub(crate) fn screenshots(place: &Place) -> Result<(), Error> {
    let mut node = command("node", ["tests/e2e/screenshots.mjs"]);
    prepare(&mut node, place)?;
    run(&mut node)
}

/// Tells the scripts where the browser, its driver library and the server are.
fn prepare(node: &mut std::process::Command, place: &Place) -> Result<(), Error> {
    let browser = tools::chromium().ok_or_else(|| Error::Missing {
        what: "Chromium".to_owned(),
        remedy: "`cargo xtask test` installs it on Debian; elsewhere name it in CHROME".to_owned(),
    })?;
    node.current_dir(&place.root)
        .env("UNIMED_XTASK", &place.program)
        .env("UNIMED_CHROME", browser)
        .env("UNIMED_NODE_MODULES", place.tools().join("node_modules"))
        // There once the native tests have run; recipes that need it are skipped without.
        .env("UNIMED_COMMAND", place.target.join("release/unimed"))
        .env(fixtures::VARIABLE, fixtures::ensure(place)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_run_alone_is_there() {
        let files = spec_files(&Place::find().root.join("tests/e2e")).expect("is there");
        let alone = files.iter().filter(|file| is_alone(file)).count();
        assert_eq!(alone, ALONE.len());
        assert!(files.len() > alone);
    }
}
