//! What depends on the operating system: Debian's packages, graphics devices, Vulkan drivers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::shell::{answer, command, run};

/// Whether `apt-get` can be used.
pub(crate) fn is_debian() -> bool {
    Path::new("/etc/debian_version").is_file() && which::which("apt-get").is_ok()
}

/// What a person would type to install the packages.
pub(crate) fn apt_line(packages: &[&str]) -> String {
    format!(
        "apt-get install --yes --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Installs Debian packages, as root or through a `sudo` that asks for nothing.
pub(crate) fn apt_install(packages: &[&str]) -> Result<(), Error> {
    let missing = |remedy: String| Error::Missing {
        what: packages.join(", "),
        remedy,
    };
    if !is_debian() {
        return Err(missing(
            "install it with your system's package manager".to_owned(),
        ));
    }
    let by_hand = || missing(format!("run as root: {}", apt_line(packages)));
    apt_update().map_err(|_| by_hand())?;
    let mut args = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    args.extend(packages);
    run(&mut apt(&args)).map_err(|_| by_hand())
}

/// Brings the lists of Debian's packages up to date.
pub(crate) fn apt_update() -> Result<(), Error> {
    run(&mut apt(&["update", "--quiet"]))
}

/// `apt-get` as root or through a `sudo` that asks for nothing.
fn apt(args: &[&str]) -> Command {
    let root = answer(&mut command("id", ["-u"])).is_some_and(|id| id == "0");
    let sudo: &[&str] = if root { &[] } else { &["sudo", "-n"] };
    let words: Vec<&str> = sudo
        .iter()
        .chain(&["apt-get"])
        .chain(args)
        .copied()
        .collect();
    let mut command = command(words[0], &words[1..]);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Whether the machine seems to have a graphics device that a Vulkan driver could use.
pub(crate) fn has_gpu() -> bool {
    // Where this cannot be told by files, the system brings its own graphics stack.
    if !cfg!(target_os = "linux") {
        return true;
    }
    Path::new("/dev/nvidia0").exists()
        || fs::read_dir("/dev/dri").is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
        })
}

/// The driver description of lavapipe, Mesa's Vulkan on the CPU.
pub(crate) fn lavapipe() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/share/vulkan/icd.d")
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("lvp_icd") && name.ends_with(".json")
        })
        .collect();
    found.sort();
    found.into_iter().next()
}
