//! See `unimed_fuzz::imaging::lossless_jpeg`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unimed_fuzz::imaging::lossless_jpeg(bytes));
