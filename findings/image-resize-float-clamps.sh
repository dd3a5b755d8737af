#!/usr/bin/env bash
# The crate image 0.25.10 clamps pixels of 32-bit floats to 0 to 1 when it resizes them, unless the size stays the same.
#
# Why it surprises: ImageBuffer<Luma<f32>, _> holds any numbers (Hounsfield units, counts, millimetres), and most of the crate leaves
# them so: thumbnail makes the same picture smaller, rotate180 turns it, and resize to the size that it has returns the numbers as
# they are. Any other size gives zeros and ones, even with the nearest neighbour, which computes nothing. An i16 picture keeps its values.
# Seen on 2026-11-29: -1000, -500, 40, 1000 becomes [0, 1] with Nearest and Triangle, and [-749.5, 520.5] as a thumbnail.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "clamps"
version = "0.0.0"
edition = "2024"

[dependencies]
image = { version = "=0.25.10", default-features = false }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use image::imageops::{FilterType, resize, thumbnail};
use image::{ImageBuffer, Luma};

fn main() {
    let values = vec![-1000.0, -500.0, 40.0, 1000.0];
    let floats = ImageBuffer::<Luma<f32>, _>::from_vec(4, 1, values.clone()).expect("four pixels");
    let whole = ImageBuffer::<Luma<i16>, _>::from_vec(4, 1, vec![-1000, -500, 40, 1000]).expect("four pixels");
    let small = thumbnail(&floats, 2, 1).into_raw();
    println!("image 0.25.10, {values:?}: thumbnail {small:?}");
    assert_eq!(small, [-749.5, 520.5]);
    for filter in [FilterType::Nearest, FilterType::Triangle] {
        let same = resize(&floats, 4, 1, filter).into_raw();
        let half = resize(&floats, 2, 1, filter).into_raw();
        let half_whole = resize(&whole, 2, 1, filter).into_raw();
        println!("{filter:?}: same size {same:?}, half {half:?}, half of i16 {half_whole:?}");
        assert_eq!(same, values);
        assert!(half_whole[0] < 0 && half_whole[1] > 40);
        assert_eq!(half, [0.0, 1.0], "image resizes floats in another way now");
    }
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml"
