//! Holds docs/reference/unsafe.md to the sources: every place that the compiler does not check stands there, and no other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::place::Place;

/// Folders without sources of this repository, or with sources that are not of its workspace.
const PASSED_OVER: [&str; 5] = ["target", "dist", "node_modules", "findings", "fuzz"];

/// How a place begins that the compiler does not check.
const BEGINNINGS: [&str; 4] = ["unsafe {", "unsafe impl", "unsafe extern", "unsafe fn"];

/// How many such places every file has, by its path from the root.
fn places(folder: &Path, root: &Path, found: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !PASSED_OVER.contains(&name.as_ref()) {
                places(&path, root, found);
            }
        } else if name.ends_with(".rs") {
            let count = count(&fs::read_to_string(&path).expect("a source"));
            if count > 0 {
                let path = path.strip_prefix(root).expect("inside").to_string_lossy();
                found.insert(path.into_owned(), count);
            }
        }
    }
}

fn count(program: &str) -> usize {
    let lines = program.lines();
    let code = lines.map(|line| line.split("//").next().unwrap_or_default());
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '"');
    code.map(|line| {
        let starts = BEGINNINGS
            .iter()
            .flat_map(|beginning| line.match_indices(beginning));
        starts
            .filter(|(at, _)| !line[..*at].ends_with(is_word))
            .count()
    })
    .sum()
}

/// What a table of the form `file`, places, reason says.
fn table(text: &str) -> BTreeMap<String, (usize, String)> {
    text.lines()
        .filter_map(|line| {
            let mut cells = line.trim_matches(['|', ' ']).split(" | ");
            let file = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            let (places, why) = (cells.next()?.parse().ok()?, cells.next()?);
            Some((file.to_owned(), (places, why.to_owned())))
        })
        .collect()
}

#[test]
fn every_unsafe_place_is_listed_with_a_reason() {
    let root = Place::find().root;
    let mut found = BTreeMap::new();
    places(&root, &root, &mut found);
    let text = fs::read_to_string(root.join("docs/reference/unsafe.md")).expect("the list");
    let listed = table(&text);
    assert!(listed.values().all(|(_, why)| why.len() > 7));
    let listed: BTreeMap<_, _> = listed
        .into_iter()
        .map(|(file, (places, _))| (file, places))
        .collect();
    assert_eq!(
        found, listed,
        "left: the sources, right: docs/reference/unsafe.md"
    );
    assert!(found.len() > 10);
}

#[test]
fn places_are_counted_in_code_only() {
    let word = "unsafe";
    let program = format!("let a = {word} {{ b() }};\n// {word} {{ c() }}\n{word} fn d() {{}}");
    assert_eq!(count(&program), 2);
    let program = format!("\"'wasm-{word}-eval'\" not_{word} {{ }}\n{word} impl A for B {{}}");
    assert_eq!(count(&program), 1);
}
