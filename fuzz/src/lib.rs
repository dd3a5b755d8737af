//! What each fuzz target does with its bytes.
//!
//! The bodies stand here and not in `fuzz_targets`, because the ordinary tests run them too, without libFuzzer, over the
//! inputs in `regressions` and damaged copies of them (`imaging/tests/fuzz.rs`).

pub mod imaging;
