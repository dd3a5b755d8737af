#!/usr/bin/env bash
# dicom-dictionary-std 0.10.1 has names of transfer syntaxes that end in the middle.
#
# Why it surprises: PS3.6 table A-1 calls 1.2.840.10008.1.2.4.51 "JPEG Extended (Process 2 & 4): Default Transfer Syntax for Lossy
# JPEG 12 Bit Image Compression (Process 4 only)". The crate's list of unique identifiers, which is generated from that table, keeps
# what stands before the ampersand: "JPEG Extended (Process 2". So are all others that have one, most of them retired; a program that
# shows what the dictionary says prints an open bracket for a compression that is in use.
# Seen on 2026-11-29: the name of 1.2.840.10008.1.2.4.51 ends without its closing bracket, those beside it are whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "ampersand"
version = "0.0.0"
edition = "2024"

[dependencies]
dicom-core = "=0.10.1"
dicom-dictionary-std = { version = "=0.10.1", features = ["transfer-syntax"] }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use dicom_core::dictionary::{UidDictionary, UidDictionaryEntry};
use dicom_dictionary_std::StandardSopClassDictionary as Dictionary;

fn main() {
    let syntaxes = ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57"];
    let names = syntaxes.map(|uid| Dictionary.by_uid(uid).expect("a known transfer syntax").name());
    println!("{names:#?}");
    assert_eq!(names[1], "JPEG Extended (Process 2", "the crate has this name in another form now");
    for whole in [names[0], names[2]] {
        assert_eq!(whole.matches('(').count(), whole.matches(')').count(), "{whole}");
    }
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml"
