//! Form and lints, natively and for the browser; each is one check.

use crate::build::{PROGRAMS, for_browser};
use crate::error::Error;
use crate::place::Place;
use crate::report::Count;
use crate::shell::{command, run};
use crate::test::native::FEATURES;
use crate::toolchain::WASM;

/// Whether rustfmt would leave everything as it is.
pub(crate) fn format(place: &Place) -> Result<Count, Error> {
    run(command("cargo", ["fmt", "--all", "--check"]).current_dir(&place.root))?;
    Ok(Count::one(true))
}

/// Clippy on everything that runs natively, in the profile in which the tests are built.
pub(crate) fn clippy(place: &Place) -> Result<Count, Error> {
    let args = [
        "clippy",
        "--workspace",
        "--features",
        FEATURES,
        "--all-targets",
        "--release",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    run(command("cargo", args).current_dir(&place.root))?;
    Ok(Count::one(true))
}

/// Clippy on the page and its workers, each by itself as they are built.
pub(crate) fn clippy_web(place: &Place) -> Result<Count, Error> {
    let mut count = Count::default();
    for program in &PROGRAMS {
        let args = [
            "clippy",
            "--package",
            program.package,
            "--target",
            WASM,
            "--release",
            "--locked",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ];
        let passed = run(&mut for_browser(place, "cargo", &args)?);
        if let Err(error) = &passed {
            eprintln!("{error}");
        }
        count.check(&format!("clippy on {}", program.name), passed.is_ok());
    }
    Ok(count)
}
