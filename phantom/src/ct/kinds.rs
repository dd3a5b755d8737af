//! The findings of CT and the words around them.

use super::tissue::Region;
use crate::finding::{Kind, kind};

/// The findings that this simulator can draw.
pub(crate) static KINDS: [Kind; 8] = [
    kind!(
        "ct",
        "ct-hemorrhage",
        "intracerebral hemorrhage",
        "intracerebral hemorrhages",
        "an",
        false,
        None,
        "There is no intracerebral hemorrhage.",
        &["Is there bleeding in the brain?"]
    ),
    kind!(
        "ct",
        "subdural",
        "subdural hematoma",
        "subdural hematomas",
        "a",
        false,
        None,
        "There is no subdural hematoma.",
        &["Is there blood between the skull and the brain?"]
    ),
    kind!(
        "ct",
        "hydrocephalus",
        "hydrocephalus",
        "hydrocephalus",
        "",
        false,
        None,
        "The ventricles are normal in size.",
        &["Are the ventricles enlarged?"]
    ),
    kind!(
        "ct",
        "ct-nodule",
        "nodule",
        "nodules",
        "a",
        false,
        Some("lung"),
        "There is no lung nodule.",
        &["Is there a lung nodule?"]
    ),
    kind!(
        "ct",
        "ct-effusion",
        "pleural effusion",
        "pleural effusions",
        "a",
        false,
        None,
        "There is no pleural effusion.",
        &["Is there fluid around the lung?", "Is there an effusion?"]
    ),
    kind!(
        "ct",
        "ct-pneumothorax",
        "pneumothorax",
        "pneumothoraces",
        "a",
        false,
        None,
        "There is no pneumothorax.",
        &["Is there a collapsed lung?"]
    ),
    kind!(
        "ct",
        "liver-lesion",
        "liver lesion",
        "liver lesions",
        "a",
        false,
        None,
        "There is no liver lesion.",
        &["Is there a lesion in the liver?"]
    ),
    kind!(
        "ct",
        "aneurysm",
        "aortic aneurysm",
        "aortic aneurysms",
        "an",
        false,
        None,
        "The aorta is normal in size.",
        &["Is the aorta too wide?", "Is there an aneurysm?"]
    ),
];

pub(super) const HEMORRHAGE: usize = 0;
pub(super) const SUBDURAL: usize = 1;
pub(super) const HYDROCEPHALUS: usize = 2;
pub(super) const NODULE: usize = 3;
pub(super) const EFFUSION: usize = 4;
pub(super) const PNEUMOTHORAX: usize = 5;
pub(super) const LIVER_LESION: usize = 6;
pub(super) const ANEURYSM: usize = 7;

/// Where a kind of finding can be.
pub(super) const fn region_of(kind: usize) -> Region {
    match kind {
        HEMORRHAGE | SUBDURAL | HYDROCEPHALUS => Region::Head,
        NODULE | EFFUSION | PNEUMOTHORAX => Region::Chest,
        _ => Region::Abdomen,
    }
}
