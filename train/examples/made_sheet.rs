//! Draws what a package makes of texts, in the size that it makes, a row for each modality, and prints what was asked for as the
//! rows of a Markdown table: `cargo run --release -p unimed-train --example made_sheet -- PACKAGE FILE SEED`.

use std::{env, error::Error, path::PathBuf};

use image::{RgbImage, imageops};
use unimed_phantom::{Split, case_without_image};
use unimed_train::evaluate::open;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COLUMNS: u32 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let package = PathBuf::from(next("public/model"));
    let file = PathBuf::from(next("docs/log/training/made-256.jpg"));
    let seed = next("30112808").parse()?;
    let loaded = open(&package)?;
    let paint = &loaded.engine.info().defaults.paint;
    let (width, height) = (u32::try_from(paint.width)?, u32::try_from(paint.height)?);
    let rows = u32::try_from(loaded.modalities.len())?;
    let mut sheet = RgbImage::new(COLUMNS * width, rows * height);
    for (row, &modality) in (0..).zip(&loaded.modalities) {
        let mut asked = Vec::new();
        for index in 0..COLUMNS {
            let prompt = case_without_image(modality, Split::Test, seed, index.into()).prompt;
            let made = loaded.paint_whole(&[], &prompt, index.into())?;
            let made = RgbImage::from_raw(width, height, made.pixels)
                .ok_or("an image is not of the default size")?;
            let (left, top) = (index * width, row * height);
            imageops::replace(&mut sheet, &made, left.into(), top.into());
            asked.push(prompt);
        }
        println!("| {} | {} |", modality.key(), asked.join(" | "));
    }
    Ok(sheet.save(file)?)
}
