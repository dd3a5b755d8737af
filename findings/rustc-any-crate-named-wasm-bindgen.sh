#!/usr/bin/env bash
# rustc 1.95.0 refuses to compile a program of one's own because of its name: any crate named wasm_bindgen whose package is older
# than 0.2.88.
#
# Why it surprises: a compiler does not care how a crate is called. To stop builds with releases of the library wasm-bindgen that
# expect another calling convention of WebAssembly, rustc compares the crate's name and the package version that cargo puts into the
# environment, for every target, also where the crate is a program for the machine itself and does not contain the library.
# Whoever wraps the command wasm-bindgen in a small package with a [[bin]] of that name, as cargo names it by itself, gets the advice
# to update a library that is up to date. A package version of 0.2.88 or more is the way out.
# Seen on 2026-11-30: version 0.1.0 fails with "older versions of the `wasm-bindgen` crate are incompatible with current versions of
# Rust", the same program compiles as 0.2.88 and, as 0.1.0, under another name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
rustc --version | tee "$folder/version"
grep -q '^rustc 1\.95\.0 ' "$folder/version" || { echo "made for rustc 1.95.0"; exit 1; }

# NAME VERSION: a package with one program of that name and no dependency.
compiles() {
  local package="$folder/$1-$2"
  mkdir -p "$package/src"
  printf '[package]\nname = "%s"\nversion = "%s"\nedition = "2024"\n[workspace]\n' "$1" "$2" > "$package/Cargo.toml"
  echo 'fn main() { println!("hello"); }' > "$package/src/main.rs"
  CARGO_TARGET_DIR="$package/target" cargo run --quiet --offline --manifest-path "$package/Cargo.toml" > "$package/said" 2>&1
}

compiles wasm-bindgen 0.2.88
compiles wasm-bindgen-command 0.1.0
if compiles wasm-bindgen 0.1.0; then echo "rustc compiles it now"; exit 1; fi
grep 'older versions of the `wasm-bindgen` crate' "$folder/wasm-bindgen-0.1.0/said"
