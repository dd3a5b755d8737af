#!/usr/bin/env bash
# The crate nifti 0.18.0 gives other numbers when 32-bit whole voxels are read as 32-bit whole numbers: they pass through f32.
#
# Why it surprises: type in and type out are the same and the header states no scaling (scl_slope 1, scl_inter 0), so there is nothing to
# compute. into_ndarray::<i32>() applies the slope in f32 all the same, which holds whole numbers to 2^24 only, while into_ndarray::<f64>()
# of the same volume is exact. Region numbers of brain atlases are that large: the Allen mouse atlas has 312782546 and neighbours,
# and a label that is off by a few is another region or none. No error.
# Seen on 2026-11-29: 16777217, 312782546, 2147483583 read as i32 give 16777216, 312782560, 2147483520; as f64 they are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install nibabel==5.4.2 numpy==2.3.5
"$folder/venv/bin/python" - "$folder/labels.nii" <<'PYTHON'
import struct
import sys

import nibabel
import numpy

labels = numpy.array([3, 16777217, 312782546, 2147483583], numpy.int32).reshape(4, 1, 1)
nibabel.Nifti1Image(labels, numpy.eye(4)).to_filename(sys.argv[1])
with open(sys.argv[1], "rb") as file:
    header = file.read(352)
print("datatype, scl_slope, scl_inter:", *struct.unpack_from("<h", header, 70), *struct.unpack_from("<ff", header, 112))
assert (numpy.asanyarray(nibabel.load(sys.argv[1]).dataobj) == labels).all()
PYTHON
mkdir -p "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "labels"
version = "0.0.0"
edition = "2024"

[dependencies]
nifti = { version = "=0.18.0", default-features = false, features = ["ndarray_volumes"] }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use nifti::{IntoNdArray, NiftiObject, ReaderOptions};

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let volume = || ReaderOptions::new().read_file(&path).expect("reads").into_volume();
    let doubles: Vec<f64> = volume().into_ndarray().expect("f64").into_iter().collect();
    let whole: Vec<i32> = volume().into_ndarray().expect("i32").into_iter().collect();
    println!("nifti 0.18.0: as f64 {doubles:?}, as i32 {whole:?}");
    assert_eq!(doubles, [3.0, 16777217.0, 312782546.0, 2147483583.0]);
    let through: Vec<i32> = doubles.iter().map(|label| *label as f32 as i32).collect();
    assert_eq!(whole, through, "nifti reads these labels in another way now");
    assert_ne!(whole[2], 312782546);
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml" -- "$folder/labels.nii"
