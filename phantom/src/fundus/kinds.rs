//! The findings of this modality.

use crate::finding::{Kind, kind};

/// The findings that this simulator can draw.
pub(crate) static KINDS: [Kind; 5] = [
    kind!(
        "fundus",
        "exudates",
        "hard exudates",
        "hard exudates",
        "",
        true,
        None,
        "There are no hard exudates.",
        &["Are there exudates?"]
    ),
    kind!(
        "fundus",
        "hemorrhages",
        "retinal hemorrhages",
        "retinal hemorrhages",
        "",
        true,
        None,
        "There are no retinal hemorrhages.",
        &["Is there bleeding?", "Are there hemorrhages?"]
    ),
    kind!(
        "fundus",
        "cotton-wool",
        "cotton wool spot",
        "cotton wool spots",
        "a",
        false,
        None,
        "There are no cotton wool spots.",
        &["Are there cotton wool spots?"]
    ),
    kind!(
        "fundus",
        "drusen",
        "drusen",
        "drusen",
        "",
        true,
        None,
        "There are no drusen.",
        &["Are there drusen at the macula?"]
    ),
    kind!(
        "fundus",
        "cupping",
        "glaucomatous cupping",
        "glaucomatous cupping",
        "",
        false,
        None,
        "The optic disc is normal.",
        &["Is the optic cup enlarged?", "Are there signs of glaucoma?"]
    ),
];

pub(crate) const EXUDATES: usize = 0;
pub(crate) const HEMORRHAGES: usize = 1;
pub(crate) const COTTON_WOOL: usize = 2;
pub(crate) const DRUSEN: usize = 3;
pub(crate) const CUPPING: usize = 4;
