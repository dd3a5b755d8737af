//! Circles that are known and wait to be taken apart.

use super::circles::Circle;

/// The list of them, with its rules.
const LIST: &str = include_str!("../../known-circles.txt");

/// A circle that is known: its crate and its files.
#[derive(Debug)]
pub(super) struct Known<'a> {
    name: &'a str,
    files: Vec<&'a str>,
}

impl Known<'_> {
    /// Whether a circle of a crate is this one, or what is left of it.
    pub(super) fn holds(&self, name: &str, circle: &Circle) -> bool {
        let mut files = circle.files.iter();
        self.name == name && files.all(|file| self.files.contains(&file.as_str()))
    }
}

/// All known circles of this workspace.
pub(super) fn all() -> Vec<Known<'static>> {
    read(LIST)
}

/// Reads a list.
pub(super) fn read(list: &str) -> Vec<Known<'_>> {
    let mut all: Vec<Known<'_>> = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, "")) = line.split_once(':') {
            let files = Vec::new();
            all.push(Known { name, files });
        } else if let Some(circle) = all.last_mut() {
            circle.files.extend(line.split_whitespace());
        }
    }
    all
}
