//! The table of everything that building and testing need: how to see that it is there, how to get it.

use std::env;
use std::fs;
use std::path::PathBuf;

use semver::Version;

use crate::error::Error;
use crate::lockfile;
use crate::npm_tools::{self, Needed};
use crate::place::Place;
use crate::shell::{answer, command, run};
use crate::system;
use crate::toolchain::WasmToolchain;

/// Something that a command needs on this machine.
#[derive(Debug)]
pub(crate) struct Tool {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is needed for, in a few words.
    pub(crate) purpose: &'static str,
    /// What is there (a version or a path), if anything fit is.
    pub(crate) find: fn(&Place) -> Option<String>,
    /// What would be run to get it.
    pub(crate) plan: fn(&Place) -> String,
    /// Gets it.
    pub(crate) install: fn(&Place) -> Result<(), Error>,
}

/// What `cargo xtask build` and `serve` need, in the order in which they are installed.
pub(crate) const BUILD: [Tool; 4] = [
    Tool {
        name: "node and npm",
        purpose: "to run wasm-opt and Playwright",
        find: node,
        plan: |_| system::apt_line(&["nodejs", "npm"]),
        install: |_| system::apt_install(&["nodejs", "npm"]),
    },
    Tool {
        name: "wasm target",
        purpose: "to compile for the browser",
        find: |_| WasmToolchain::find().map(|toolchain| toolchain.describe()),
        plan: |_| WasmToolchain::plan(),
        install: WasmToolchain::install,
    },
    Tool {
        name: "wasm-bindgen",
        purpose: "to write the glue between Rust and the browser",
        find: wasm_bindgen,
        plan: |place| format!("cargo {}", install_wasm_bindgen(place).join(" ")),
        install: |place| {
            println!("compiling wasm-bindgen; this takes some minutes, once");
            let mut install = command("cargo", install_wasm_bindgen(place));
            // Its artifacts are of no use to the workspace's own build folder, nor beside its sources.
            install.env("CARGO_TARGET_DIR", place.tools().join("target"));
            run(&mut install)
        },
    },
    Tool {
        name: "wasm-opt",
        purpose: "to make the programs smaller and faster",
        find: |place| npm_tools::installed(place, "binaryen"),
        plan: |_| npm_tools::plan(Needed::ToBuild),
        install: |place| npm_tools::install(place, Needed::ToBuild),
    },
];

/// What `cargo xtask test` needs beyond [`BUILD`].
pub(crate) const TEST: [Tool; 7] = [
    Tool {
        name: "Chromium",
        purpose: "to run the page in a real browser",
        find: |_| chromium().map(|path| path.display().to_string()),
        plan: |_| system::apt_line(&["chromium", "fonts-dejavu-core"]),
        install: |_| system::apt_install(&["chromium", "fonts-dejavu-core"]),
    },
    Tool {
        name: "chromedriver",
        purpose: "to run Rust tests inside Chromium",
        find: |_| chromedriver().map(|path| path.display().to_string()),
        plan: |_| system::apt_line(&["chromium-driver"]),
        install: |_| system::apt_install(&["chromium-driver"]),
    },
    Tool {
        name: "Playwright",
        purpose: "to drive the page as a person would",
        find: |place| npm_tools::installed(place, "playwright-core"),
        plan: |_| npm_tools::plan(Needed::ToTest),
        install: |place| npm_tools::install(place, Needed::ToTest),
    },
    Tool {
        name: "axe",
        purpose: "to find what keeps people from using the page (WCAG)",
        find: |place| npm_tools::installed(place, "axe-core"),
        plan: |_| npm_tools::plan(Needed::ToTest),
        install: |place| npm_tools::install(place, Needed::ToTest),
    },
    Tool {
        name: "curl",
        purpose: "to compare a site that is served with its list",
        find: |_| {
            which::which("curl")
                .ok()
                .map(|path| path.display().to_string())
        },
        plan: |_| system::apt_line(&["curl"]),
        install: |_| system::apt_install(&["curl"]),
    },
    Tool {
        name: "CycloneDX",
        purpose: "to compare the bill of materials with its schema",
        find: |place| npm_tools::installed(place, "@cyclonedx/cyclonedx-library"),
        plan: |_| npm_tools::plan(Needed::ToTest),
        install: |place| npm_tools::install(place, Needed::ToTest),
    },
    Tool {
        name: "Vulkan",
        purpose: "to run the GPU backend in native tests",
        find: |_| {
            if system::has_gpu() {
                return Some("a graphics device".to_owned());
            }
            system::lavapipe().map(|driver| format!("lavapipe, {}", driver.display()))
        },
        plan: |_| system::apt_line(&["mesa-vulkan-drivers"]),
        install: |_| system::apt_install(&["mesa-vulkan-drivers"]),
    },
];

/// The browser that tests drive: `CHROME`, else what is on `PATH`.
pub(crate) fn chromium() -> Option<PathBuf> {
    from_environment("CHROME").or_else(|| {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .find_map(|name| which::which(name).ok())
    })
}

/// The driver that belongs to the browser: `CHROMEDRIVER`, else what is on `PATH`.
pub(crate) fn chromedriver() -> Option<PathBuf> {
    from_environment("CHROMEDRIVER").or_else(|| which::which("chromedriver").ok())
}

/// The path of a program, one that set-up installed first.
pub(crate) fn program(place: &Place, name: &str) -> Option<PathBuf> {
    which::which_in(name, Some(place.path()), &place.root).ok()
}

fn from_environment(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
}

fn node(_: &Place) -> Option<String> {
    which::which("npm").ok()?;
    answer(&mut command("node", ["--version"]))
}

fn wasm_bindgen(place: &Place) -> Option<String> {
    let line = answer(&mut command(program(place, "wasm-bindgen")?, ["--version"]))?;
    let version = last_word_version(&line)?.to_string();
    let runner = program(place, "wasm-bindgen-test-runner").is_some();
    (runner && version == wasm_bindgen_version(place).ok()?).then_some(version)
}

/// The glue must be written by exactly the release that the programs were compiled with.
fn wasm_bindgen_version(place: &Place) -> Result<String, Error> {
    let path = place.root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(Error::file(&path))?;
    lockfile::version_of(&lock, "wasm-bindgen")
        .map(str::to_owned)
        .ok_or_else(|| Error::Content {
            path,
            expected: "a package named wasm-bindgen".to_owned(),
            found: "none".to_owned(),
            remedy: "restore the file from git",
        })
}

/// The version at the end of a line such as `wasm-bindgen 0.2.130`.
fn last_word_version(line: &str) -> Option<Version> {
    Version::parse(line.split_whitespace().last()?).ok()
}

fn cargo_root(place: &Place) -> PathBuf {
    place.tools().join("cargo")
}

/// Installs what `xtask/tools/wasm-bindgen` names, with the releases and hashes of its lock file, beside the cache, so that it
/// replaces nobody's own.
fn install_wasm_bindgen(place: &Place) -> [String; 7] {
    let source = place.root.join("xtask/tools/wasm-bindgen");
    let path = |path: PathBuf| path.display().to_string();
    [
        "install".to_owned(),
        "--path".to_owned(),
        path(source),
        "--locked".to_owned(),
        "--force".to_owned(),
        "--root".to_owned(),
        path(cargo_root(place)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        assert_eq!(
            last_word_version("wasm-bindgen-test-runner 0.2.9"),
            Some(Version::new(0, 2, 9))
        );
        assert_eq!(
            last_word_version("wasm-bindgen 0.2.130"),
            Some(Version::new(0, 2, 130))
        );
        assert_eq!(last_word_version("no version here"), None);
    }

    #[test]
    fn the_workspace_names_its_wasm_bindgen() {
        let place = Place::find();
        assert!(Version::parse(&wasm_bindgen_version(&place).unwrap()).is_ok());
    }

    #[test]
    fn the_command_of_wasm_bindgen_is_locked_at_the_release_of_the_workspace() {
        let place = Place::find();
        let lock = place.root.join("xtask/tools/wasm-bindgen/Cargo.lock");
        let lock = fs::read_to_string(lock).expect("a lock file");
        let wanted = wasm_bindgen_version(&place).expect("a release");
        assert_eq!(
            lockfile::version_of(&lock, "wasm-bindgen-cli"),
            Some(wanted.as_str())
        );
        // Only this package itself comes from nowhere.
        let packages = lock.matches("[[package]]").count();
        assert_eq!(lock.matches("\nchecksum = ").count(), packages - 1);
    }
}
