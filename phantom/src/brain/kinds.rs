//! The findings of this modality.

use crate::finding::{Kind, kind};

/// The findings that this simulator can draw.
pub(crate) static KINDS: [Kind; 5] = [
    kind!(
        "brain",
        "glioma",
        "glioma",
        "gliomas",
        "a",
        false,
        Some("brain"),
        "There is no tumor.",
        &["Is there a tumor?", "Is there a brain tumor?"]
    ),
    kind!(
        "brain",
        "plaques",
        "multiple sclerosis plaque",
        "multiple sclerosis plaques",
        "a",
        false,
        None,
        "There are no white matter plaques.",
        &[
            "Are there white matter plaques?",
            "Are there signs of multiple sclerosis?"
        ]
    ),
    kind!(
        "brain",
        "infarct",
        "infarct",
        "infarcts",
        "an",
        false,
        Some("brain"),
        "There is no infarct.",
        &["Is there a stroke?"]
    ),
    kind!(
        "brain",
        "hemorrhage",
        "hemorrhage",
        "hemorrhages",
        "a",
        false,
        Some("brain"),
        "There is no hemorrhage.",
        &["Is there bleeding?"]
    ),
    kind!(
        "brain",
        "ventriculomegaly",
        "ventriculomegaly",
        "ventriculomegaly",
        "",
        false,
        None,
        "The ventricles are normal in size.",
        &[
            "Are the ventricles enlarged?",
            "Are the ventricles too large?"
        ]
    ),
];

pub(crate) const GLIOMA: usize = 0;
pub(crate) const PLAQUES: usize = 1;
pub(crate) const INFARCT: usize = 2;
pub(crate) const HEMORRHAGE: usize = 3;
pub(crate) const VENTRICULOMEGALY: usize = 4;
