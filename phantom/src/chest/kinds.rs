//! The findings of this modality.

use crate::finding::{Kind, kind};

/// The findings that this simulator can draw.
pub(crate) static KINDS: [Kind; 6] = [
    kind!(
        "cxr",
        "cardiomegaly",
        "cardiomegaly",
        "cardiomegaly",
        "",
        false,
        None,
        "The heart size is normal.",
        &["Is the heart enlarged?", "Is the heart too large?"]
    ),
    kind!(
        "cxr",
        "effusion",
        "pleural effusion",
        "pleural effusions",
        "a",
        false,
        None,
        "There is no pleural effusion.",
        &["Is there fluid around the lung?", "Is there an effusion?"]
    ),
    kind!(
        "cxr",
        "pneumothorax",
        "pneumothorax",
        "pneumothoraces",
        "a",
        false,
        None,
        "There is no pneumothorax.",
        &["Is there a collapsed lung?"]
    ),
    kind!(
        "cxr",
        "consolidation",
        "consolidation",
        "consolidation",
        "",
        false,
        Some("lung"),
        "There is no consolidation.",
        &["Is there pneumonia?"]
    ),
    kind!(
        "cxr",
        "nodule",
        "nodule",
        "nodules",
        "a",
        false,
        Some("lung"),
        "There is no lung nodule.",
        &["Is there a lung nodule?"]
    ),
    kind!(
        "cxr",
        "mass",
        "mass",
        "masses",
        "a",
        false,
        Some("lung"),
        "There is no lung mass.",
        &["Is there a lung mass?"]
    ),
];

pub(crate) const CARDIOMEGALY: usize = 0;
pub(crate) const EFFUSION: usize = 1;
pub(crate) const PNEUMOTHORAX: usize = 2;
pub(crate) const CONSOLIDATION: usize = 3;
pub(crate) const NODULE: usize = 4;
pub(crate) const MASS: usize = 5;
