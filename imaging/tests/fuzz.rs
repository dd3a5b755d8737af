//! The fuzz targets of `fuzz/`, without a fuzzer: over the inputs that are kept in `fuzz/regressions`, whole, cut and
//! damaged.

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/random.rs"]
mod random;
#[expect(unreachable_pub, reason = "the crate in fuzz/ exports them")]
#[path = "../../fuzz/src/imaging/mod.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use random::Random;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of kept inputs") {
        let path = entry.expect("an entry that can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Damaged copies of each kept input.
const ROUNDS: usize = 200;

#[test]
fn kept_inputs_are_read_or_refused() {
    let mut random = Random::new(17);
    for (name, target) in targets::TARGETS {
        let kept = files(&root().join("fuzz/regressions").join(name));
        assert!(!kept.is_empty(), "fuzz/regressions/{name} holds an input");
        for path in kept {
            let bytes = fs::read(&path).unwrap();
            println!("{}", path.display());
            target(&bytes);
            for part in 1..8 {
                target(&bytes[..bytes.len() * part / 8]);
            }
            for mut damaged in vec![bytes; ROUNDS] {
                let places = random.below(4) + 1;
                random.damage(&mut damaged, places);
                target(&damaged);
            }
        }
    }
}

#[test]
fn every_kept_folder_has_its_target() {
    let names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted(), "{names:?}");
    let mut kept: Vec<String> = fs::read_dir(root().join("fuzz/regressions"))
        .expect("fuzz/regressions")
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, names, "fuzz/regressions and the targets");
}

#[test]
fn every_target_has_its_program() {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for (name, _) in targets::TARGETS {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")));
        let program = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let program = fs::read_to_string(program).unwrap();
        assert!(program.contains(&format!("unimed_fuzz::imaging::{name}(bytes)")));
    }
}
