//! Drives the built page in Chromium by Playwright, with this very program as its server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::fixtures;
use crate::place::Place;
use crate::report::Count;
use crate::shell::{command, run, run_and_keep};
use crate::tools;

/// Runs `tests/e2e/*.spec.mjs`.
pub(crate) fn specs(place: &Place, all: bool) -> Result<Count, Error> {
    // One file after the other: two browsers that compute at once would only slow each other down.
    let mut node = command(
        "node",
        ["--test", "--test-concurrency=1", "--test-reporter=spec"],
    );
    node.args(spec_files(&place.root.join("tests/e2e"))?);
    prepare(&mut node, place)?;
    if all {
        node.env("UNIMED_ALL", "1");
    }
    let (status, output) = run_and_keep(&mut node)?;
    Ok(Count::from_node(&output, status.success()))
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
        .env(fixtures::VARIABLE, fixtures::ensure(place)?);
    Ok(())
}
