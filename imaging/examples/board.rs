//! Writes every picture of the board (tests/images/board.json) as PNG into a folder, to look at.
//!
//! `cargo run --release -p unimed-imaging --example board -- target/board`

#[path = "../tests/support/board.rs"]
mod board;
#[path = "../tests/support/mod.rs"]
mod support;

use std::error::Error;
use std::path::PathBuf;

use unimed_imaging::{encode_png, resize};

/// The longer side of what is written, at most.
const SIDE: usize = 384;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("name the folder that the pictures shall be written to")?;
    std::fs::create_dir_all(&folder)?;
    for entry in board::list(&board::board(), "pictures") {
        let id = board::text(entry, "id");
        let image = board::picture(entry).map_err(|error| format!("{id}: {error}"))?;
        let long = image.width.max(image.height).max(SIDE);
        let fit = |side: usize| (side * SIDE / long).max(1);
        let small = resize(&image, fit(image.width), fit(image.height))?;
        let path = folder.join(format!("{id}.png"));
        std::fs::write(&path, encode_png(&small, &[])?)?;
    }
    Ok(())
}
