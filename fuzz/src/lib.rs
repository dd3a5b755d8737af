//! What each fuzz target does with its bytes.
//!
//! The bodies stand here and not in `fuzz_targets`, because the ordinary tests run them too, without libFuzzer, over the
//! inputs in `regressions` and damaged copies of them (`tests/fuzz.rs` of each crate).

pub mod imaging;
pub mod package;
pub mod tokenizer;
