//! Table E.1-1 of DICOM PS3.15, read from `table.tsv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use dicom_core::Tag;

use super::action::{Action, Row};
use super::option::ProfileOption;

/// The edition of the standard whose basic profile this is.
pub(crate) const EDITION: &str = "2026c";

/// The rows.
struct Table {
    /// By tag.
    single: HashMap<u32, Row>,
    /// Those of many groups: the digits that count, what these are, and the row.
    repeating: Vec<(u32, u32, Row)>,
    private: Row,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| parse(include_str!("table.tsv")));

/// The row of an attribute.
pub(crate) fn row(tag: Tag) -> Option<&'static Row> {
    if tag.group() % 2 == 1 {
        return Some(&TABLE.private);
    }
    let tag = (u32::from(tag.group()) << 16) | u32::from(tag.element());
    TABLE.single.get(&tag).or_else(|| {
        let mut repeating = TABLE.repeating.iter();
        let fits = repeating.find(|(mask, digits, _)| tag & mask == *digits);
        fits.map(|(_, _, row)| row)
    })
}

/// Whether the basic profile acts on an attribute: private ones, curves and overlays included.
pub(crate) fn is_identifying(tag: Tag) -> bool {
    row(tag).is_some()
}

fn parse(text: &str) -> Table {
    let mut single = HashMap::new();
    let mut repeating = Vec::new();
    let mut private = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let pattern = columns.next().unwrap_or_default();
        let basic = columns.next().and_then(Action::of);
        let row = Row {
            basic: basic.expect("invariant: the second column of table.tsv is an action"),
            options: columns.map(option).collect(),
        };
        let hex = |digits: &str| {
            u32::from_str_radix(digits, 16).expect("invariant: tags of table.tsv are hexadecimal")
        };
        if pattern == "private" {
            private = Some(row);
        } else if pattern.contains('x') {
            let mask = pattern.replace(|digit| digit != 'x', "f");
            let mask = hex(&mask.replace('x', "0"));
            repeating.push((mask, hex(&pattern.replace('x', "0")), row));
        } else {
            single.insert(hex(pattern), row);
        }
    }
    Table {
        single,
        repeating,
        private: private.expect("invariant: table.tsv has a row for private attributes"),
    }
}

fn option(column: &str) -> (ProfileOption, Action) {
    let found = column.split_once('=').and_then(|(key, code)| {
        let mut options = ProfileOption::ALL.into_iter();
        let option = options.find(|option| option.key() == key)?;
        Some((option, Action::of(code)?))
    });
    found.expect("invariant: options of table.tsv are known")
}

/// Every row with a tag of its own.
#[cfg(test)]
pub(super) fn rows() -> impl Iterator<Item = (Tag, &'static Row)> {
    let tag = |number: u32| Tag((number >> 16) as u16, (number & 0xffff) as u16);
    TABLE.single.iter().map(move |(at, row)| (tag(*at), row))
}
