//! Makes `dist/`: the site is put together, its programs are optimized, then what depends on all of its files is written: hashes,
//! the policy, lists.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::compact;
use crate::error::Error;
use crate::hosting;
use crate::integrity;
use crate::lessons;
use crate::loaders;
use crate::place::Place;
use crate::policy::{Policy, inline_script};
use crate::setup;
use crate::shell::run;
use crate::short_imports;
use crate::site;
use crate::site_files;
use crate::toolchain::{WASM, for_browser};
use crate::wasm_opt::Optimization;

/// Scripts of `public/`, which are served without what only their authors read.
const SCRIPTS: [&str; 4] = ["boot.js", "checked.js", "lesson-boot.js", "sw.js"];

/// Pages of the site.
pub(crate) const PAGES: [&str; 2] = ["index.html", lessons::PAGE];

/// A program of the site.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its name: `NAME.js` and `NAME_bg.wasm` in `dist/`.
    pub(crate) name: &'static str,
    /// Its crate.
    pub(crate) package: &'static str,
    /// Most that a visitor may have to download for it, in bytes after brotli.
    pub(crate) limit: usize,
    /// How `wasm-opt` treats it.
    pub(crate) optimize: &'static [&'static str],
}

/// How all programs but the engine are optimized: for size, twice, because the first time leaves what the
/// second can take away (1 kB of the page after brotli).
///
/// -Oz leaves less wasm, but 2.4 kB more of the page after brotli. In the order of their names, functions of one generic lie side by
/// side, which brotli packs into 4 kB less than in the order of how often they are called. Nothing lies in the first KiB of
/// memory, the far end of the stack, so constant offsets may be folded into addresses.
const FOR_SIZE: &[&str] = &[
    "--strip-debug",
    "--strip-producers",
    "-Os",
    "--low-memory-unused",
    "-Os",
    "--reorder-functions-by-name",
];

/// How the engine is optimized. -Os is no faster, and after brotli up to 12 kB larger.
const FOR_SPEED: &[&str] = &["-O2", "--strip-debug", "--strip-producers"];

/// The page and its workers.
pub(crate) const PROGRAMS: [Program; 5] = [
    Program {
        name: "app",
        package: "unimed-page",
        limit: 400_000,
        optimize: FOR_SIZE,
    },
    Program {
        name: "worker",
        package: "unimed-engine-worker",
        limit: 3_000_000,
        optimize: FOR_SPEED,
    },
    Program {
        name: "models",
        package: "unimed-models-worker",
        limit: 500_000,
        optimize: FOR_SIZE,
    },
    Program {
        name: "decoder",
        package: "unimed-decoder-worker",
        limit: 700_000,
        // 10 kB less after brotli than for speed.
        optimize: FOR_SIZE,
    },
    Program {
        name: "lessons",
        package: "unimed-lessons-worker",
        limit: 300_000,
        optimize: FOR_SIZE,
    },
];

impl Program {
    /// Its compiled code.
    pub(crate) fn wasm(&self, dist: &Path) -> PathBuf {
        dist.join(format!("{}_bg.wasm", self.name))
    }

    /// Its glue.
    pub(crate) fn glue(&self, dist: &Path) -> PathBuf {
        dist.join(format!("{}.js", self.name))
    }

    /// Whether it runs beside the page.
    pub(crate) fn is_worker(&self) -> bool {
        self.name != "app"
    }
}

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
    lessons::write(place, &dist)?;
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

/// Writes what depends on the files of the site in `dist`, also once more where one of them was changed.
pub(crate) fn finish(place: &Place) -> Result<(), Error> {
    let (policy, dist) = (Policy::read(&place.root)?, place.dist());
    for script in SCRIPTS {
        let path = dist.join(script);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        fs::write(&path, compact::js(&text)).map_err(Error::file(&path))?;
    }
    for program in PROGRAMS.iter().filter(|program| program.is_worker()) {
        loaders::write(program.name, &dist)?;
    }
    for page in PAGES {
        finish_page(&policy, &dist, page)?;
    }
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
    let html = integrity::insert_into(&html, dist)?;
    fs::write(&path, html).map_err(Error::file(&path))
}
