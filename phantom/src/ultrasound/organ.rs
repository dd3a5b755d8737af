//! The organs, and the findings that each can have.

use crate::finding::{Kind, kind};

/// What is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Organ {
    Liver,
    Kidney,
    Thyroid,
    Breast,
}

impl Organ {
    pub(crate) const ALL: [Self; 4] = [Self::Liver, Self::Kidney, Self::Thyroid, Self::Breast];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Liver => "liver",
            Self::Kidney => "kidney",
            Self::Thyroid => "thyroid",
            Self::Breast => "breast",
        }
    }

    /// Deep organs need a low frequency and a wide view; superficial ones a fine one.
    pub(crate) const fn is_deep(self) -> bool {
        matches!(self, Self::Liver | Self::Kidney)
    }

    /// The findings that this organ can have.
    pub(crate) const fn kinds(self) -> &'static [usize] {
        match self {
            Self::Liver => &[CYST, MASS, STONES, ASCITES],
            Self::Kidney => &[CYST, MASS, HYDRONEPHROSIS],
            Self::Thyroid => &[CYST, NODULE],
            Self::Breast => &[CYST, MASS],
        }
    }

    /// Smallest radius and range of radii of small, moderate and large focal lesions, cm. The gaps
    /// keep the sizes apart; a small one is eight pixels wide or more.
    pub(crate) const fn radii(self) -> [[f32; 2]; 3] {
        match self {
            Self::Liver => [[0.80, 0.10], [1.45, 0.20], [2.20, 0.25]],
            Self::Kidney => [[0.68, 0.10], [1.18, 0.14], [1.80, 0.20]],
            Self::Thyroid => [[0.20, 0.03], [0.35, 0.04], [0.55, 0.06]],
            Self::Breast => [[0.22, 0.04], [0.40, 0.05], [0.64, 0.08]],
        }
    }
}

/// The findings that this simulator can draw.
pub(crate) static KINDS: [Kind; 6] = [
    kind!(
        "ultrasound",
        "simple-cyst",
        "simple cyst",
        "simple cysts",
        "a",
        false,
        None,
        "There is no cyst.",
        &["Is there a cyst?"]
    ),
    kind!(
        "ultrasound",
        "solid-mass",
        "solid mass",
        "solid masses",
        "a",
        false,
        None,
        "There is no solid mass.",
        &["Is there a solid tumor?"]
    ),
    kind!(
        "ultrasound",
        "thyroid-nodule",
        "thyroid nodule",
        "thyroid nodules",
        "a",
        false,
        None,
        "There is no thyroid nodule.",
        &["Is there a solid nodule?"]
    ),
    kind!(
        "ultrasound",
        "gallstones",
        "gallstone",
        "gallstones",
        "a",
        false,
        None,
        "There are no gallstones.",
        &[
            "Are there gallstones?",
            "Are there stones in the gallbladder?"
        ]
    ),
    kind!(
        "ultrasound",
        "hydronephrosis",
        "hydronephrosis",
        "hydronephrosis",
        "",
        false,
        None,
        "There is no hydronephrosis.",
        &["Is the renal pelvis dilated?"]
    ),
    kind!(
        "ultrasound",
        "ascites",
        "ascites",
        "ascites",
        "",
        false,
        None,
        "There is no ascites.",
        &["Is there free fluid?", "Is there fluid around the liver?"]
    ),
];

pub(crate) const CYST: usize = 0;
pub(crate) const MASS: usize = 1;
pub(crate) const NODULE: usize = 2;
pub(crate) const STONES: usize = 3;
pub(crate) const HYDRONEPHROSIS: usize = 4;
pub(crate) const ASCITES: usize = 5;
