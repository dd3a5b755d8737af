//! The layers of the page: plain types, state, actions, views.

use super::tree::Graph;

/// The crate that has them.
pub(super) const CRATE: &str = "app/page";

/// Folders below `src` from the lowest up; what lies in none of them is on top.
const LAYERS: [&str; 5] = ["language/", "model/", "state/", "actions/", "views/"];

/// Every arrow that points upwards: from a file to one of a layer above its own.
pub(super) fn upwards(graph: &Graph) -> Vec<(&str, &str)> {
    let arrows = graph.arrows.iter();
    arrows
        .flat_map(|(from, targets)| targets.iter().map(move |to| (from.as_str(), to.as_str())))
        .filter(|(from, to)| layer(from) < layer(to))
        .collect()
}

fn layer(file: &str) -> usize {
    let found = LAYERS.iter().position(|folder| file.starts_with(folder));
    found.unwrap_or(LAYERS.len())
}
