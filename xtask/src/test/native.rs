//! Tests of the workspace on this machine.

use std::process::Command;

use crate::error::Error;
use crate::fixtures;
use crate::place::Place;
use crate::report::Count;
use crate::shell::{command, run_and_keep};
use crate::system;
use crate::test::lint::{FEATURES, lint_while_compiling};

/// Crates that read foreign bytes and have fuzz targets.
const READERS: [&str; 3] = ["unimed-imaging", "unimed-package", "unimed-tokenizer"];

/// Crates that take long to optimize and do little while tests run: they describe GPU kernels, translate shaders, or draw
/// pages, which happens in browsers only. What that saves by itself is not measured (docs/log/set-up.md).
const NOT_OPTIMIZED: &[&str] = &[
    "burn-cubecl",
    "burn-wgpu",
    "cubecl-common",
    "cubecl-core",
    "cubecl-ir",
    "cubecl-opt",
    "cubecl-runtime",
    "cubecl-std",
    "cubecl-wgpu",
    "cubek",
    "cubek-attention",
    "cubek-convolution",
    "cubek-interpolate",
    "cubek-matmul",
    "cubek-pool",
    "cubek-quant",
    "cubek-random",
    "cubek-reduce",
    "cubek-std",
    "cubek-tile",
    "leptos",
    "naga",
    "pliron",
    "reactive_graph",
    "tachys",
    "wgpu",
    "wgpu-core",
    "wgpu-hal",
];

/// Unit, integration and documentation tests of every crate, and clippy on their code.
pub(crate) fn run(place: &Place, all: bool) -> Result<Count, Error> {
    let fixtures = fixtures::ensure(place)?;
    let mut tests = command(
        "cargo",
        [
            "test",
            "--workspace",
            "--features",
            FEATURES,
            "--release",
            "--locked",
            "--no-fail-fast",
            "--quiet",
        ],
    );
    tests
        .current_dir(&place.root)
        .env(fixtures::VARIABLE, fixtures);
    compile_quickly(&mut tests);
    use_vulkan(&mut tests);
    lint_while_compiling(&mut tests);
    if all {
        tests.args(["--", "--include-ignored"]);
    }
    let (status, output) = run_and_keep(&mut tests)?;
    let mut count = Count::from_cargo(&output, status.success());
    count += hostile_input(place)?;
    Ok(count)
}

/// The readers of foreign bytes once more over what is kept for them, with overflow checks: a number that wraps need not
/// panic by itself.
fn hostile_input(place: &Place) -> Result<Count, Error> {
    let mut tests = command(
        "cargo",
        [
            "test",
            // With the features of the whole workspace, so that no dependency is compiled again.
            "--workspace",
            "--features",
            FEATURES,
            "--release",
            "--test",
            "fuzz",
            "--test",
            "hostile",
            "--locked",
            "--no-fail-fast",
            "--quiet",
        ],
    );
    tests.current_dir(&place.root);
    for name in READERS {
        tests.arg("--config").arg(format!(
            "profile.release.package.{name}.overflow-checks=true"
        ));
    }
    compile_quickly(&mut tests);
    let (status, output) = run_and_keep(&mut tests)?;
    Ok(Count::from_cargo(&output, status.success()))
}

/// Leaves out the optimization of [`NOT_OPTIMIZED`]. All commands that share dependencies have to agree on it.
fn compile_quickly(cargo: &mut Command) {
    for name in NOT_OPTIMIZED {
        cargo.arg("--config");
        cargo.arg(format!("profile.release.package.{name}.opt-level=0"));
    }
}

/// Without a graphics device the GPU backend runs on Mesa's Vulkan for the CPU.
fn use_vulkan(command: &mut Command) {
    if !system::has_gpu()
        && let Some(driver) = system::lavapipe()
    {
        // Older and newer loaders read different names.
        command
            .env("VK_ICD_FILENAMES", &driver)
            .env("VK_DRIVER_FILES", &driver);
    }
}
