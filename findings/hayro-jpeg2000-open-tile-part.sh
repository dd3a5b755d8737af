#!/usr/bin/env bash
# hayro-jpeg2000 0.5.0 refuses a valid JPEG 2000 code stream in strict mode when its last tile-part states no length.
#
# Why it surprises: a Psot of 0 says that the last tile-part reaches to the end of the code stream (ITU-T T.800, A.4.2), and
# files of medical archives are written so. The decoder takes the end marker for a part of the tile's data and then asks for that
# marker. Without strict mode the same stream decodes, but so do streams whose end is missing.
# Seen on 2026-11-29: with a length both modes give the encoder's pixels; with 0, strict says "invalid marker".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install imagecodecs==2026.3.6 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import imagecodecs
import numpy

pixels = numpy.arange(64, dtype=numpy.uint8).reshape(8, 8) * 3
stream = bytearray(imagecodecs.jpeg2k_encode(pixels, codecformat="J2K", reversible=True, level=0))
start = stream.index(b"\xff\x90\x00\x0a")
assert stream[-2:] == b"\xff\xd9"
assert int.from_bytes(stream[start + 6 : start + 10], "big") == len(stream) - 2 - start
open(f"{sys.argv[1]}/stated.j2k", "wb").write(stream)
stream[start + 6 : start + 10] = bytes(4)
open(f"{sys.argv[1]}/open.j2k", "wb").write(stream)
assert (imagecodecs.jpeg2k_decode(bytes(stream)) == pixels).all(), "OpenJPEG reads it"
PYTHON
mkdir -p "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "open-tile-part"
version = "0.0.0"
edition = "2024"

[dependencies]
hayro-jpeg2000 = { version = "=0.5.0", default-features = false, features = ["std"] }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

fn decoded(file: &str, strict: bool) -> Result<bool, String> {
    let stream = std::fs::read(file).expect("reads");
    let settings = DecodeSettings {
        strict,
        ..DecodeSettings::default()
    };
    let image = Image::new(&stream, &settings).map_err(|error| error.to_string())?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|error| error.to_string())?;
    let samples = decoded.components()[0].samples();
    Ok((0..64).all(|i| samples[i].round() as usize == 3 * i))
}

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    for name in ["stated", "open"] {
        for strict in [false, true] {
            let found = decoded(&format!("{folder}/{name}.j2k"), strict);
            println!("{name}, strict {strict}: {found:?}");
            match (name, strict) {
                ("open", true) => assert!(found.is_err(), "hayro-jpeg2000 reads this stream now"),
                _ => assert_eq!(found, Ok(true)),
            }
        }
    }
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml" -- "$folder"
