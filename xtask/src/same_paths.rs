//! Keeps this machine's folders out of what is compiled for the browser: a panic names the file in which it happened, so the
//! same sources would give other bytes in every folder, and tell where a program was built.

use std::env;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::shell::{answer, command};

/// An argument for cargo (`--config`), beside which those of `.cargo/config.toml` stay.
pub(crate) fn cargo_config(place: &Place, target: &str) -> String {
    let flags: Vec<String> = folders(place)
        .iter()
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()))
        .collect();
    // A list of JSON strings is one of TOML too.
    format!("target.{target}.rustflags={}", serde_json::json!(flags))
}

/// Folders that differ from machine to machine, and what they are called instead; of those that fit a file the last one counts.
fn folders(place: &Place) -> Vec<(PathBuf, String)> {
    let mut folders = vec![
        (place.root.clone(), "/unimed".to_owned()),
        (place.web_target(), "/target".to_owned()),
        (place.threads_target(), "/target".to_owned()),
    ];
    if let Some(home) = cargo_home() {
        folders.push((home.join("registry/src"), "/crates".to_owned()));
    }
    folders.extend(standard_library());
    folders
}

fn cargo_home() -> Option<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// The sources of the standard library where they are installed, and what rustc calls them where they are not.
fn standard_library() -> Option<(PathBuf, String)> {
    let sysroot = answer(&mut command("rustc", ["--print", "sysroot"]))?;
    let about = answer(&mut command("rustc", ["-vV"]))?;
    let commit = about
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))?;
    let sources = Path::new(&sysroot).join("lib/rustlib/src/rust");
    Some((sources, format!("/rustc/{commit}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_of_this_machine_has_another_name() {
        let place = Place::find();
        let config = cargo_config(&place, "wasm32-unknown-unknown");
        let parsed: toml::Table = toml::from_str(&config).expect("TOML");
        let flags = parsed["target"]["wasm32-unknown-unknown"]["rustflags"]
            .as_array()
            .expect("a list");
        let folders = folders(&place);
        assert_eq!(flags.len(), folders.len());
        assert!(folders.len() >= 3, "{folders:?}");
        for ((folder, name), flag) in folders.iter().zip(flags) {
            assert!(folder.is_absolute(), "{}", folder.display());
            let expected = format!("--remap-path-prefix={}={name}", folder.display());
            assert_eq!(flag.as_str(), Some(expected.as_str()));
        }
    }
}
