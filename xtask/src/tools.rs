//! The table of everything that building and testing need: how to see that it is there, how to get it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;

use crate::error::Error;
use crate::lockfile;
use crate::place::Place;
use crate::shell::{answer, command, run};
use crate::system;
use crate::toolchain::WasmToolchain;

/// npm packages and the releases that this project was tried with.
const BINARYEN: (&str, &str) = ("binaryen", "132.0.0");
const PLAYWRIGHT: (&str, &str) = ("playwright-core", "1.65.1");
const AXE: (&str, &str) = ("axe-core", "4.14.1");

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
        plan: |place| match wasm_bindgen_version(place) {
            Ok(version) => cargo_install_line(place, "wasm-bindgen-cli", &version),
            Err(error) => error.to_string(),
        },
        install: |place| cargo_install(place, "wasm-bindgen-cli", &wasm_bindgen_version(place)?),
    },
    Tool {
        name: "wasm-opt",
        purpose: "to make the programs smaller and faster",
        find: |place| npm_version(place, BINARYEN),
        plan: |place| npm_line(place, BINARYEN),
        install: |place| npm_install(place, BINARYEN),
    },
];

/// What `cargo xtask test` needs beyond [`BUILD`].
pub(crate) const TEST: [Tool; 5] = [
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
        find: |place| npm_version(place, PLAYWRIGHT),
        plan: |place| npm_line(place, PLAYWRIGHT),
        install: |place| npm_install(place, PLAYWRIGHT),
    },
    Tool {
        name: "axe",
        purpose: "to find what keeps people from using the page (WCAG)",
        find: |place| npm_version(place, AXE),
        plan: |place| npm_line(place, AXE),
        install: |place| npm_install(place, AXE),
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

fn cargo_install_line(place: &Place, package: &str, version: &str) -> String {
    format!(
        "cargo install {package}@{version} --locked --root {}",
        cargo_root(place).display()
    )
}

/// Installs a program from crates.io beside the cache, so that it replaces nobody's own.
fn cargo_install(place: &Place, package: &str, version: &str) -> Result<(), Error> {
    let exact = format!("{package}@{version}");
    let install = |locked: &[&str]| {
        let mut install = command("cargo", ["install", &exact, "--force", "--root"]);
        // Its artifacts are of no use to the workspace's own build folder.
        install
            .arg(cargo_root(place))
            .args(locked)
            .env_remove("CARGO_TARGET_DIR");
        run(&mut install)
    };
    println!("installing {exact}; this takes some minutes, once");
    // A lock file can name a release that the registry at hand does not have; the newest compatible ones do then.
    install(&["--locked"]).or_else(|_| install(&[]))
}

fn npm_package(place: &Place, name: &str) -> PathBuf {
    place.tools().join("node_modules").join(name)
}

/// The installed release of an npm package, if it is the wanted one.
fn npm_version(place: &Place, (name, wanted): (&str, &str)) -> Option<String> {
    let text = fs::read_to_string(npm_package(place, name).join("package.json")).ok()?;
    let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
    (manifest["version"] == wanted).then(|| wanted.to_owned())
}

fn npm_line(place: &Place, (name, version): (&str, &str)) -> String {
    format!(
        "npm install --prefix {} {name}@{version}",
        place.tools().display()
    )
}

fn npm_install(place: &Place, (name, version): (&str, &str)) -> Result<(), Error> {
    let tools = place.tools();
    ensure_folder(&tools)?;
    let mut install = command(
        "npm",
        [
            "install",
            "--no-audit",
            "--no-fund",
            "--save-exact",
            "--prefix",
        ],
    );
    install
        .arg(&tools)
        .arg(format!("{name}@{version}"))
        .current_dir(&tools);
    run(&mut install)
}

fn ensure_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::file(folder))
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
}
