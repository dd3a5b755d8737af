//! Every case of tests/conformance is opened as every program of this project opens it, and compared with what its script put into it.

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/conformance/mod.rs"]
mod conformance;
#[path = "support/random.rs"]
mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use random::Random;
use unimed_imaging::report::Report;
use unimed_imaging::{Limits, Opener, open};

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
fn the_docs_are_what_the_results_say() {
    let document = std::fs::read_to_string(conformance::docs::path()).unwrap();
    let written = conformance::docs::rewritten(&document, &conformance::cases());
    let written =
        written.expect("docs/reference/formats.md has the marks between which tables are written");
    assert!(
        document == written,
        "docs/reference/formats.md differs; run cargo run -p unimed-imaging --features report --example formats"
    );
}

/// Whatever the damage, there is an answer: no panic, no endless loop.
#[test]
fn damaged_files_of_the_set_never_panic() {
    let mut random = Random::new(11);
    let mut files = 0;
    for case in conformance::cases() {
        for file in &case.files {
            let whole = std::fs::read(case.folder.join(file)).unwrap();
            files += 1;
            for _ in 0..4 {
                let mut bytes = whole.clone();
                random.damage(&mut bytes, 6);
                let mut opener = Opener::new(Limits {
                    bytes: 64 << 20,
                    ..Limits::default()
                });
                opener.add(file, bytes);
                let _ = Report::of(&opener.finish());
                let _ = open(file, &whole[..random.below(whole.len())]);
            }
        }
    }
    assert!(files > 300, "{files}");
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
        // Where somebody differs it is told who is followed.
        let mut says = case.references.iter().map(|r| r.says.as_str());
        assert!(
            says.all(|says| says == "agrees") || !case.followed.is_empty(),
            "{}: followed",
            case.id
        );
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
