//! See `unimed_fuzz::imaging::jpegls`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unimed_fuzz::imaging::jpegls(bytes));
