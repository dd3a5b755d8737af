//! The programs of the site: where they come from, how they are optimized, and how large they may be.

use std::path::{Path, PathBuf};

use crate::place::Place;

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
    /// Whether it has threads, which share its memory.
    pub(crate) threads: bool,
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

/// The same, and functions that are called from one place stay functions: 7 kB less of the decoder after brotli.
const FOR_SIZE_BY_FUNCTION: &[&str] = &[
    "--strip-debug",
    "--strip-producers",
    "--one-caller-inline-max-function-size=10",
    "-Os",
    "--low-memory-unused",
    "-Os",
    "--reorder-functions-by-name",
];

/// How the engine is optimized. -Os is no faster, and after brotli up to 12 kB larger.
const FOR_SPEED: &[&str] = &["-O2", "--strip-debug", "--strip-producers"];

/// The same with instructions for threads.
const FOR_THREADS: &[&str] = &[
    "-O2",
    "--strip-debug",
    "--strip-producers",
    "--enable-threads",
];

/// The page and its workers.
pub(crate) const PROGRAMS: [Program; 6] = [
    Program {
        name: "app",
        package: "unimed-page",
        limit: 400_000,
        optimize: FOR_SIZE,
        threads: false,
    },
    Program {
        name: "worker",
        package: "unimed-engine-worker",
        limit: 3_000_000,
        optimize: FOR_SPEED,
        threads: false,
    },
    Program {
        name: "threads",
        package: "unimed-threads-worker",
        limit: 1_500_000,
        optimize: FOR_THREADS,
        threads: true,
    },
    Program {
        name: "models",
        package: "unimed-models-worker",
        limit: 500_000,
        optimize: FOR_SIZE,
        threads: false,
    },
    Program {
        name: "decoder",
        package: "unimed-decoder-worker",
        limit: 700_000,
        // 10 kB less after brotli than for speed.
        optimize: FOR_SIZE_BY_FUNCTION,
        threads: false,
    },
    Program {
        name: "lessons",
        package: "unimed-lessons-worker",
        limit: 300_000,
        optimize: FOR_SIZE,
        threads: false,
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

    /// The files by which it is started know it by name; of the engine's two programs they start the one that fits.
    pub(crate) fn has_loader(&self) -> bool {
        self.is_worker() && !self.threads
    }

    /// Where cargo puts it.
    pub(crate) fn target(&self, place: &Place) -> PathBuf {
        if self.threads {
            place.threads_target()
        } else {
            place.web_target()
        }
    }

    /// Whether it runs beside the page.
    pub(crate) fn is_worker(&self) -> bool {
        self.name != "app"
    }
}
