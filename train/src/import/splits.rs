//! Which groups go to the board, where the source has no splits of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::pictures::hash;

/// The groups of the board: of every class a share of its groups, at least one of two. `pictures` are pairs of group and
/// class; a group of several classes counts with the one that it comes with first.
pub(super) fn board<'a>(
    pictures: impl Iterator<Item = (&'a str, &'a str)>,
    share: f64,
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut classes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (group, class) in pictures {
        if seen.insert(group) {
            classes.entry(class).or_default().push(group);
        }
    }
    let mut chosen = BTreeSet::new();
    for groups in classes.values_mut().filter(|_| share > 0.0) {
        groups.sort_by_key(|group| (hash(group), *group));
        let most = groups.len().saturating_sub(1);
        let count = (groups.len() as f64 * share).round() as usize;
        let own = groups.iter().take(count.max(1).min(most));
        chosen.extend(own.map(|&group| group.to_owned()));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_gives_its_share_of_groups_and_keeps_one() {
        let names: Vec<String> = (0..10).map(|n| format!("patient {n}")).collect();
        let many = names.iter().map(|name| (name.as_str(), "polyp"));
        let few = [("one", "normal"), ("one", "normal"), ("two", "normal")];
        let lonely = [("alone", "ulcer")];
        let all = || many.clone().chain(few).chain(lonely);
        let chosen = board(all(), 0.2);
        let of = |prefix: &str| chosen.iter().filter(|g| g.starts_with(prefix)).count();
        assert_eq!(
            (of("patient"), of("one") + of("two"), of("alone")),
            (2, 1, 0)
        );
        assert_eq!(board(all(), 0.2), chosen);
        assert!(board(all(), 0.0).is_empty());
    }
}
