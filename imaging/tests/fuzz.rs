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

#[path = "support/kept.rs"]
mod kept;
#[path = "support/meter.rs"]
mod meter;
#[path = "support/random.rs"]
mod random;
#[expect(unreachable_pub, reason = "the crate in fuzz/ exports them")]
#[path = "../../fuzz/src/imaging/mod.rs"]
mod targets;

#[global_allocator]
static ALLOCATOR: meter::Counting = meter::Counting;

/// Memory of a target beside its reader: it opens with 16 MiB of pixels and makes of them pictures,
/// planes and PNG files.
const BESIDE: u64 = 8 * (16 << 20);

#[test]
fn kept_inputs_are_read_or_refused() {
    kept::run_kept(&targets::TARGETS, BESIDE);
}

#[test]
fn every_target_has_its_program() {
    kept::compare_with_programs("imaging", &targets::TARGETS);
}
