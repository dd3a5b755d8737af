//! Where things are: the repository, the caches that outlive a clone, the build folders.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folders that every command works with.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// Tools, fixtures and optimized modules that a fresh clone finds again.
    pub(crate) cache: PathBuf,
    /// Where cargo puts native artifacts.
    pub(crate) target: PathBuf,
    /// This very program, which tests start again as a server.
    pub(crate) program: PathBuf,
}

impl Place {
    /// Reads the environment: `UNIMED_CACHE`, `XDG_CACHE_HOME`, `HOME`, `CARGO_TARGET_DIR`.
    pub(crate) fn find() -> Self {
        // cargo sets the variable when it runs xtask; the built-in value serves a binary that is started by hand.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .find(|folder| folder.join("trunk.toml").is_file())
            .map_or_else(|| manifest.clone(), Path::to_path_buf);
        let cache = env::var_os("UNIMED_CACHE")
            .map(PathBuf::from)
            .unwrap_or_else(|| {
                env::var_os("XDG_CACHE_HOME")
                    .map(PathBuf::from)
                    .or_else(|| env::home_dir().map(|home| home.join(".cache")))
                    .unwrap_or_else(|| root.join("target"))
                    .join("unimed")
            });
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        // Asked for now: once a test run has built the program anew, the answer would name the old, deleted file.
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("xtask"));
        Self {
            root,
            cache,
            target,
            program,
        }
    }

    /// The site as static files.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Programs and npm packages that set-up installed.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// Files for tests that are too large to commit.
    pub(crate) fn fixtures(&self) -> PathBuf {
        self.cache.join("fixtures")
    }

    /// Where cargo puts wasm artifacts; apart from the native ones because the toolchain may be another one.
    pub(crate) fn web_target(&self) -> PathBuf {
        self.target.join("web")
    }

    /// The same for programs whose threads share their memory, with another standard library.
    pub(crate) fn threads_target(&self) -> PathBuf {
        self.target.join("web-threads")
    }

    /// `PATH` with the installed tools first.
    pub(crate) fn path(&self) -> OsString {
        let own = [
            self.tools().join("cargo/bin"),
            self.tools().join("node_modules/.bin"),
        ];
        join_path(&own)
    }
}

/// `first`, then what `PATH` already holds.
pub(crate) fn join_path(first: &[PathBuf]) -> OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    env::join_paths(first.iter().cloned().chain(env::split_paths(&old))).unwrap_or(old)
}
