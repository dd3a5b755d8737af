//! Set-up, serve, test and build of UniMed.

mod benchmark;
mod board;
mod budget;
mod build;
mod classroom;
mod compact;
mod doctor;
mod embed;
mod error;
mod fixtures;
mod folder;
mod hosting;
mod imports;
mod integrity;
mod languages;
mod lessons;
mod loaders;
mod lockfile;
mod npm_tools;
mod offline_files;
mod packages;
mod place;
mod policy;
mod programs;
mod report;
mod reproducible;
mod same_paths;
mod sbom;
mod second_page;
mod serve;
mod setup;
mod sha256;
mod shared_memory;
mod shell;
mod short_imports;
mod site;
mod site_files;
mod site_list;
mod style;
mod system;
mod test;
mod toolchain;
mod tools;
#[cfg(test)]
mod unsafe_list;
mod verify_site;
mod wasm_opt;
mod web_package;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Error;
use crate::place::Place;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// List what is installed, what is missing and what would be run to get it
    Doctor,
    /// Build the site into dist/: static files for any host, under any path
    Build,
    /// Write the hashes, the policy and the lists of dist/ once more, after a file in it was changed
    Finish,
    /// Check the lessons and put them, with their page, its player and the page with the benchmark, into the site that is in dist/
    Lessons {
        /// Also write a folder for classrooms without internet, and the same as a SCORM 1.2 zip beside it
        #[arg(long, value_name = "FOLDER")]
        classroom: Option<std::path::PathBuf>,
    },
    /// Compare a site, as it is served or in a folder, with the list of its files
    VerifySite {
        /// Its address or its folder
        place: String,
        /// The list of a release or of another build (files.json); without it the site's own
        #[arg(long)]
        list: Option<std::path::PathBuf>,
    },
    /// Build the site and serve it on this machine
    Serve {
        /// Port to listen on; 0 takes a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Serve what dist/ holds already
        #[arg(long)]
        no_build: bool,
        /// Path under which the site appears
        #[arg(long, default_value = "/")]
        under: String,
        /// Print a line for every request
        #[arg(long)]
        log: bool,
    },
    /// Run all tests: form, lints, native, browser, end to end
    Test {
        /// Also those that take too long for every day
        #[arg(long)]
        all: bool,
        /// Only this suite (may be given more than once)
        #[arg(long, value_enum)]
        only: Vec<test::Suite>,
    },
    /// Write dist/unimed/, the package with which other web pages use the engine, from the site in dist/
    Package,
    /// Print what a visitor downloads, held against its limits
    Budget,
    /// Fetch files that tests need and that are too large to commit
    Fixtures,
    /// Write docs/guides/hosting.md from hosts.json
    Hosting,
    /// Print which file imports from which; fails on circles and on arrows upwards
    Imports,
    /// Build the page and the decoder in two folders and compare every byte
    Reproducible {
        /// All programs of the site
        #[arg(long)]
        all: bool,
        /// Only this program: app, worker, models, decoder or lessons (may be given more than once)
        #[arg(long)]
        only: Vec<String>,
    },
    /// Write bills of materials (CycloneDX) of the site and of the command
    Sbom {
        /// Folder for unimed-site.cdx.json and unimed-command.cdx.json
        folder: std::path::PathBuf,
    },
    /// Build the site and write docs/screenshots/
    Screenshots,
}

fn main() -> ExitCode {
    let place = Place::find();
    match run(&place, Cli::parse().command) {
        Ok(success) => ExitCode::from(u8::from(!success)),
        // The tests have had the last word on stdout already.
        Err(Error::Tests { .. }) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(place: &Place, task: Task) -> Result<bool, Error> {
    match task {
        Task::Doctor => return Ok(doctor::run(place)),
        Task::Build => build::run_build(place)?,
        Task::VerifySite { place, list } => {
            let count = verify_site::run(&place, list.as_deref())?;
            println!("{count}");
            return Ok(count.failed == 0);
        }
        Task::Finish => build::finish(place)?,
        Task::Lessons { classroom } => {
            build::write_second_pages(place, &place.dist())?;
            build::finish(place)?;
            if let Some(folder) = classroom {
                classroom::write(place, &folder)?;
            }
        }
        Task::Serve {
            port,
            no_build,
            under,
            log,
        } => {
            if !no_build {
                build::run_build(place)?;
            }
            serve::run(place, &serve::Options { port, under, log })?;
        }
        Task::Test { all, only } => test::run(place, &test::Options { all, only })?,
        Task::Package => web_package::write(place)?,
        Task::Budget => return Ok(budget::run(place)?.failed == 0),
        Task::Fixtures => println!("{}", fixtures::ensure(place)?.display()),
        Task::Hosting => hosting::write_guide(place)?,
        Task::Imports => return imports::run(place),
        Task::Sbom { folder } => sbom::write(place, &folder)?,
        Task::Reproducible { all, only } => {
            let count = reproducible::run(place, all, &only)?;
            println!("{count}");
            return Ok(count.failed == 0 && count.passed > 0);
        }
        Task::Screenshots => {
            build::run_build(place)?;
            test::screenshots(place)?;
        }
    }
    Ok(true)
}
