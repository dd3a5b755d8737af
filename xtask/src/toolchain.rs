//! Which Rust toolchain builds for the browser, and how one is made where rustup has no server to ask.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::place::{Place, join_path};
use crate::same_paths;
use crate::shell::{answer, command, run, run_within};
use crate::system;

/// The target of everything that runs in the browser.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// How long rustup may take to fetch the target's standard library (about 20 MB), or its sources.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// Debian's Rust for the browser: compiler, cargo, sources of the standard library, clippy.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];

/// A toolchain that builds for [`WASM`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The one that builds everything else; rustup gave it the target.
    Active,
    /// Debian's packages in `/usr`, with a standard library built from their sources.
    Debian {
        /// The wasm linker, which those packages do not bring.
        linker: PathBuf,
    },
}

impl WasmToolchain {
    /// The toolchain that is ready, the active one first.
    pub(crate) fn find() -> Option<Self> {
        let sysroot = PathBuf::from(answer(&mut command("rustc", ["--print", "sysroot"]))?);
        let installed = sysroot.join("lib/rustlib");
        // Programs with threads are compiled with a standard library of their own.
        if has_std(&installed.join(WASM).join("lib")) && installed.join("src/rust/library").is_dir()
        {
            return Some(Self::Active);
        }
        let built = fs::read_to_string(debian_stamp()).ok()?;
        let linker = debian_linker(&sysroot)?;
        (Some(built) == debian_version() && has_std(&debian_lib()))
            .then_some(Self::Debian { linker })
    }

    /// In a few words, for `doctor`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Active => "in the active toolchain".to_owned(),
            Self::Debian { .. } => {
                "Debian's rustc-web with a standard library built here".to_owned()
            }
        }
    }

    /// What [`Self::install`] would do.
    pub(crate) fn plan() -> String {
        format!(
            "rustup target add {WASM} and rustup component add rust-src (on Debian, where that fails: apt-get install {}, then build its standard library)",
            DEBIAN_PACKAGES.join(" ")
        )
    }

    /// Gets a toolchain for the target: by rustup, else from Debian's packages.
    pub(crate) fn install(place: &Place) -> Result<(), Error> {
        let by_rustup = run_within(
            &mut command("rustup", ["target", "add", WASM]),
            RUSTUP_LIMIT,
        )
        .and_then(|()| {
            let mut sources = command("rustup", ["component", "add", "rust-src"]);
            run_within(&mut sources, RUSTUP_LIMIT)
        });
        let Err(error) = by_rustup else { return Ok(()) };
        if !system::is_debian() {
            return Err(error);
        }
        println!("rustup could not add the target ({error}); taking Debian's packages instead");
        system::apt_install(&DEBIAN_PACKAGES)?;
        build_std(place)
    }

    /// Makes `command` (cargo, or a program that calls cargo) build for the browser with this toolchain.
    pub(crate) fn apply(&self, command: &mut Command, place: &Place) {
        command.env("CARGO_TARGET_DIR", place.web_target());
        match self {
            Self::Active => {
                command.env("PATH", place.path());
            }
            Self::Debian { linker } => {
                debian_environment(command, place);
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            }
        }
    }
}

/// A command that compiles for the browser, run in the repository.
pub(crate) fn for_browser(place: &Place, program: &str, args: &[&str]) -> Result<Command, Error> {
    let toolchain = WasmToolchain::find().ok_or_else(|| Error::Missing {
        what: format!("the target {WASM}"),
        remedy: WasmToolchain::plan(),
    })?;
    let mut command = match program {
        "cargo" => {
            let config = same_paths::cargo_config(place, WASM);
            let mut cargo = command("cargo", ["--config", &config]);
            cargo.args(args);
            cargo
        }
        _ => command(program, args),
    };
    toolchain.apply(&mut command, place);
    command.current_dir(&place.root);
    Ok(command)
}

/// Points `command` at Debian's cargo and rustc and away from the toolchain that runs xtask.
fn debian_environment(command: &mut Command, place: &Place) {
    for name in [
        "RUSTUP_TOOLCHAIN",
        "LD_LIBRARY_PATH",
        "RUSTC",
        "RUSTDOC",
        "CARGO",
    ] {
        command.env_remove(name);
    }
    let tools = place.path();
    let mut path = join_path(&[debian_programs(place)]);
    path.push(OsString::from(":"));
    path.push(tools);
    command.env("PATH", path);
}

/// A folder with links to Debian's Rust programs only, so that putting it first on `PATH` hides nothing else.
fn debian_programs(place: &Place) -> PathBuf {
    place.tools().join("debian-rust")
}

fn link_debian_programs(place: &Place) -> Result<(), Error> {
    let folder = debian_programs(place);
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    for name in ["cargo", "rustc", "rustdoc", "cargo-clippy", "clippy-driver"] {
        let link = folder.join(name);
        if fs::symlink_metadata(&link).is_ok() {
            continue;
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(Path::new("/usr/bin").join(name), &link)
            .map_err(Error::file(&link))?;
    }
    Ok(())
}

/// Builds the standard library for [`WASM`] from Debian's sources, once, and puts it where their rustc looks.
fn build_std(place: &Place) -> Result<(), Error> {
    let sysroot = answer(&mut command("rustc", ["--print", "sysroot"])).unwrap_or_default();
    let sysroot = Path::new(&sysroot);
    if debian_linker(sysroot).is_none() {
        system::apt_install(&[&format!("lld-{}", debian_llvm())])?;
    }
    let linker = debian_linker(sysroot).ok_or_else(|| Error::Missing {
        what: "a linker for wasm".to_owned(),
        remedy: format!("install wasm-ld of LLVM {}", debian_llvm()),
    })?;
    link_debian_programs(place)?;

    // An empty crate is enough to make cargo build the whole standard library.
    let scratch = place.cache.join("wasm-std");
    let source = scratch.join("src");
    fs::create_dir_all(&source).map_err(Error::file(&source))?;
    let manifest = "[package]\nname = \"stdonly\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    for (file, text) in [
        (scratch.join("Cargo.toml"), manifest),
        (source.join("lib.rs"), ""),
    ] {
        fs::write(&file, text).map_err(Error::file(&file))?;
    }
    let mut build = command(
        "cargo",
        [
            "build",
            "--release",
            "--target",
            WASM,
            "-Zbuild-std=std,panic_abort,test",
        ],
    );
    debian_environment(&mut build, place);
    build
        .current_dir(&scratch)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    run(&mut build)?;

    let built = scratch.join("target").join(WASM).join("release/deps");
    let lib = debian_lib();
    println!("copying the standard library to {}", lib.display());
    // What an older compiler left there would be found too and refused.
    let _ = fs::remove_dir_all(&lib);
    fs::create_dir_all(&lib).map_err(Error::file(&lib))?;
    for entry in fs::read_dir(&built).map_err(Error::file(&built))?.flatten() {
        let path = entry.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "rlib")
        {
            fs::copy(&path, lib.join(entry.file_name())).map_err(Error::file(&path))?;
        }
    }
    let stamp = debian_stamp();
    fs::write(&stamp, debian_version().unwrap_or_default()).map_err(Error::file(&stamp))
}

fn debian_lib() -> PathBuf {
    Path::new("/usr/lib/rustlib").join(WASM).join("lib")
}

/// Says which compiler the standard library was built by: another one cannot read it.
fn debian_stamp() -> PathBuf {
    debian_lib().join("built-by")
}

fn debian_version() -> Option<String> {
    answer(&mut plain_debian_rustc("--version"))
}

fn plain_debian_rustc(argument: &str) -> Command {
    let mut rustc = command("/usr/bin/rustc", [argument]);
    rustc.env_remove("LD_LIBRARY_PATH");
    rustc
}

/// The major release of LLVM that Debian's compiler writes object files with; the linker must read them.
fn debian_llvm() -> String {
    let about = answer(&mut plain_debian_rustc("-vV")).unwrap_or_default();
    let version = about
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "));
    let major = version.and_then(|version| version.split('.').next());
    major.unwrap_or_default().to_owned()
}

/// The linker that rustup brings with every toolchain, else LLVM's own.
fn debian_linker(sysroot: &Path) -> Option<PathBuf> {
    let host = answer(&mut command("rustc", ["--print", "host-tuple"])).unwrap_or_default();
    let bundled = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    if bundled.is_file() {
        return Some(bundled);
    }
    which::which(format!("wasm-ld-{}", debian_llvm())).ok()
}

fn has_std(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}
