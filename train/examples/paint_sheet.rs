//! Draws what a package paints below the renders from whose texts it painted, to look at:
//! `cargo run --release -p unimed-train --example paint_sheet -- PACKAGE FILE SEED`.

use std::{env, error::Error, path::PathBuf};

use image::{RgbImage, imageops};
use unimed_phantom::{SIDE, Split, case};
use unimed_train::{data::rgb, evaluate::open};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COLUMNS: u32 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let package = PathBuf::from(next("public/model"));
    let file = PathBuf::from(next("docs/log/training/painted.jpg"));
    let seed = next("281128").parse()?;
    let loaded = open(&package)?;
    let side = SIDE as u32;
    let rows = 2 * loaded.modalities.len() as u32;
    let mut sheet = RgbImage::new(COLUMNS * side, rows * side);
    for (row, &modality) in (0..).step_by(2).zip(&loaded.modalities) {
        for index in 0..COLUMNS {
            let case = case(modality, Split::Test, seed, index.into());
            println!("{} {index}: {}", modality.key(), case.prompt);
            let painted = loaded.paint(&[], &case.prompt, index.into())?;
            for (row, picture) in (row..).zip([rgb(case.image), painted]) {
                let picture = RgbImage::from_raw(side, side, picture.pixels)
                    .ok_or("a painting is not as large as a render")?;
                let (left, top) = (index * side, row * side);
                imageops::replace(&mut sheet, &picture, left.into(), top.into());
            }
        }
    }
    Ok(sheet.save(file)?)
}
