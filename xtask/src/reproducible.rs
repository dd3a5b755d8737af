//! Builds programs of the site in two folders and compares every byte: whoever has the sources and the same compiler can see
//! that a site is made of nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::folder;
use crate::place::Place;
use crate::programs::{PROGRAMS, Program};
use crate::report::Count;
use crate::setup;
use crate::sha256::sha256_of;
use crate::short_imports;
use crate::site;
use crate::wasm_opt;

/// Programs that are compared unless others are named: what every visitor runs, and what reads foreign files.
const BY_DEFAULT: [&str; 2] = ["app", "decoder"];

/// What lies in the repository and is not compiled; `js` has sources of its own.
const NOT_SOURCES: [&str; 6] = [".git", "dist", "docs", "findings", "js", "target"];

/// Builds the programs (`all` of them, those in `only`, or the usual ones) here and in a copy of the sources.
pub(crate) fn run(place: &Place, all: bool, only: &[String]) -> Result<Count, Error> {
    setup::for_build(place)?;
    let scratch = place.target.join("reproducible");
    folder::remove(&scratch)?;
    let other = Place {
        // Longer, and with spaces.
        root: scratch.join("the same sources in another folder"),
        target: scratch.join("its target"),
        ..place.clone()
    };
    copy_sources(&place.root, &other.root)?;
    let mut count = Count::default();
    for program in PROGRAMS.iter().filter(|program| match only {
        [] => all || BY_DEFAULT.contains(&program.name),
        only => only.iter().any(|name| name == program.name),
    }) {
        let here = build_in(place, program, &scratch.join("here"))?;
        let there = build_in(&other, program, &scratch.join("there"))?;
        for (here, there) in here.iter().zip(&there) {
            let name = here.file_name().unwrap_or_default().to_string_lossy();
            let (one, two) = (sha256_of(here)?, sha256_of(there)?);
            println!("{name}: {one} here, {two} in another folder");
            count.check(&format!("{name} is the same from two folders"), one == two);
            let named = folders_in(here, place)?;
            count.check(
                &format!("{name} names no folder of this machine {named:?}"),
                named.is_empty(),
            );
        }
    }
    folder::remove(&scratch)?;
    Ok(count)
}

/// The finished files of a program, built from the sources of `place` into `to`.
fn build_in(place: &Place, program: &Program, to: &Path) -> Result<[PathBuf; 2], Error> {
    site::compile_program(place, program.name, to)?;
    let wasm = program.wasm(to);
    let optimized = to.join("optimized");
    wasm_opt::optimize_file(place, program, &wasm, &optimized)?;
    fs::rename(&optimized, &wasm).map_err(Error::file(&wasm))?;
    let glue = program.glue(to);
    short_imports::rename(&wasm, &glue)?;
    Ok([glue, wasm])
}

/// Copies what programs are compiled from.
fn copy_sources(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::file(to))?;
    for entry in fs::read_dir(from).map_err(Error::file(from))? {
        let path = entry.map_err(Error::file(from))?.path();
        let name = path.file_name().unwrap_or_default().to_owned();
        // Cargo marks its build folders.
        let is_source =
            !NOT_SOURCES.iter().any(|other| name == *other) && !path.join("CACHEDIR.TAG").exists();
        if !is_source {
            continue;
        }
        let copy = to.join(&name);
        if path.is_dir() {
            folder::copy(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).map_err(Error::file(&path))?;
        }
    }
    Ok(())
}

/// Folders of this machine that a file names.
fn folders_in(file: &Path, place: &Place) -> Result<Vec<String>, Error> {
    let bytes = fs::read(file).map_err(Error::file(file))?;
    let folders = [
        Some(place.root.clone()),
        Some(place.target.clone()),
        std::env::home_dir(),
    ];
    let names = folders.into_iter().flatten();
    let names = names.map(|folder| folder.to_string_lossy().into_owned());
    Ok(names
        .filter(|name| name.len() > 1)
        .filter(|name| contains(&bytes, &format!("{}/", name.trim_end_matches('/'))))
        .collect())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|piece| piece == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_copied_without_what_is_built_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for name in ["app/src", "dist", ".cargo", "built"] {
            fs::create_dir_all(from.join(name)).expect("a folder");
        }
        for name in [
            "Cargo.toml",
            "app/src/main.rs",
            "dist/a",
            ".cargo/config.toml",
            "built/CACHEDIR.TAG",
        ] {
            fs::write(from.join(name), "a").expect("writes");
        }
        copy_sources(&from, &to).expect("copies");
        for (name, there) in [
            ("Cargo.toml", true),
            ("app/src/main.rs", true),
            (".cargo/config.toml", true),
            ("dist", false),
            ("built", false),
        ] {
            assert_eq!(to.join(name).exists(), there, "{name}");
        }
    }

    #[test]
    fn a_folder_of_this_machine_is_found_in_a_program() {
        let place = Place::find();
        let file = tempfile::NamedTempFile::new().expect("a file");
        let text = format!("\0{}/src/main.rs\0/crates/a", place.root.display());
        fs::write(file.path(), text).expect("writes");
        let named = folders_in(file.path(), &place).expect("is there");
        assert!(named.contains(&place.root.to_string_lossy().into_owned()));
        fs::write(file.path(), "\0/unimed/src/main.rs\0/crates/a").expect("writes");
        assert_eq!(folders_in(file.path(), &place).expect("is there"), [""; 0]);
    }
}
