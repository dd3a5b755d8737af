//! What a program is compiled from, as cargo resolves it for one target.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::place::Place;
use crate::shell::{answer, command, describe};

/// A release of a crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// What is known of a crate in a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// An SPDX expression; empty where its authors name none.
    pub(crate) licence: String,
    /// What it is compiled from in turn.
    pub(crate) needs: BTreeSet<Crate>,
    /// Programs that it is part of.
    pub(crate) programs: BTreeSet<&'static str>,
}

/// Crates by name and release.
pub(crate) type Crates = BTreeMap<Crate, About>;

/// Adds what `package` is compiled from for `target`, without what only runs while it is compiled.
pub(crate) fn add(
    place: &Place,
    (program, package): (&'static str, &str),
    target: &str,
    crates: &mut Crates,
) -> Result<(), Error> {
    let mut tree = command(
        "cargo",
        [
            "tree",
            "--locked",
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "depth",
            "--format",
            " {p}|{l}",
            "--package",
            package,
            "--target",
            target,
        ],
    );
    tree.current_dir(&place.root);
    let text = answer(&mut tree).ok_or_else(|| Error::Missing {
        what: format!("the tree of {package} for {target}"),
        remedy: format!("see what this says: {}", describe(&tree)),
    })?;
    parse(&text, program, crates).ok_or_else(|| Error::Content {
        path: "cargo tree".into(),
        expected: "lines of a depth, a crate and its licence".to_owned(),
        found: text,
        remedy: "cargo writes its trees in another way now; adapt xtask/src/sbom/tree.rs",
    })
}

/// Reads lines such as `2 serde v1.0.0 (/a/path)|MIT/Apache-2.0 (*)`; what stands below a crate is shown once.
fn parse(text: &str, program: &'static str, crates: &mut Crates) -> Option<()> {
    let mut above: Vec<Crate> = Vec::new();
    for line in text.lines() {
        let (depth, rest) = line.split_once(' ')?;
        let depth: usize = depth.parse().ok()?;
        let (package, licence) = rest.trim_end_matches(" (*)").split_once('|')?;
        let mut words = package.split(' ');
        let found = Crate {
            name: words.next()?.to_owned(),
            version: words.next()?.strip_prefix('v')?.to_owned(),
        };
        let about = crates.entry(found.clone()).or_default();
        // As it was written before SPDX expressions.
        about.licence = licence.replace(" / ", " OR ").replace('/', " OR ");
        about.programs.insert(program);
        above.truncate(depth);
        if let Some(parent) = above.last() {
            crates.get_mut(parent)?.needs.insert(found.clone());
        }
        above.push(found);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_with_all_of_its_arrows() {
        let text = "0 page v0.1.0 (/home/a/page)|MIT OR Apache-2.0\n\
            1 serde v1.0.0|MIT/Apache-2.0\n\
            2 itoa v1.1.0|MIT\n\
            1 web v0.1.0 (/home/a/web)|MIT\n\
            2 serde v1.0.0|MIT/Apache-2.0 (*)\n";
        let mut crates = Crates::new();
        parse(text, "page", &mut crates).expect("is read");
        parse(
            "0 worker v0.1.0|MIT\n1 itoa v1.1.0|MIT\n",
            "worker",
            &mut crates,
        )
        .expect("is read");
        let of = |name: &str| {
            let found = crates.iter().find(|(krate, _)| krate.name == name);
            found.expect("is there").1
        };
        let needs = |name: &str| {
            of(name)
                .needs
                .iter()
                .map(|needed| needed.name.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(needs("page"), ["serde", "web"]);
        assert_eq!(needs("serde"), ["itoa"]);
        assert_eq!(needs("web"), ["serde"]);
        assert_eq!(needs("itoa"), [""; 0]);
        assert_eq!(of("serde").licence, "MIT OR Apache-2.0");
        assert_eq!(of("itoa").programs, BTreeSet::from(["page", "worker"]));
        assert_eq!(crates.len(), 5);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        for text in ["error: no such package", "0 page|MIT", "x page v1.0.0|MIT"] {
            assert_eq!(parse(text, "page", &mut Crates::new()), None, "{text}");
        }
    }
}
