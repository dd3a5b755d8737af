//! The tables of docs/reference/formats.md that are written from the cases and their results.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{Case, run};

/// The document.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/formats.md")
}

const BEGIN: &str = "<!-- written by `cargo run -p unimed-imaging --features report --example formats`, do not edit -->\n";
const END: &str = "<!-- end of what is written -->\n";

/// The document with its tables written anew from the results.
pub(crate) fn rewritten(document: &str, cases: &[Case]) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", tables(cases)))
}

/// What is known of one form.
#[derive(Debug, Default)]
struct Row {
    syntaxes: BTreeSet<String>,
    cases: usize,
    wrong: usize,
    refused: usize,
    makers: BTreeSet<String>,
    authorities: BTreeSet<String>,
    references: BTreeSet<String>,
    differing: BTreeSet<String>,
}

fn tables(cases: &[Case]) -> String {
    let mut rows: BTreeMap<(&str, &str), Row> = BTreeMap::new();
    let mut disagreements: BTreeSet<String> = BTreeSet::new();
    for case in cases {
        let row = rows.entry((&case.kind, &case.form)).or_default();
        row.cases += 1;
        row.wrong += usize::from(!run(case).is_empty());
        row.refused += usize::from(case.expect.get("refused").is_some());
        row.makers.insert(case.made_by.clone());
        if !case.authority.is_empty() {
            row.authorities.insert(case.authority.clone());
        }
        if !case.syntax.is_empty() {
            row.syntaxes.insert(case.syntax.clone());
        }
        if !case.followed.is_empty() && case.references.iter().all(|r| r.says == "agrees") {
            disagreements.insert(format!("| {} | others | {} |\n", case.form, case.followed));
        }
        for reference in &case.references {
            let name = format!("{} {}", reference.name, reference.version);
            match reference.says.strip_prefix("differs: ") {
                None => {
                    row.references.insert(name);
                }
                Some(says) => {
                    disagreements.insert(format!(
                        "| {} | {name} {says} | {} |\n",
                        case.form, case.followed
                    ));
                    row.differing.insert(name);
                }
            }
        }
    }
    let files: usize = cases.iter().map(|case| case.files.len()).sum();
    let wrong: usize = rows.values().map(|row| row.wrong).sum();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{} cases of {files} files, {} read as expected, {wrong} not. Kinds: see \
         [the set](../../tests/conformance/README.md).\n\n\
         | kind | form | transfer syntaxes, compressions | cases | result | decided by | made by | agree |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        cases.len(),
        cases.len() - wrong
    );
    for ((kind, form), row) in &rows {
        let result = match (row.wrong, row.refused) {
            (0, 0) => "right".to_owned(),
            (0, refused) if refused == row.cases => "refused by name".to_owned(),
            (0, refused) => format!("right; {refused} refused by name"),
            (wrong, _) => format!("**wrong in {wrong}**"),
        };
        let differ = if row.differing.is_empty() {
            String::new()
        } else {
            format!(" (not {}: see below)", list(&row.differing))
        };
        let _ = writeln!(
            text,
            "| {kind} | {form} | {} | {} | {result} | {} | {} | {}{differ} |",
            list(&row.syntaxes),
            row.cases,
            list(&row.authorities),
            list(&row.makers),
            list(&row.references)
        );
    }
    text.push_str("\nWhere references disagree:\n\n| form | who says otherwise | followed |\n| --- | --- | --- |\n");
    text.extend(disagreements);
    text
}

fn list(items: &BTreeSet<String>) -> String {
    items
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
