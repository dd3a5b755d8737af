//! The page with the certificate and the benchmark, and the golden set that the certificate compares with.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::folder;
use crate::place::Place;
use crate::second_page::SecondPage;
use crate::site_list::GOLDEN;

/// The page.
pub(crate) const MEASURED: SecondPage = SecondPage {
    page: "benchmark.html",
    boot: "second-boot.js",
    styles: &["lesson.css", "benchmark.css"],
    sources: "benchmark",
    shared: &["lessons/dom.js", "lessons/language.js"],
};

/// Writes the page, its program and the golden set into `dist`.
///
/// # Errors
///
/// Those of [`SecondPage::write`].
pub(crate) fn write(place: &Place, dist: &Path) -> Result<(), Error> {
    let golden = dist.join(GOLDEN);
    folder::remove(&golden)?;
    folder::copy(&place.root.join("tests/golden"), &golden)?;
    // Read in the repository; the page sends every other file to the engine.
    let about = golden.join("alpha/README.md");
    fs::remove_file(&about).map_err(Error::file(&about))?;
    MEASURED.write(place, dist)
}
