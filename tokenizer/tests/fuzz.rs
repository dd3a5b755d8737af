//! The fuzz targets of `fuzz/src/tokenizer`, without a fuzzer; see `imaging/tests/fuzz.rs`.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../../imaging/tests/support/kept.rs"]
mod kept;
#[path = "../../imaging/tests/support/meter.rs"]
mod meter;
#[path = "../../imaging/tests/support/random.rs"]
mod random;
#[expect(unreachable_pub, reason = "the crate in fuzz/ exports them")]
#[path = "../../fuzz/src/tokenizer/mod.rs"]
mod targets;

#[global_allocator]
static ALLOCATOR: meter::Counting = meter::Counting;

#[test]
fn kept_inputs_are_read_or_refused() {
    kept::run_kept(&targets::TARGETS, 0);
}

#[test]
fn every_target_has_its_program() {
    kept::compare_with_programs("tokenizer", &targets::TARGETS);
}
