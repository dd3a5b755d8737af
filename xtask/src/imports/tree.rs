//! A crate's modules, and which file each path leads to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::scan::{self, Module};

/// Sources by their path below `src`.
pub(super) type Sources = BTreeMap<String, String>;

/// Which file imports from which.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    /// From each file to those that it imports from.
    pub(super) arrows: BTreeMap<String, BTreeSet<String>>,
    /// The file that declares each file's module.
    pub(super) parents: BTreeMap<String, String>,
}

/// Files that a crate begins with.
const ROOTS: [&str; 2] = ["lib.rs", "main.rs"];

/// How many names a name may stand for, one after the other.
const MOST_STEPS: usize = 16;

/// The graph of each program or library in a crate's sources.
pub(super) fn graphs(sources: &Sources) -> Vec<Graph> {
    let roots = ROOTS.iter().filter(|root| sources.contains_key(**root));
    roots.map(|root| graph(root, sources)).collect()
}

/// A module with the file that it is in.
struct Node {
    file: String,
    parent: Option<usize>,
    children: HashMap<String, usize>,
    module: Module,
}

/// What a name leads to.
#[derive(Clone, Copy)]
enum Found {
    Module(usize),
    /// Something that is defined in a module.
    Item(usize),
}

fn graph(root: &str, sources: &Sources) -> Graph {
    let mut nodes = Vec::new();
    if let Some(text) = sources.get(root) {
        add(scan::read(text), (root, ""), None, sources, &mut nodes);
    }
    let mut graph = Graph::default();
    for (number, node) in nodes.iter().enumerate() {
        let arrows = graph.arrows.entry(node.file.clone()).or_default();
        let imports = node.module.imports.iter().map(|(path, _)| path);
        for path in imports.chain(&node.module.paths) {
            if let Some(target) = resolve(&nodes, number, path, MOST_STEPS) {
                let (Found::Module(target) | Found::Item(target)) = target;
                let target = &nodes[target].file;
                if *target != node.file {
                    arrows.insert(target.clone());
                }
            }
        }
        if let Some(parent) = node.parent.map(|parent| &nodes[parent].file)
            && *parent != node.file
        {
            graph.parents.insert(node.file.clone(), parent.clone());
        }
    }
    graph
}

/// Adds a module and all below it; `place` is its file and the folder of its children.
fn add(
    mut module: Module,
    (file, folder): (&str, &str),
    parent: Option<usize>,
    sources: &Sources,
    nodes: &mut Vec<Node>,
) -> usize {
    let number = nodes.len();
    let inline = std::mem::take(&mut module.inline);
    let files = module.files.clone();
    nodes.push(Node {
        file: file.to_owned(),
        parent,
        children: HashMap::new(),
        module,
    });
    for child in inline {
        let name = child.name.clone();
        let below = format!("{folder}{name}/");
        let child = add(child, (file, &below), Some(number), sources, nodes);
        nodes[number].children.insert(name, child);
    }
    for name in files {
        let below = format!("{folder}{name}/");
        let own = [format!("{folder}{name}.rs"), format!("{below}mod.rs")];
        // A module of another target has no file here.
        if let Some((file, text)) = own.iter().find_map(|file| Some((file, sources.get(file)?))) {
            let child = add(
                scan::read(text),
                (file, &below),
                Some(number),
                sources,
                nodes,
            );
            nodes[number].children.insert(name, child);
        }
    }
    number
}

/// Where a path leads from a module; `None` out of the crate.
fn resolve(nodes: &[Node], from: usize, path: &[String], steps: usize) -> Option<Found> {
    let steps = steps.checked_sub(1)?;
    let (first, rest) = path.split_first()?;
    let mut found = match first.as_str() {
        "crate" => Found::Module(0),
        "self" => Found::Module(from),
        "super" => Found::Module(nodes[from].parent?),
        name => look_up(nodes, from, name, steps)?,
    };
    for name in rest {
        let Found::Module(module) = found else { break };
        found = match name.as_str() {
            "super" => Found::Module(nodes[module].parent?),
            // What a macro defines is in the module all the same.
            name => look_up(nodes, module, name, steps).unwrap_or(Found::Item(module)),
        };
    }
    Some(found)
}

/// What a name in a module leads to: a child, something defined there, or something imported there.
fn look_up(nodes: &[Node], module: usize, name: &str, steps: usize) -> Option<Found> {
    let node = &nodes[module];
    if let Some(child) = node.children.get(name) {
        return Some(Found::Module(*child));
    }
    if node.module.items.iter().any(|item| item == name) {
        return Some(Found::Item(module));
    }
    let named = |import: &&(Vec<String>, Option<String>)| import.1.as_deref() == Some(name);
    if let Some((path, _)) = node.module.imports.iter().find(named) {
        // A crate's name imported under itself leads out, not around.
        return (path.len() > 1 || path[0] != name)
            .then(|| resolve(nodes, module, path, steps))
            .flatten();
    }
    let globs = node
        .module
        .imports
        .iter()
        .filter(|import| import.1.is_none());
    let steps = steps.checked_sub(1)?;
    globs
        .filter_map(|(path, _)| resolve(nodes, module, path, steps))
        .find_map(|found| match found {
            Found::Module(other) if other != module => look_up(nodes, other, name, steps),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(files: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let sources = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        let graph = graphs(&sources).remove(0);
        let list = |targets: BTreeSet<String>| targets.into_iter().collect();
        let all = graph.arrows.into_iter();
        all.map(|(file, targets)| (file, list(targets)))
            .filter(|(_, targets): &(_, Vec<_>)| !targets.is_empty())
            .collect()
    }

    fn arrow(from: &str, to: &[&str]) -> (String, Vec<String>) {
        (from.into(), to.iter().map(|to| (*to).into()).collect())
    }

    #[test]
    fn a_name_that_is_handed_on_leads_to_where_it_is_defined() {
        let files = [
            (
                "lib.rs",
                "mod a; mod b; mod c; pub use a::*; pub use b::deep::D as E;",
            ),
            ("a.rs", "pub struct A;"),
            ("b/mod.rs", "pub mod deep;"),
            ("b/deep.rs", "pub enum D { One }"),
            (
                "c.rs",
                "use crate::{A, E}; fn f() { E::One; std::mem::take(); crate::b::deep::x!(); }",
            ),
        ];
        assert_eq!(
            arrows(&files),
            [
                arrow("c.rs", &["a.rs", "b/deep.rs"]),
                arrow("lib.rs", &["a.rs", "b/deep.rs"]),
            ]
        );
    }

    #[test]
    fn a_module_that_is_imported_is_followed() {
        let files = [
            (
                "main.rs",
                "mod a; mod b { pub(super) use super::a::inner; }",
            ),
            (
                "a.rs",
                "pub mod inner; fn f() { inner::g(); super::b::inner::g(); }",
            ),
            ("a/inner.rs", "use super::super::a; pub fn g() {}"),
        ];
        assert_eq!(
            arrows(&files),
            [
                arrow("a.rs", &["a/inner.rs"]),
                arrow("a/inner.rs", &["a.rs"]),
                arrow("main.rs", &["a/inner.rs"]),
            ]
        );
    }

    #[test]
    fn names_that_lead_in_a_circle_lead_nowhere() {
        let files = [
            ("lib.rs", "mod a; pub use a::X;"),
            ("a.rs", "pub use crate::X;"),
        ];
        assert!(arrows(&files).len() <= 2);
        assert!(arrows(&[("lib.rs", "use serde; fn f() { serde::x(); }")]).is_empty());
    }
}
