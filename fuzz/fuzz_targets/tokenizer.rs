//! See `unimed_fuzz::tokenizer::tokenizer`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unimed_fuzz::tokenizer::tokenizer(bytes));
