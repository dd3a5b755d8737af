//! Which file of a crate imports from which: the graph, its circles, and arrows that point upwards.
//!
//! A circle of files cannot be read from one end. What is allowed is a module with its own children: a `mod.rs` calls
//! what lies below it, and its children use what it defines for them. In the page the files also lie in layers, and a file
//! imports only from its own layer and those below.
//!
//! What this does not see: methods that are called on a value, and names behind glob imports.

mod circles;
mod known;
mod layers;
mod scan;
mod tokens;
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::place::Place;
use circles::Circle;
use known::Known;
use tree::{Graph, Sources};

/// What is wrong in a crate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Sentences that make the check fail.
    pub(crate) wrong: Vec<String>,
    /// Sentences about what is known.
    pub(crate) known: Vec<String>,
}

/// Prints the graph of every crate and what is wrong with it; whether nothing is.
pub(crate) fn run(place: &Place) -> Result<bool, Error> {
    let mut found = Findings::default();
    for (name, graphs) in graphs(&place.root)? {
        for graph in &graphs {
            println!("{name}");
            for (file, targets) in &graph.arrows {
                let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
                println!("  {file} -> {}", targets.join(", "));
            }
            judge(&name, graph, &known::all(), &mut found);
        }
    }
    for line in &found.known {
        println!("known: {line}");
    }
    for line in &found.wrong {
        println!("WRONG: {line}");
    }
    Ok(found.wrong.is_empty())
}

/// The graphs of every crate by the crate's folder; a crate with a library and a program has two.
fn graphs(root: &Path) -> Result<Vec<(String, Vec<Graph>)>, Error> {
    let mut crates = Vec::new();
    for folder in ["", "app"] {
        let parent = root.join(folder);
        let entries = fs::read_dir(&parent).map_err(Error::file(&parent))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            if path.join("Cargo.toml").is_file() && path.join("src").is_dir() {
                let name = Path::new(folder).join(name);
                let sources = read(&path.join("src"))?;
                crates.push((name.to_string_lossy().into_owned(), tree::graphs(&sources)));
            }
        }
    }
    crates.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(crates)
}

/// Every source of a crate by its path below `src`, with forward slashes.
fn read(src: &Path) -> Result<Sources, Error> {
    fn collect(folder: &Path, prefix: &str, sources: &mut Sources) -> Result<(), Error> {
        for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
            let path = entry.map_err(Error::file(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let name = format!("{prefix}{name}");
            if path.is_dir() {
                collect(&path, &format!("{name}/"), sources)?;
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
                sources.insert(name, text);
            }
        }
        Ok(())
    }
    let mut sources = BTreeMap::new();
    collect(src, "", &mut sources)?;
    Ok(sources)
}

/// Adds what is wrong with a crate's graph.
fn judge(name: &str, graph: &Graph, known: &[Known<'_>], found: &mut Findings) {
    for circle in circles::circles(graph) {
        if circle.is_family(graph) {
            continue;
        }
        let line = format!("{name}: a circle of files: {}", describe(&circle, graph));
        let is_known = known.iter().any(|known| known.holds(name, &circle));
        if is_known {
            found.known.push(line);
        } else {
            found.wrong.push(line);
        }
    }
    if name == layers::CRATE {
        for (from, to) in layers::upwards(graph) {
            found
                .wrong
                .push(format!("{name}: {from} imports upwards, from {to}"));
        }
    }
}

/// The files of a circle, each with those of the circle that it imports from.
fn describe(circle: &Circle, graph: &Graph) -> String {
    let lines = circle.files.iter().map(|file| {
        let targets = graph.arrows.get(file).into_iter().flatten();
        let inside: Vec<&str> = targets
            .filter(|target| circle.files.contains(*target))
            .map(String::as_str)
            .collect();
        format!("\n    {file} -> {}", inside.join(", "))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, files: &[(&str, &str)], list: &str) -> Findings {
        let sources = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        let mut found = Findings::default();
        for graph in tree::graphs(&sources) {
            judge(name, &graph, &known::read(list), &mut found);
        }
        found
    }

    const CIRCLE: [(&str, &str); 3] = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        (
            "b.rs",
            "pub struct B; fn f() -> super::a::A { super::a::A }",
        ),
    ];

    #[test]
    fn a_circle_is_wrong_unless_it_is_known() {
        let found = findings("x", &CIRCLE, "");
        assert_eq!(found.wrong.len(), 1);
        assert!(found.wrong[0].contains("a.rs -> b.rs"), "{found:?}");
        let found = findings("x", &CIRCLE, "# a note\nx:\n  a.rs\n  b.rs gone.rs\n");
        assert_eq!((found.wrong.len(), found.known.len()), (0, 1));
        // A file that joined.
        assert_eq!(findings("x", &CIRCLE, "x:\n  a.rs\n").wrong.len(), 1);
    }

    #[test]
    fn a_parent_with_its_children_is_no_circle() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod b; mod c; pub struct A; use b::B;"),
            ("a/b.rs", "use super::{A, c::C}; pub struct B;"),
            ("a/c.rs", "use super::A; pub struct C;"),
        ];
        assert_eq!(findings("x", &files, ""), Findings::default());
        // Two children that need each other are one.
        let files = [
            files[0],
            files[1],
            files[2],
            ("a/c.rs", "use super::{A, b::B}; pub struct C;"),
        ];
        assert_eq!(findings("x", &files, "").wrong.len(), 1);
    }

    #[test]
    fn arrows_of_the_page_point_down() {
        let files = [
            ("main.rs", "mod model; mod views; use views::V;"),
            ("model/mod.rs", "pub mod m;"),
            ("model/m.rs", "pub struct M(crate::views::V);"),
            ("views/mod.rs", "pub struct V; use crate::model::m::M;"),
        ];
        let found = findings(layers::CRATE, &files, "");
        let upwards = "app/page: model/m.rs imports upwards, from views/mod.rs";
        assert!(found.wrong.iter().any(|line| line == upwards), "{found:?}");
        assert_eq!(findings("other", &files[..2], ""), Findings::default());
    }

    #[test]
    fn this_workspace_has_no_circle_that_is_not_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = Findings::default();
        let all = graphs(&root).expect("sources");
        assert!(all.len() > 10, "{}", all.len());
        for (name, graphs) in &all {
            for graph in graphs {
                judge(name, graph, &known::all(), &mut found);
            }
        }
        assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    }
}
