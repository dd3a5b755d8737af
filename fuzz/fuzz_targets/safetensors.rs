//! See `unimed_fuzz::package::safetensors`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unimed_fuzz::package::safetensors(bytes));
