//! What was done, attribute by attribute. No value is in it.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_object::StandardDataDictionary;

/// What was done with an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Done {
    /// It is gone.
    Removed,
    /// It has no value.
    Emptied,
    /// It has a value that means nothing.
    Replaced,
    /// It has another identifier.
    NewUid,
    /// Its dates are earlier.
    Shifted,
    /// Only words that identify nobody are left.
    Cleaned,
    /// An option kept it.
    Kept,
    /// It was added, or says what it did not say before.
    Written,
}

impl Done {
    /// As a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Emptied => "emptied",
            Self::Replaced => "replaced",
            Self::NewUid => "new UID",
            Self::Shifted => "shifted",
            Self::Cleaned => "cleaned",
            Self::Kept => "kept",
            Self::Written => "written",
        }
    }
}

/// What was done with all elements of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Change {
    /// "(0010,0010)"; "(gggg,eeee)" for all private ones together.
    pub tag: String,
    /// "PatientName".
    pub name: String,
    /// What was done.
    pub done: Done,
    /// Why: the letters of table E.1-1, or a word where it does not have the attribute.
    pub rule: String,
    /// How many elements, those in items included.
    pub count: usize,
}

/// Counts changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record(BTreeMap<(Option<Tag>, Done, String), usize>);

impl Record {
    /// Notes a change; private attributes are counted together.
    pub(super) fn add(&mut self, tag: Tag, done: Done, rule: &str) {
        let tag = Some(tag).filter(|tag| tag.group() % 2 == 0);
        *self.0.entry((tag, done, rule.to_owned())).or_default() += 1;
    }

    /// All of them, by tag, private ones last.
    pub(crate) fn changes(self) -> Vec<Change> {
        let change = |((tag, done, rule), count): ((Option<Tag>, Done, String), usize)| Change {
            tag: tag.map_or_else(
                || "(gggg,eeee)".to_owned(),
                |tag| format!("({:04X},{:04X})", tag.group(), tag.element()),
            ),
            name: tag.map_or_else(|| "private attributes".to_owned(), name),
            done,
            rule,
            count,
        };
        let (private, public): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|((tag, ..), _)| tag.is_none());
        public.into_iter().chain(private).map(change).collect()
    }
}

fn name(tag: Tag) -> String {
    let entry = StandardDataDictionary.by_tag(tag);
    entry.map_or_else(|| "unknown".to_owned(), |entry| entry.alias().to_owned())
}
