//! How a program is compiled whose threads share its memory: with a standard library of its own, because the one that comes
//! with the target knows one thread only.

use std::process::Command;

use crate::error::Error;
use crate::place::Place;
use crate::toolchain::{WASM, for_browser};

/// Memory that the program may come to; its address space is reserved when it starts. That of an engine without threads.
const MOST_MEMORY: u64 = 1 << 32;

/// `cargo` with these arguments, for a program with threads.
///
/// Parts of the standard library are compiled by a flag that cargo keeps for nightly compilers, and so are atomic
/// instructions in it; the compiler is the one that builds everything else.
pub(crate) fn cargo(place: &Place, args: &[&str]) -> Result<Command, Error> {
    let config = format!("target.{WASM}.rustflags={}", serde_json::json!(flags()));
    let mut all = vec!["--config", &config];
    all.extend(args);
    all.push("-Zbuild-std=std,panic_abort");
    let mut cargo = for_browser(place, "cargo", &all)?;
    cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", place.threads_target());
    Ok(cargo)
}

/// Flags beside those of every program for the browser.
fn flags() -> Vec<String> {
    let linker = [
        "--shared-memory".to_owned(),
        "--import-memory".to_owned(),
        format!("--max-memory={MOST_MEMORY}"),
        // What wasm-bindgen needs to give each thread its own stack and variables.
        "--export=__wasm_init_tls".to_owned(),
        "--export=__tls_size".to_owned(),
        "--export=__tls_align".to_owned(),
        "--export=__tls_base".to_owned(),
    ];
    let mut flags = vec!["-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals".to_owned()];
    flags.extend(linker.map(|argument| format!("-Clink-arg={argument}")));
    flags
}
