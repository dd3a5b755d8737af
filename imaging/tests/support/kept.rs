//! Runs fuzz targets without a fuzzer, over the inputs that are kept in `fuzz/regressions`: whole, cut, damaged and with other
//! numbers where lengths may be. Memory is counted and time measured, so whoever compiles this counts with
//! [`Counting`](super::meter::Counting).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::meter::measured;
use super::random::Random;

/// A target: its name, and what it does.
type Target = (&'static str, fn(&[u8]));

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
const ROUNDS: usize = 300;

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
    fn execute(&mut self, (name, target): Target, beside: u64, bytes: &[u8]) {
        // The bytes of a failure, for whoever looks for its cause.
        let kept = env::var_os("UNIMED_FUZZ_SECONDS").map(|_| {
            let place = env::temp_dir().join(format!("fuzz-{name}-{}", std::process::id()));
            fs::write(&place, bytes).expect("a place for the input");
            place
        });
        let ((), taken) = measured(|| target(bytes));
        let size = bytes.len() as u64;
        assert!(
            taken.bytes <= (64 << 20) + 8 * size + beside,
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
    env::var(name).ok()?.parse().ok()
}

/// Executes the targets, all of them or the one of `UNIMED_FUZZ_TARGET`. Each may use `beside` bytes more than its reader.
pub(crate) fn run_kept(targets: &[Target], beside: u64) {
    let seconds = number("UNIMED_FUZZ_SECONDS").map(Duration::from_secs);
    let mut random = Random::new(number("UNIMED_FUZZ_SEED").unwrap_or(17));
    let only = env::var("UNIMED_FUZZ_TARGET").ok();
    for &target in targets {
        let name = target.0;
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
            let bytes = fs::read(&path).expect("a kept input");
            println!("{}", path.display());
            run.execute(target, beside, &bytes);
            for part in 1..8 {
                run.execute(target, beside, &bytes[..bytes.len() * part / 8]);
            }
            for _ in 0..ROUNDS {
                run.execute(target, beside, &mutated(&mut random, &bytes));
            }
            inputs.push(bytes);
        }
        while seconds.is_some_and(|seconds| run.time < seconds) {
            let bytes = &inputs[random.below(inputs.len())];
            run.execute(target, beside, &mutated(&mut random, bytes));
        }
        println!("{name}: {run:?}");
    }
}

/// A copy of an input with one change, or a few.
fn mutated(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for _ in 0..=random.below(4) {
        random.mutate(&mut changed);
    }
    changed
}

/// Compares the targets of a module of `fuzz/src` with the programs of cargo-fuzz and the folders of kept inputs.
pub(crate) fn compare_with_programs(module: &str, targets: &[Target]) {
    let names: Vec<&str> = targets.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted(), "{names:?}");
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("a manifest");
    let mut programs = Vec::new();
    let mut folders = fs::read_dir(root().join("fuzz/regressions"))
        .expect("folders of kept inputs")
        .count();
    for name in manifest.split("path = \"fuzz_targets/").skip(1) {
        let (name, _) = name.split_once(".rs\"").expect("a path");
        let program = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let program = fs::read_to_string(program).expect("a program");
        if program.contains(&format!("unimed_fuzz::{module}::{name}(bytes)")) {
            programs.push(name);
        }
        assert!(
            root().join("fuzz/regressions").join(name).is_dir(),
            "fuzz/regressions/{name}"
        );
        folders -= 1;
    }
    assert_eq!(folders, 0, "folders of fuzz/regressions without a program");
    assert_eq!(programs, names);
}
