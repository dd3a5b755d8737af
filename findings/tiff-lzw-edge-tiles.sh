#!/usr/bin/env bash
# The crate tiff 0.11.3 refuses valid LZW tiles that reach beyond the right edge of the picture.
#
# Why it surprises: tiles are always whole (TIFF 6.0, section 15), so a picture of 20 columns in tiles of 16 has tiles of which only
# four columns are shown; every writer makes such files. Where a tile is cut off the decoder passes over the columns that are not
# shown, and ends with "no lzw end code found" for LZW. The same picture in Deflate, or with 32 columns in LZW, is read.
# Seen on 2026-11-29: that error for 20 columns in LZW, the encoder's pixels for the three others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy
import tifffile

for columns in (20, 32):
    pixels = (numpy.arange(16 * columns).reshape(16, columns) * 7 % 251).astype(numpy.uint8)
    pixels.tofile(f"{sys.argv[1]}/{columns}.raw")
    for compression in ("lzw", "zlib"):
        name = f"{sys.argv[1]}/{columns}-{compression}.tif"
        tifffile.imwrite(name, pixels, tile=(16, 16), compression=compression, metadata=None)
        assert (tifffile.imread(name) == pixels).all()
PYTHON
mkdir -p "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "edge"
version = "0.0.0"
edition = "2024"

[dependencies]
tiff = "=0.11.3"

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use tiff::decoder::{Decoder, DecodingResult};

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    for (columns, compression) in [(20, "zlib"), (32, "lzw"), (32, "zlib"), (20, "lzw")] {
        let want = std::fs::read(format!("{folder}/{columns}.raw")).expect("reads");
        let file = std::fs::File::open(format!("{folder}/{columns}-{compression}.tif")).expect("opens");
        let found = Decoder::new(file).and_then(|mut decoder| decoder.read_image());
        let right = match &found {
            Ok(DecodingResult::U8(pixels)) => Ok(*pixels == want),
            Ok(_) => Ok(false),
            Err(error) => Err(error.to_string()),
        };
        println!("{columns} columns, {compression}: {right:?}");
        match (columns, compression) {
            (20, "lzw") => assert!(right.is_err(), "tiff reads these tiles now"),
            _ => assert_eq!(right, Ok(true)),
        }
    }
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml" -- "$folder"
