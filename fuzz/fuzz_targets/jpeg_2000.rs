//! See `unimed_fuzz::imaging::jpeg_2000`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unimed_fuzz::imaging::jpeg_2000(bytes));
