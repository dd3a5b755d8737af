//! Marks that devices burnt into pictures, as somebody saw them, and the pictures without them: what an answer owes to a caliper can
//! only be told from the same picture that has none.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use unimed_imaging::RgbImage;

use crate::{TrainError, error::at};

/// Half the width of a line that is hidden, in pixels.
const HALF_WIDTH: f32 = 1.6;
/// Passes over what is hidden; each carries the surroundings a pixel further.
const PASSES: usize = 60;

/// A line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    /// x, y of one end and of the other.
    lines: Vec<[f32; 4]>,
    /// x0, y0, x1, y1; the last column and row are outside.
    boxes: Vec<[usize; 4]>,
}

/// Where the marks of pictures are, in pixels, by the pictures' ids.
#[derive(Debug)]
pub(crate) struct HiddenMarks(BTreeMap<String, Line>);

impl HiddenMarks {
    /// Reads the file: one object a line with `id`, `lines` and `boxes`.
    ///
    /// # Errors
    ///
    /// [`TrainError::Index`] names the line.
    pub(crate) fn read(path: &Path) -> Result<Self, TrainError> {
        let text = fs::read_to_string(path).map_err(at(path))?;
        let mut marks = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let wrong = |field: &str, found: String, expected: &str| TrainError::Index {
                path: path.to_owned(),
                line: number + 1,
                field: field.into(),
                found,
                expected: expected.into(),
            };
            let line: Line = serde_json::from_str(line).map_err(|error| {
                let expected = "an object with id, lines and boxes";
                wrong("the line", error.to_string(), expected)
            })?;
            let id = line.id.clone();
            if marks.insert(id.clone(), line).is_some() {
                return Err(wrong("id", id, "one that no line before has"));
            }
        }
        Ok(Self(marks))
    }

    /// Whether a picture's marks are told.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// The ids.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The picture without its marks; as it is where none are told.
    pub(crate) fn hide(&self, id: &str, image: &RgbImage) -> RgbImage {
        match self.0.get(id) {
            Some(line) => filled(image, &line.hidden(image.width, image.height)),
            None => image.clone(),
        }
    }
}

impl Line {
    /// Which pixels are hidden.
    fn hidden(&self, width: usize, height: usize) -> Vec<bool> {
        let inside = |x: usize, y: usize| {
            let boxed = self
                .boxes
                .iter()
                .any(|&[x0, y0, x1, y1]| (x0..x1).contains(&x) && (y0..y1).contains(&y));
            let near = |line: &[f32; 4]| distance(line, x as f32, y as f32) <= HALF_WIDTH;
            boxed || self.lines.iter().any(near)
        };
        (0..width * height)
            .map(|at| inside(at % width, at / width))
            .collect()
    }
}

/// How far a point is from a line between two others.
fn distance(&[x0, y0, x1, y1]: &[f32; 4], x: f32, y: f32) -> f32 {
    let (dx, dy) = (x1 - x0, y1 - y0);
    let length = (dx * dx + dy * dy).max(1e-6);
    let along = (((x - x0) * dx + (y - y0) * dy) / length).clamp(0.0, 1.0);
    (x - x0 - along * dx).hypot(y - y0 - along * dy)
}

/// The picture with some pixels filled smoothly from around them: each becomes the mean of its neighbours that are known, again and
/// again.
fn filled(image: &RgbImage, hidden: &[bool]) -> RgbImage {
    let (width, height) = (image.width, image.height);
    let mut values: Vec<[f32; 3]> = image
        .pixels
        .chunks_exact(3)
        .map(|pixel| [0, 1, 2].map(|c| f32::from(pixel[c])))
        .collect();
    let mut known: Vec<bool> = hidden.iter().map(|hidden| !hidden).collect();
    let places: Vec<usize> = (0..values.len()).filter(|&at| hidden[at]).collect();
    for _ in 0..PASSES {
        let mut next = Vec::with_capacity(places.len());
        for &at in &places {
            let (x, y) = (at % width, at / width);
            let around = [
                (x > 0).then(|| at - 1),
                (x + 1 < width).then_some(at + 1),
                (y > 0).then(|| at - width),
                (y + 1 < height).then_some(at + width),
            ];
            let (mut sum, mut count) = ([0.0_f32; 3], 0.0_f32);
            for neighbour in around.into_iter().flatten().filter(|&at| known[at]) {
                for (total, value) in sum.iter_mut().zip(values[neighbour]) {
                    *total += value;
                }
                count += 1.0;
            }
            if count > 0.0 {
                next.push((at, sum.map(|total| total / count)));
            }
        }
        for (at, value) in next {
            values[at] = value;
            known[at] = true;
        }
    }
    let bytes = values
        .iter()
        .flatten()
        .map(|value| (value + 0.5).clamp(0.0, 255.0) as u8);
    RgbImage {
        width,
        height,
        pixels: bytes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<HiddenMarks, TrainError> {
        let path = std::env::temp_dir().join(format!("unimed-{name}-{}", std::process::id()));
        fs::write(&path, text).expect("written");
        let marks = HiddenMarks::read(&path);
        fs::remove_file(&path).expect("was there");
        marks
    }

    #[test]
    fn marks_go_and_the_rest_stays() {
        let marks = read(
            "marks",
            "{\"id\": \"a\", \"lines\": [[2, 20, 28, 20]], \"boxes\": [[4, 4, 9, 9]]}\n",
        )
        .expect("sound");
        // A slope with a white cross and a white line.
        let mut image = RgbImage::filled(32, 32, [0; 3]);
        let slope = |at: usize| (at % 32 * 3) as u8;
        for at in 0..32 * 32 {
            let (x, y) = (at % 32, at / 32);
            let cross = (4..9).contains(&x) && (4..9).contains(&y) && (x == 6 || y == 6);
            let line = y == 20 && (2..=28).contains(&x);
            let value = if cross || line { 255 } else { slope(at) };
            image.pixels[3 * at..3 * at + 3].fill(value);
        }
        let clean = marks.hide("a", &image);
        for at in 0..32 * 32 {
            let off = clean.pixels[3 * at].abs_diff(slope(at));
            assert!(off <= 6, "{at}: {off}");
            let (x, y) = (at % 32, at / 32);
            let near = (18..=22).contains(&y) || ((4..9).contains(&x) && (4..9).contains(&y));
            assert!(near || off == 0, "{at} was not hidden and is another");
        }
        assert!(marks.hide("b", &image) == image);
        assert!(marks.knows("a") && !marks.knows("b"));
    }

    #[test]
    fn a_file_that_is_not_one_is_refused_with_its_line() {
        let sound = "{\"id\": \"a\", \"lines\": [], \"boxes\": []}\n";
        let error = |text: String| read("wrong-marks", &text).expect_err("wrong").to_string();
        let twice = error(sound.repeat(2));
        assert!(twice.contains("line 2: id is a, expected"), "{twice}");
        let word = error(format!("{sound}{{\"id\": \"b\"}}\n"));
        assert!(word.contains("line 2") && word.contains("lines"), "{word}");
    }
}
