#!/usr/bin/env bash
# The crate half 2.7.1 does not round a double to the nearest half-precision number: a value just above the middle of two is rounded down.
#
# Why it surprises: the documentation of from_f64 promises the nearest representable value, and IEEE 754 (4.3.1) calls for one rounding
# of the exact value. The crate drops the low 32 bits of the double first, so that the value looks like a tie, and ties go to the even
# number. f16::from_f64 goes through f32 on x86 with F16C, so there two more ways exist to round, and a constant may differ from the
# same number at run time. NumPy rounds its float64 to float16 right.
# Seen on 2026-11-29: 1 + 2^-8 + 2^-40 as bf16 gives 1 (1.0078125 is nearer); 1 + 2^-11 + 2^-40 as f16 gives 1 (NumPy: 1.0009765625).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import numpy

found = float(numpy.float16(1 + 2**-11 + 2**-40))
print("NumPy", numpy.__version__, found)
assert found == 1 + 2**-10
PYTHON
mkdir -p "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "ties"
version = "0.0.0"
edition = "2024"

[dependencies]
half = "=2.7.1"

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use half::{bf16, f16};

/// Which of two candidates is nearer, in exact steps of doubles.
fn nearer(value: f64, below: f64, above: f64) -> f64 {
    if value - below < above - value { below } else { above }
}

fn main() {
    let value = 1.0 + 2f64.powi(-8) + 2f64.powi(-40);
    let (found, constant) = (bf16::from_f64(value).to_f64(), bf16::from_f64_const(value).to_f64());
    let right = nearer(value, 1.0, 1.0 + 2f64.powi(-7));
    println!("half 2.7.1, bf16 of {value:?}: {found}, const {constant}, nearest {right}");
    assert_eq!(right, 1.0078125);
    assert_eq!((found, constant), (1.0, 1.0), "half rounds to bf16 in another way now");

    let value = 1.0 + 2f64.powi(-11) + 2f64.powi(-40);
    // from_f64 depends on the processor, from_f64_const does not.
    let (found, constant) = (f16::from_f64(value).to_f64(), f16::from_f64_const(value).to_f64());
    let right = nearer(value, 1.0, 1.0 + 2f64.powi(-10));
    println!("half 2.7.1, f16 of {value:?}: {found}, const {constant}, nearest {right}");
    assert_eq!(right, 1.0009765625);
    assert_eq!(constant, 1.0, "half rounds to f16 in another way now");
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml"
