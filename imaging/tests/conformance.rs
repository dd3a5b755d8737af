//! Every case of tests/conformance is opened as the page opens it, and compared with what its script put into it.

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/conformance/mod.rs"]
mod conformance;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The kinds that the set must hold.
const KINDS: [&str; 11] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "codec"];

#[test]
fn the_set_is_read_right() {
    let cases = conformance::cases();
    let mut by_kind: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut told = String::new();
    for case in &cases {
        let differences = conformance::run(case);
        let count = by_kind.entry(&case.kind).or_default();
        count.0 += 1;
        if !differences.is_empty() {
            count.1 += 1;
            let few: Vec<&str> = differences.iter().take(4).map(String::as_str).collect();
            writeln!(told, "{} {}: {}", case.kind, case.id, few.join("; ")).unwrap();
        }
    }
    for (kind, (all, wrong)) in &by_kind {
        println!("{kind}: {all} cases, {wrong} wrong");
    }
    assert!(told.is_empty(), "{by_kind:?} (cases, wrong)\n{told}");
}

#[test]
fn the_set_is_whole() {
    let cases = conformance::cases();
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "an id is used twice");
    for kind in KINDS {
        assert!(
            cases.iter().any(|case| case.kind == kind),
            "no case of {kind}"
        );
    }
    for case in &cases {
        assert!(
            KINDS.contains(&case.kind.as_str()),
            "{}: {}",
            case.id,
            case.kind
        );
        assert!(
            !case.form.is_empty() && !case.made_by.is_empty(),
            "{}",
            case.id
        );
        // Whoever differs is told, and who is followed.
        let differs = case
            .references
            .iter()
            .any(|r| r.says.starts_with("differs: "));
        assert_eq!(differs, !case.followed.is_empty(), "{}: followed", case.id);
        for reference in &case.references {
            assert!(
                reference.says == "agrees" || reference.says.starts_with("differs: "),
                "{}: {reference:?}",
                case.id
            );
        }
    }
    let files: BTreeSet<(&std::path::Path, &str)> = cases
        .iter()
        .flat_map(|case| {
            case.files
                .iter()
                .map(|f| (case.folder.as_path(), f.as_str()))
        })
        .collect();
    assert!(
        cases.len() >= 150 && files.len() >= 150,
        "{} cases, {} files",
        cases.len(),
        files.len()
    );
}
