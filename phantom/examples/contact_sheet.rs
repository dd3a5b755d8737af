//! Draws sheets of samples, to look at: `cargo run --release --example contact_sheet -- FOLDER`.

use std::path::Path;

use image::{Rgb, RgbImage};
use unimed_phantom::{Image, Modality, PairTask, SIDE, Split, case, pair};

const COLUMNS: usize = 8;

fn sheet(path: &Path, images: &[Image]) -> image::ImageResult<()> {
    let rows = images.len().div_ceil(COLUMNS);
    let mut out = RgbImage::new((COLUMNS * SIDE) as u32, (rows * SIDE) as u32);
    for (k, image) in images.iter().enumerate() {
        let (left, top) = (k % COLUMNS * SIDE, k / COLUMNS * SIDE);
        for (i, p) in image.pixels.chunks_exact(3).enumerate() {
            let (x, y) = (left + i % SIDE, top + i / SIDE);
            out.put_pixel(x as u32, y as u32, Rgb([p[0], p[1], p[2]]));
        }
    }
    out.save(path)
}

fn main() -> image::ImageResult<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "docs/reference/phantoms".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for modality in Modality::ALL {
        let cases: Vec<_> = (0..32)
            .map(|i| case(modality, Split::Train, 1, i))
            .collect();
        for (i, case) in cases.iter().enumerate() {
            println!("{} {i}: {}", modality.key(), case.caption);
        }
        let images: Vec<Image> = cases.into_iter().map(|c| c.image).collect();
        sheet(&folder.join(format!("{}.jpg", modality.key())), &images)?;
    }
    let mut images = Vec::new();
    for task in PairTask::ALL {
        for i in 0..4 {
            let pair = pair(task, Split::Train, 1, i);
            println!(
                "{} {i}: {} -> {}",
                task.key(),
                pair.instruction,
                pair.response
            );
            images.extend([pair.source, pair.target]);
        }
    }
    sheet(&folder.join("pairs.jpg"), &images)
}
