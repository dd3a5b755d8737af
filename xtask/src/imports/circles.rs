//! Files that lead to one another.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Graph;

/// Files each of which leads to every other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// At least two.
    pub(super) files: BTreeSet<String>,
}

impl Circle {
    /// Whether it is a parent with its own children, and goes through the parent only.
    pub(super) fn is_family(&self, graph: &Graph) -> bool {
        let is_parent = |parent: &&String| {
            let mut others = self.files.iter().filter(|file| file != parent);
            others.all(|file| graph.parents.get(file) == Some(*parent))
        };
        let Some(parent) = self.files.iter().find(is_parent) else {
            return false;
        };
        let mut children = self.files.clone();
        children.remove(parent);
        circles_among(&children, graph).is_empty()
    }
}

/// All circles of a graph, in the order of their first files.
pub(super) fn circles(graph: &Graph) -> Vec<Circle> {
    circles_among(&graph.arrows.keys().cloned().collect(), graph)
}

fn circles_among(files: &BTreeSet<String>, graph: &Graph) -> Vec<Circle> {
    // A crate has a few hundred files at most, so what each leads to may be gone through anew.
    let reach: BTreeMap<&String, BTreeSet<&String>> = files
        .iter()
        .map(|file| (file, reached(file, files, graph)))
        .collect();
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    for file in files {
        let circle: BTreeSet<String> = reach[file]
            .iter()
            .filter(|other| reach[*other].contains(file))
            .map(|other| (*other).clone())
            .collect();
        if circle.len() > 1 && taken.insert(circle.clone()) {
            found.push(Circle { files: circle });
        }
    }
    found
}

/// The files that a file leads to, over any number of others.
fn reached<'a>(from: &str, files: &'a BTreeSet<String>, graph: &'a Graph) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(file) = waiting.pop() {
        for target in graph.arrows.get(file).into_iter().flatten() {
            if files.contains(target) && reached.insert(target) {
                waiting.push(target.as_str());
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(arrows: &[(&str, &[&str])], parents: &[(&str, &str)]) -> Graph {
        Graph {
            arrows: arrows
                .iter()
                .map(|(from, to)| {
                    let to = to.iter().map(|to| (*to).to_owned()).collect();
                    ((*from).to_owned(), to)
                })
                .collect(),
            parents: parents
                .iter()
                .map(|(child, parent)| ((*child).to_owned(), (*parent).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn circles_are_found_whole_and_apart() {
        let graph = graph(
            &[
                ("a", &["b"]),
                ("b", &["c"]),
                ("c", &["a", "d"]),
                ("d", &["e"]),
                ("e", &["d"]),
                ("f", &["a", "e"]),
            ],
            &[],
        );
        let files: Vec<Vec<String>> = circles(&graph)
            .into_iter()
            .map(|circle| circle.files.into_iter().collect())
            .collect();
        assert_eq!(files, [vec!["a", "b", "c"], vec!["d", "e"]]);
    }

    #[test]
    fn a_family_goes_through_its_parent() {
        let arrows: &[(&str, &[&str])] = &[("p", &["a"]), ("a", &["b"]), ("b", &["p"])];
        let family = graph(arrows, &[("a", "p"), ("b", "p")]);
        assert!(circles(&family)[0].is_family(&family));
        let strangers = graph(arrows, &[("a", "p"), ("b", "a")]);
        assert!(!circles(&strangers)[0].is_family(&strangers));
    }
}
