//! Runs every test of the project, suite by suite, and closes with one line that counts them all.

mod browser;
mod conformance;
mod end_to_end;
mod lint;
mod native;

pub(crate) use end_to_end::screenshots;

use std::time::Instant;

use crate::budget;
use crate::build;
use crate::error::Error;
use crate::place::Place;
use crate::report::Count;
use crate::reproducible;
use crate::setup;
use crate::web_package;

/// What to run.
#[derive(Debug)]
pub(crate) struct Options {
    /// Also what takes too long for every day.
    pub(crate) all: bool,
    /// Only these suites; all of them when empty.
    pub(crate) only: Vec<Suite>,
}

impl Options {
    /// By themselves lints read all dependencies again; every day the native suite lints what it compiles. To build everything
    /// twice takes as long as all the rest.
    fn includes(&self, suite: Suite) -> bool {
        if self.only.is_empty() {
            self.all
                || !matches!(
                    suite,
                    Suite::Clippy | Suite::ClippyWeb | Suite::Reproducible
                )
        } else {
            self.only.contains(&suite)
        }
    }
}

/// A part of the tests that can be run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Suite {
    /// rustfmt finds nothing to change.
    Format,
    /// clippy has nothing to say about the native code, benchmarks too (otherwise only with `--all`).
    Clippy,
    /// clippy has nothing to say about the browser code (otherwise only with `--all`).
    ClippyWeb,
    /// Tests on this machine, with the CPU and the Vulkan backend; clippy has nothing to say about what they compile.
    Native,
    /// The conformance set is made anew, and other people's test data compared (only with `--all`).
    Conformance,
    /// The site and the package for other pages are built; sizes and glue are checked.
    Site,
    /// The same sources in another folder give the same bytes (only with `--all`, all programs).
    Reproducible,
    /// Rust tests inside Chromium, on WebGPU.
    Browser,
    /// The real page, driven as a person would.
    EndToEnd,
}

/// In this order: what is quick to fail first, what needs the site after it.
const SUITES: [Suite; 9] = [
    Suite::Format,
    Suite::Clippy,
    Suite::ClippyWeb,
    Suite::Native,
    Suite::Conformance,
    Suite::Site,
    Suite::Reproducible,
    Suite::Browser,
    Suite::EndToEnd,
];

impl Suite {
    fn run(self, place: &Place, all: bool) -> Result<Count, Error> {
        match self {
            Self::Format => lint::format(place),
            Self::Clippy => lint::clippy(place),
            Self::ClippyWeb => lint::clippy_web(place),
            Self::Native => native::run(place, all),
            Self::Conformance => conformance::run_suite(place, all),
            Self::Site => {
                build::run_build(place)?;
                web_package::write(place)?;
                budget::run(place)
            }
            Self::Reproducible => reproducible::run(place, all, &[]),
            Self::Browser => browser::run(place, all),
            Self::EndToEnd => end_to_end::specs(place, all),
        }
    }
}

/// Runs the suites, prints the time of each, and ends with the count alone on a line.
pub(crate) fn run(place: &Place, options: &Options) -> Result<(), Error> {
    let started = Instant::now();
    setup::for_test(place)?;
    let mut lines = vec![format!(
        "{:14} {:>7.1} s",
        "set-up",
        started.elapsed().as_secs_f32()
    )];
    let mut sum = Count::default();
    for suite in SUITES {
        if !options.includes(suite) {
            continue;
        }
        println!("\n=== {suite:?}");
        let begun = Instant::now();
        let count = suite.run(place, options.all).unwrap_or_else(|error| {
            eprintln!("{error}");
            Count::one(false)
        });
        sum += count;
        let name = format!("{suite:?}");
        lines.push(format!(
            "{name:14} {:>7.1} s   {count}",
            begun.elapsed().as_secs_f32()
        ));
    }
    println!("\n=== Times");
    for line in lines {
        println!("{line}");
    }
    println!("{:14} {:>7.1} s", "all", started.elapsed().as_secs_f32());
    println!("{sum}");
    if sum.failed > 0 {
        Err(Error::Tests { failed: sum.failed })
    } else {
        Ok(())
    }
}
