//! A tiny folder of pictures that tests make themselves.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use unimed_imaging::{RgbImage, encode_png};

/// A folder that goes away with its owner.
pub(crate) struct Made(pub(crate) PathBuf);

impl Made {
    /// An empty folder of this name.
    pub(crate) fn new(name: &str) -> Self {
        let root =
            std::env::temp_dir().join(format!("unimed-pictures-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("a folder for the test");
        Self(root)
    }

    /// Writes a picture of one colour with a white rectangle.
    pub(crate) fn picture(
        &self,
        file: &str,
        size: (usize, usize),
        colour: [u8; 3],
        white: [usize; 4],
    ) {
        let mut image = RgbImage::filled(size.0, size.1, colour);
        for y in white[1]..white[3] {
            for x in white[0]..white[2] {
                let at = 3 * (y * size.0 + x);
                image.pixels[at..at + 3].fill(255);
            }
        }
        fs::write(
            self.0.join(file),
            encode_png(&image, &[]).expect("a picture"),
        )
        .expect("written");
    }

    /// Writes the index.
    pub(crate) fn index(&self, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.0.join("index.jsonl"), text).expect("written");
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A line with what every line needs; `more` adds fields or replaces them, and null takes one away.
pub(crate) fn line(file: &str, more: Value) -> Value {
    let mut line = json!({
        "file": file, "source": "made", "group": file, "split": "board", "modality": "endoscopy",
        "width": 32, "height": 32,
    });
    let fields = line.as_object_mut().expect("an object");
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    line
}
