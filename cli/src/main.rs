//! The `unimed` command: for people who prepare, check and use models without a browser.
//!
//! Results go to stdout (with `--json` as one object, or one object a line), everything else to
//! stderr. The exit code is 0 only on success, 2 for bad arguments, 1 otherwise, with one sentence
//! that says what was wrong and what to do.

mod commands;
mod open;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Two training threads share nothing but the allocator: it must not hand memory back and forth
/// with the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A unified medical vision-language model: check, convert, ask, paint, read and de-identify images, simulate, train, evaluate.
/// Not for clinical use.
#[derive(Debug, Parser)]
#[command(name = "unimed", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Recompute reference numbers and compare.
    Verify(commands::verify::VerifyArgs),
    /// Turn an official checkpoint, or a package of floats, into a package.
    Convert(commands::convert::ConvertArgs),
    /// Show what a package holds and needs, and check its hashes.
    Inspect(commands::inspect::InspectArgs),
    /// Sign a package, or make a key to sign with.
    Sign(commands::sign::SignArgs),
    /// Check who signed a package, and every hash in it.
    VerifyPackage(commands::verify_package::VerifyPackageArgs),
    /// Open image files as the page does and show what they hold.
    Read(commands::read::ReadArgs),
    /// Measure on an image: a length, an angle, or the values in an ellipse.
    Measure(commands::measure::MeasureArgs),
    /// Write copies of DICOM files without what tells who the patient is.
    Deidentify(commands::deidentify::DeidentifyArgs),
    /// Ask a model about images.
    Ask(commands::ask::AskArgs),
    /// Let a model make an image.
    Paint(commands::paint::PaintArgs),
    /// Render simulated images with their facts.
    Phantom(commands::phantom::PhantomArgs),
    /// Check lessons of the page.
    Lesson(commands::lesson::LessonArgs),
    /// Make a folder of pictures to train on from MedMNIST files, folders, tables or DICOM.
    Import(commands::import::ImportArgs),
    /// Train a stage of the default model.
    Train(commands::train::TrainArgs),
    /// Measure a package on simulated images or published benchmarks; compare pictures.
    Eval(commands::eval::EvalArgs),
    /// Measure speed.
    Bench(commands::bench::BenchArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Verify(args) => commands::verify::run(&args),
        Command::Convert(args) => commands::convert::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Sign(args) => commands::sign::run(&args),
        Command::VerifyPackage(args) => commands::verify_package::run(&args),
        Command::Read(args) => commands::read::run(&args),
        Command::Measure(args) => commands::measure::run(&args),
        Command::Deidentify(args) => commands::deidentify::run(&args),
        Command::Ask(args) => commands::ask::run(&args),
        Command::Paint(args) => commands::paint::run(&args),
        Command::Phantom(args) => commands::phantom::run(&args),
        Command::Lesson(args) => commands::lesson::run(&args),
        Command::Import(args) => commands::import::run(&args),
        Command::Train(args) => commands::train::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done when even stderr is closed.
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("unimed: {error}\n").as_bytes(),
            );
            ExitCode::FAILURE
        }
    }
}
