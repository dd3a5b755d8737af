//! The fuzz targets of `fuzz/`, without a fuzzer: over the inputs that are kept in `fuzz/regressions`, whole, cut, damaged and
//! with other numbers where lengths may be. Memory is counted and time measured.
//!
//! `UNIMED_FUZZ_SECONDS` and `UNIMED_FUZZ_SEED` ask for more than the few seconds of a test: so many a target, over what
//! `fuzz/corpus` holds as well. The numbers of docs/reliability.md were found so, with overflow checks:
//!
//! ```text
//! UNIMED_FUZZ_SECONDS=180 cargo test --release --config profile.release.package.unimed-imaging.overflow-checks=true \
//!     -p unimed-imaging --features report --test fuzz kept -- --nocapture
//! ```

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/meter.rs"]
mod meter;
#[path = "support/random.rs"]
mod random;
#[expect(unreachable_pub, reason = "the crate in fuzz/ exports them")]
#[path = "../../fuzz/src/imaging/mod.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use meter::{Counting, measured};
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

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Damaged copies of each kept input.
const ROUNDS: usize = 300;

/// Memory of a target beside its reader: it opens with 16 MiB of pixels and makes of them pictures,
/// planes and PNG files.
const BESIDE: u64 = 8 * (16 << 20);

/// A run of one target.
#[derive(Debug, Default)]
struct Run {
    executions: u64,
    time: Duration,
    most: u64,
    slowest: Duration,
}

impl Run {
    /// Holds a target to the rules: at most 64 MiB and eight times its input, two seconds and two for each megabyte.
    fn execute(&mut self, name: &str, target: fn(&[u8]), bytes: &[u8]) {
        // The bytes of a failure, for whoever looks for its cause.
        let kept = std::env::var_os("UNIMED_FUZZ_SECONDS").map(|_| {
            let place = std::env::temp_dir().join(format!("fuzz-{name}-{}", std::process::id()));
            fs::write(&place, bytes).expect("a place for the input");
            place
        });
        let ((), taken) = measured(|| target(bytes));
        let size = bytes.len() as u64;
        assert!(
            taken.bytes <= (64 << 20) + 8 * size + BESIDE,
            "{name}: {taken:?} of {size} bytes, {kept:?}"
        );
        // Without optimization everything takes many times as long.
        let slow = if cfg!(debug_assertions) { 50 } else { 1 };
        assert!(
            taken.time <= Duration::from_micros(2_000_000 + 2 * size) * slow,
            "{name}: {taken:?} of {size} bytes, {kept:?}"
        );
        self.executions += 1;
        self.time += taken.time;
        self.most = self.most.max(taken.bytes);
        self.slowest = self.slowest.max(taken.time);
    }
}

/// A number that the caller of the test gives.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn kept_inputs_are_read_or_refused() {
    let seconds = number("UNIMED_FUZZ_SECONDS").map(Duration::from_secs);
    let mut random = Random::new(number("UNIMED_FUZZ_SEED").unwrap_or(17));
    let only = std::env::var("UNIMED_FUZZ_TARGET").ok();
    for (name, target) in targets::TARGETS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let mut run = Run::default();
        let mut inputs = Vec::new();
        let kept = files(&root().join("fuzz/regressions").join(name));
        assert!(!kept.is_empty(), "fuzz/regressions/{name} holds an input");
        let corpus = root().join("fuzz/corpus").join(name);
        let more = seconds.filter(|_| corpus.is_dir()).map(|_| files(&corpus));
        for path in kept.into_iter().chain(more.into_iter().flatten()) {
            let bytes = fs::read(&path).unwrap();
            println!("{}", path.display());
            run.execute(name, target, &bytes);
            for part in 1..8 {
                run.execute(name, target, &bytes[..bytes.len() * part / 8]);
            }
            for _ in 0..ROUNDS {
                mutated(&mut random, &mut run, name, target, &bytes);
            }
            inputs.push(bytes);
        }
        while seconds.is_some_and(|seconds| run.time < seconds) {
            let bytes = &inputs[random.below(inputs.len())];
            mutated(&mut random, &mut run, name, target, bytes);
        }
        println!("{name}: {run:?}");
    }
}

/// Executes a copy of an input with one change, or a few.
fn mutated(random: &mut Random, run: &mut Run, name: &str, target: fn(&[u8]), bytes: &[u8]) {
    let mut changed = bytes.to_vec();
    for _ in 0..=random.below(4) {
        random.mutate(&mut changed);
    }
    run.execute(name, target, &changed);
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
