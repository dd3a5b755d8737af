//! The findings with their words.

use crate::finding::{Kind, kind};

/// The findings that this simulator can draw.
pub(crate) static KINDS: [Kind; 6] = [
    kind!(
        "histopathology",
        "carcinoma",
        "carcinoma",
        "carcinoma",
        "",
        false,
        None,
        "There is no carcinoma.",
        &["Is there cancer?", "Is there a malignant tumor?"]
    ),
    kind!(
        "histopathology",
        "necrosis",
        "necrosis",
        "necrosis",
        "",
        false,
        None,
        "There is no necrosis.",
        &["Is there dead tissue?"]
    ),
    kind!(
        "histopathology",
        "lymphocytes",
        "lymphocyte infiltrate",
        "lymphocyte infiltrates",
        "a",
        false,
        None,
        "There is no lymphocyte infiltrate.",
        &["Is there an infiltrate of lymphocytes?"]
    ),
    kind!(
        "histopathology",
        "mitoses",
        "mitoses",
        "mitoses",
        "",
        true,
        None,
        "There are no mitoses.",
        &["Are there dividing cells?"]
    ),
    kind!(
        "histopathology",
        "ki-67",
        "Ki-67 positivity",
        "Ki-67 positivity",
        "",
        false,
        None,
        "The Ki-67 index is low.",
        &["Is the Ki-67 index raised?"]
    ),
    kind!(
        "histopathology",
        "her2",
        "HER2 expression",
        "HER2 expression",
        "",
        false,
        None,
        "The HER2 score is 0.",
        &["Is HER2 expressed?"]
    ),
];

pub(crate) const CARCINOMA: usize = 0;
pub(crate) const NECROSIS: usize = 1;
pub(crate) const LYMPHOCYTES: usize = 2;
pub(crate) const MITOSES: usize = 3;
pub(crate) const KI67: usize = 4;
pub(crate) const HER2: usize = 5;
