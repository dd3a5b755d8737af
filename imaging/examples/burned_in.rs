//! Prints for each picture, whose paths are read from the input line by line, rectangles around the words that are burned into it:
//! the path, a tab, and left, top, width and height of each, with semicolons between. docs/log/burned-in/measure.py runs it.

use std::error::Error;
use std::io::{BufRead, stdin};

use unimed_imaging::{burned_in_words, decode};

fn main() -> Result<(), Box<dyn Error>> {
    for path in stdin().lock().lines() {
        let path = path?;
        let decoded = decode(&std::fs::read(&path)?).map_err(|error| format!("{path}: {error}"))?;
        let words: Vec<String> = burned_in_words(&decoded.image)
            .iter()
            .map(|one| format!("{} {} {} {}", one.left, one.top, one.width, one.height))
            .collect();
        println!("{path}\t{}", words.join(";"));
    }
    Ok(())
}
