//! Rust tests inside Chromium, where the engine meets the real WebGPU.

use crate::error::Error;
use crate::fixtures;
use crate::place::Place;
use crate::report::Count;
use crate::shell::run_and_keep;
use crate::toolchain::{WASM, for_browser};
use crate::tools;

/// A test program that also runs in the browser: its package, its name, the package's features.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("unimed-imaging", "formats", ""),
    ("unimed-imaging", "syntaxes", ""),
    ("unimed-imaging", "golden", ""),
    ("unimed-web", "worker_handle", ""),
    ("unimed-core", "golden", "cpu,gpu"),
    ("unimed-core", "kernels", "cpu,gpu"),
    ("unimed-core", "full_shapes", "cpu,gpu"),
];

/// Longest that one test program may take, in seconds; a software adapter is slow.
const LIMIT_S: &str = "1200";

/// The tests marked `#[wasm_bindgen_test]`.
pub(crate) fn run(place: &Place, all: bool) -> Result<Count, Error> {
    let fixtures = fixtures::ensure(place)?;
    let mut count = Count::default();
    for &(package, name, features) in PROGRAMS {
        let args = [
            "test",
            "--package",
            package,
            "--test",
            name,
            "--features",
            features,
            "--target",
            WASM,
            "--release",
            "--locked",
            "--no-fail-fast",
        ];
        let mut tests = for_browser(place, "cargo", &args)?;
        if all {
            tests.args(["--", "--include-ignored"]);
        }
        tests
            .env(
                "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
                place.root.join("tests/webdriver.json"),
            )
            .env("WASM_BINDGEN_TEST_TIMEOUT", LIMIT_S)
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30")
            .env(fixtures::VARIABLE, &fixtures);
        if let Some(driver) = tools::chromedriver() {
            tests.env("CHROMEDRIVER", driver);
        }
        let (status, output) = run_and_keep(&mut tests)?;
        count += Count::from_cargo(&output, status.success());
    }
    Ok(count)
}
