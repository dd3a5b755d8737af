//! Makes `dist/`: the site is put together, its programs are optimized, then what depends on all of its files is written: hashes,
//! the policy, lists.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::benchmark;
use crate::compact;
use crate::embed;
use crate::error::Error;
use crate::hosting;
use crate::integrity;
use crate::languages;
use crate::lessons;
use crate::loaders;
use crate::place::Place;
use crate::policy::{Policy, inline_script};
use crate::programs::PROGRAMS;
use crate::second_page::SecondPage;
use crate::setup;
use crate::shell::run;
use crate::short_imports;
use crate::site;
use crate::site_files;
use crate::toolchain::{WASM, for_browser};
use crate::wasm_opt::Optimization;

/// Scripts of `public/`, which are served without what only their authors read.
const SCRIPTS: [&str; 7] = [
    "boot.js",
    "checked.js",
    "engine.js",
    "thread.js",
    // Those of the other pages; two of them share theirs.
    lessons::PLAYED.boot,
    embed::FRAMED.boot,
    "sw.js",
];

/// Pages of the site beside the main one.
pub(crate) const SECOND_PAGES: [&SecondPage; 3] =
    [&lessons::PLAYED, &benchmark::MEASURED, &embed::FRAMED];

/// The page that the site is for.
const MAIN: &str = "index.html";

/// All pages of the site.
pub(crate) const PAGES: [&str; 4] = [
    MAIN,
    lessons::PLAYED.page,
    benchmark::MEASURED.page,
    embed::FRAMED.page,
];

/// Builds the site.
pub(crate) fn run_build(place: &Place) -> Result<(), Error> {
    setup::for_build(place)?;
    // Before anything takes long.
    Policy::read(&place.root)?;
    let started = Instant::now();
    let mut fetch = for_browser(
        place,
        "cargo",
        &["fetch", "--locked", "--quiet", "--target", WASM],
    )?;
    run(&mut fetch)?;
    let dist = place.dist();
    let mut optimizations = Vec::new();
    site::assemble(place, &dist, &mut |name, folder| {
        if let Some(program) = PROGRAMS.iter().find(|program| program.name == name) {
            optimizations.push(Optimization::start(place, program, folder)?);
        }
        Ok(())
    })?;
    write_second_pages(place, &dist)?;
    println!("compiled in {:.0} s", started.elapsed().as_secs_f32());
    for optimization in optimizations {
        optimization.finish(&dist)?;
    }
    for program in &PROGRAMS {
        short_imports::rename(&program.wasm(&dist), &program.glue(&dist))?;
    }
    finish(place)?;
    println!(
        "the site is in {} ({:.0} s)",
        dist.display(),
        started.elapsed().as_secs_f32()
    );
    Ok(())
}

/// Writes the pages beside the main one, with what they need.
pub(crate) fn write_second_pages(place: &Place, dist: &Path) -> Result<(), Error> {
    lessons::write(place, dist)?;
    benchmark::write(place, dist)?;
    embed::FRAMED.write(place, dist)
}

/// Writes what depends on the files of the site in `dist`, also once more where one of them was changed.
pub(crate) fn finish(place: &Place) -> Result<(), Error> {
    let (policy, dist) = (Policy::read(&place.root)?, place.dist());
    for script in SCRIPTS {
        let path = dist.join(script);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        fs::write(&path, compact::js(&text)).map_err(Error::file(&path))?;
    }
    for program in PROGRAMS.iter().filter(|program| program.has_loader()) {
        loaders::write(program.name, &dist)?;
    }
    for page in PAGES {
        finish_page(&policy, &dist, page)?;
    }
    embed::write_origins(&policy, &dist)?;
    let headers = dist.join("_headers");
    fs::write(&headers, hosting::headers_file(&policy)).map_err(Error::file(&headers))?;
    site_files::write(&policy, &dist)
}

/// Puts the policy and the hashes of its files into a page and makes sure that the page keeps to it.
fn finish_page(policy: &Policy, dist: &Path, name: &str) -> Result<(), Error> {
    let path = dist.join(name);
    let html = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let wrong = |expected: &str, found: &str, remedy| Error::Content {
        path: path.clone(),
        expected: expected.to_owned(),
        found: found.to_owned(),
        remedy,
    };
    if let Some(script) = inline_script(&html) {
        return Err(wrong(
            "scripts in files of their own",
            script,
            "the policy refuses inline scripts",
        ));
    }
    let html = policy.insert_into(&html).ok_or_else(|| {
        wrong(
            "a <head>",
            "none",
            "the policy is written after its opening tag",
        )
    })?;
    let html = match name {
        MAIN => languages::insert_into(&html, dist)?,
        _ => html,
    };
    let html = integrity::insert_into(&html, dist)?;
    fs::write(&path, html).map_err(Error::file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_the_sites_policy_no_script_of_their_own_and_name_their_modules_first() {
        let root = Place::find().root;
        let policy = Policy::read(&root).expect("is right");
        for second in SECOND_PAGES {
            let html = fs::read_to_string(root.join(second.page)).expect("is there");
            assert!(
                html.contains(&format!("content=\"{}\"", policy.meta())),
                "{}",
                policy.meta()
            );
            assert_eq!(inline_script(&html), None);
            let done = second.with_modules(&html, &["player/src/a.js".to_owned()]);
            let place = |text: &str| done.find(text).expect("is there");
            assert!(place("href=\"player/src/a.js\"") < place("<script"));
        }
    }
}
