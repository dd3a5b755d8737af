//! The findings with their words.

use crate::finding::{Kind, kind};

/// The findings that this simulator can draw.
pub(super) static KINDS: [Kind; 6] = [
    kind!(
        "endoscopy",
        "polyp",
        "polyp",
        "polyps",
        "a",
        false,
        None,
        "There are no polyps.",
        &["Are there polyps?"]
    ),
    kind!(
        "endoscopy",
        "ulcer",
        "ulcer",
        "ulcers",
        "an",
        false,
        None,
        "There is no ulcer.",
        &["Is the mucosa ulcerated?"]
    ),
    kind!(
        "endoscopy",
        "bleeding",
        "bleeding",
        "bleeding",
        "",
        false,
        None,
        "There is no bleeding.",
        &["Do you see fresh blood?"]
    ),
    kind!(
        "endoscopy",
        "inflammation",
        "inflammation",
        "inflammation",
        "",
        false,
        None,
        "The mucosa is not inflamed.",
        &["Is the mucosa inflamed?", "Is there colitis?"]
    ),
    kind!(
        "endoscopy",
        "stool",
        "stool residue",
        "stool residue",
        "",
        false,
        None,
        "There is no stool residue.",
        &["Is there stool?"]
    ),
    kind!(
        "endoscopy",
        "instrument",
        "instrument",
        "instruments",
        "an",
        false,
        None,
        "There is no instrument.",
        &["Is there a forceps?", "Do you see a forceps?"]
    ),
];

pub(super) const POLYP: usize = 0;
pub(super) const ULCER: usize = 1;
pub(super) const BLEEDING: usize = 2;
pub(super) const INFLAMMATION: usize = 3;
pub(super) const STOOL: usize = 4;
pub(super) const INSTRUMENT: usize = 5;
