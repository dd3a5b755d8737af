#!/usr/bin/env bash
# The Rust crate tiff 0.11.3 passes over FillOrder (tag 266): where it is 2, every byte comes out with its bits reversed, without
# an error.
#
# Why it surprises: FillOrder is a baseline tag of TIFF 6.0 (section 8). Readers may refuse the value 2, and libtiff turns the
# bits around. The crate refuses many rarer forms by name, but gives other numbers here.
# Seen on 2026-11-29: stored 128 and 3, tiff gives 1 and 192; Pillow (libtiff) gives 128 and 3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pillow==12.0.0
"$folder/venv/bin/python" - "$folder/bits.tif" <<'PYTHON'
import struct
import sys

from PIL import Image

# Two grey pixels of 8 bits in one strip behind the directory: width, height, bits, compression, photometric interpretation,
# fill order, strip offset, samples, rows, strip length.
entries = [(256, 2), (257, 1), (258, 8), (259, 1), (262, 1), (266, 2), (273, 134), (277, 1), (278, 1), (279, 2)]
directory = struct.pack("<H", len(entries))
for tag, value in entries:
    directory += struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value)
image = struct.pack("<2sHI", b"II", 42, 8) + directory + struct.pack("<I", 0)
assert len(image) == 134
with open(sys.argv[1], "wb") as file:
    file.write(image + bytes([0b0000_0001, 0b1100_0000]))
pixels = list(Image.open(sys.argv[1]).tobytes())
print("Pillow:", pixels)
assert pixels == [128, 3]
PYTHON
mkdir -p "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "fill-order"
version = "0.0.0"
edition = "2024"

[dependencies]
tiff = { version = "=0.11.3", default-features = false }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use tiff::decoder::{Decoder, DecodingResult};

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let file = std::fs::File::open(path).expect("opens");
    let mut decoder = Decoder::new(std::io::BufReader::new(file)).expect("a TIFF file");
    let DecodingResult::U8(pixels) = decoder.read_image().expect("reads") else {
        panic!("not 8 bits");
    };
    println!("tiff 0.11.3: {pixels:?}");
    assert_eq!(pixels, [1, 192], "tiff reads this file in another way now");
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml" -- "$folder/bits.tif"
