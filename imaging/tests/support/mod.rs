//! Where fetched test files are, and what is known about them. Each test uses a part of it.
#![allow(
    dead_code,
    reason = "every test compiles this module, none uses all of it"
)]

pub(crate) mod dicom;
pub(crate) mod elements;
pub(crate) mod random;
pub(crate) mod reference;
pub(crate) mod tiff;

use std::path::PathBuf;

/// A file or folder of a fetched package.
pub(crate) fn path(package: &str, member: &str) -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let folder = variable("UNIMED_FIXTURES")
        .or_else(|| variable("UNIMED_CACHE").map(|cache| cache.join("fixtures")))
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("unimed/fixtures")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/unimed/fixtures")))
        .expect("HOME is set");
    let path = folder.join(package).join(member);
    assert!(
        path.exists(),
        "{member} of the package {package} is not at {}: run `cargo xtask fixtures` once",
        path.display()
    );
    path
}

/// The bytes of a file of a fetched package.
pub(crate) fn read(package: &str, member: &str) -> Vec<u8> {
    let path = path(package, member);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
