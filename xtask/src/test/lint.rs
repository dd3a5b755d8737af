//! Form and lints, natively and for the browser; each is one check.

use std::process::Command;

use crate::error::Error;
use crate::place::Place;
use crate::programs::PROGRAMS;
use crate::report::Count;
use crate::shell::{command, run};
use crate::toolchain::{WASM, for_browser};

/// Features that native code is checked and tested with: reports of opened files.
pub(crate) const FEATURES: &str = "unimed-imaging/report";

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

/// Has cargo compile the workspace's own crates by clippy's driver, which is rustc and says clippy's warnings too, here as
/// errors. By itself clippy would read every dependency once more (docs/log/set-up.md).
pub(crate) fn lint_while_compiling(cargo: &mut Command) {
    // As cargo-clippy passes arguments on to the driver.
    const BREAK: &str = "__CLIPPY_HACKERY__";
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", format!("-D{BREAK}warnings{BREAK}"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_clippy_warns_of_does_not_compile() {
        let folder = tempfile::tempdir().expect("a folder");
        let compiles = |code: &str| {
            let source = folder.path().join("lib.rs");
            fs::write(&source, code).expect("writes");
            let mut driver = Command::new("clippy-driver");
            lint_while_compiling(&mut driver);
            driver
                .args(["rustc", "--crate-type", "lib", "--edition", "2024"])
                .arg("--out-dir")
                .arg(folder.path())
                .arg(source)
                .output()
                .expect("rustup component add clippy")
                .status
                .success()
        };
        assert!(compiles("pub fn same(a: bool) -> bool { a }"));
        // clippy::needless_bool, which rustc does not know.
        assert!(!compiles(
            "pub fn same(a: bool) -> bool { if a { true } else { false } }"
        ));
    }
}
