//! See `unimed_fuzz::imaging::picture`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unimed_fuzz::imaging::picture(bytes));
