//! See `unimed_fuzz::package::signature`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unimed_fuzz::package::signature(bytes));
