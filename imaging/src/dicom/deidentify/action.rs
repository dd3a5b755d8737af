//! What table E.1-1 says of an attribute, and what follows from it for one element.

use dicom_core::VR;

use super::option::ProfileOption;

/// An entry of the table (PS3.15, E.1.1, legend of table E.1-1a).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// D
    Dummy,
    /// Z
    Empty,
    /// X
    Remove,
    /// K
    Keep,
    /// C
    Clean,
    /// U
    Uid,
    /// Z/D
    EmptyOrDummy,
    /// X/Z
    RemoveOrEmpty,
    /// X/D
    RemoveOrDummy,
    /// X/Z/D
    RemoveOrEmptyOrDummy,
    /// X/Z/U*
    RemoveOrEmptyOrUid,
}

impl Action {
    const ALL: [Self; 11] = [
        Self::Dummy,
        Self::Empty,
        Self::Remove,
        Self::Keep,
        Self::Clean,
        Self::Uid,
        Self::EmptyOrDummy,
        Self::RemoveOrEmpty,
        Self::RemoveOrDummy,
        Self::RemoveOrEmptyOrDummy,
        Self::RemoveOrEmptyOrUid,
    ];

    /// As the standard writes it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Dummy => "D",
            Self::Empty => "Z",
            Self::Remove => "X",
            Self::Keep => "K",
            Self::Clean => "C",
            Self::Uid => "U",
            Self::EmptyOrDummy => "Z/D",
            Self::RemoveOrEmpty => "X/Z",
            Self::RemoveOrDummy => "X/D",
            Self::RemoveOrEmptyOrDummy => "X/Z/D",
            Self::RemoveOrEmptyOrUid => "X/Z/U*",
        }
    }

    /// By its code.
    pub(super) fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// By the basic profile.
    pub(super) basic: Action,
    /// By the options.
    pub(super) options: Vec<(ProfileOption, Action)>,
}

/// What is done with an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Remove,
    Empty,
    Dummy,
    /// Its identifiers are replaced; those in its items, where it is a sequence.
    Uid,
    /// It stays; its items are looked through, where it is a sequence.
    Keep,
    /// Its dates become earlier.
    Shift,
    /// Only words that identify nobody stay.
    Words,
}

impl Row {
    /// What the chosen options and, where they say nothing that can be done, the basic profile want.
    ///
    /// Where one option has an attribute cleaned and another one kept, it is cleaned: less is told, and dates of one file
    /// agree.
    pub(super) fn step(&self, vr: VR, chosen: &[ProfileOption]) -> Step {
        let mut keep = false;
        for (option, action) in self.options.iter().filter(|one| chosen.contains(&one.0)) {
            match (option, action) {
                (ProfileOption::RetainModifiedDates, Action::Clean) if is_shifted(vr) => {
                    return Step::Shift;
                }
                // Shifted by whole days, a time of day and its zone are what they were.
                (ProfileOption::RetainModifiedDates, Action::Clean) if is_kept_with_dates(vr) => {
                    return Step::Keep;
                }
                (ProfileOption::CleanDescriptors, Action::Clean) if is_description(vr) => {
                    return Step::Words;
                }
                (_, Action::Keep) => keep = true,
                _ => {}
            }
        }
        if keep { Step::Keep } else { self.basic(vr) }
    }

    /// By the basic profile alone. Where the table leaves a choice, it depends on whether the kind of object needs the
    /// attribute. What is taken is right for all of them: of values the one that stays longest in the file, of sequences, for
    /// which no dummy would make sense, an empty one or none.
    pub(super) fn basic(&self, vr: VR) -> Step {
        let sequence = vr == VR::SQ;
        match self.basic {
            Action::Remove | Action::Clean => Step::Remove,
            Action::Keep => Step::Keep,
            Action::Uid if vr == VR::UI => Step::Uid,
            Action::Uid => Step::Remove,
            Action::RemoveOrEmptyOrUid if sequence || vr == VR::UI => Step::Uid,
            Action::RemoveOrEmptyOrUid | Action::Empty | Action::RemoveOrEmpty => Step::Empty,
            Action::EmptyOrDummy | Action::RemoveOrEmptyOrDummy if sequence => Step::Empty,
            Action::RemoveOrDummy if sequence => Step::Remove,
            Action::Dummy
            | Action::EmptyOrDummy
            | Action::RemoveOrDummy
            | Action::RemoveOrEmptyOrDummy => Step::Dummy,
        }
    }
}

fn is_shifted(vr: VR) -> bool {
    matches!(vr, VR::DA | VR::DT)
}

/// Times of day, and Timezone Offset From UTC, the only short string with dates.
fn is_kept_with_dates(vr: VR) -> bool {
    matches!(vr, VR::TM | VR::SH)
}

fn is_description(vr: VR) -> bool {
    matches!(vr, VR::LO | VR::SH | VR::ST | VR::LT | VR::UT | VR::UC)
}
