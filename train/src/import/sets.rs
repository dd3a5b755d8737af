//! The public sets of MedMNIST v2 (Yang et al. 2023, Scientific Data 10:41) in two dimensions: what they show and what their
//! labels mean, as their authors' table states it (Python package `medmnist` 3.0.2, `info.py`).

/// A public set.
#[derive(Debug)]
pub(super) struct Set {
    /// Name of its file, without the size.
    pub(super) name: &'static str,
    /// Fields of the index that hold for all of it.
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// Names of the labels.
    pub(super) classes: &'static [&'static str],
    /// Of sets of one label a picture: the class that is a finding, there or not.
    pub(super) finding: Option<&'static str>,
}

/// The eleven organs of the three abdominal sets.
const ORGANS: &[&str] = &[
    "bladder",
    "left femur",
    "right femur",
    "heart",
    "left kidney",
    "right kidney",
    "liver",
    "left lung",
    "right lung",
    "pancreas",
    "spleen",
];

/// All sets.
pub(super) const SETS: [Set; 12] = [
    Set {
        name: "pathmnist",
        fields: &[
            ("modality", "histopathology"),
            ("stain", "h&e"),
            ("organ", "colon"),
        ],
        classes: &[
            "adipose",
            "background",
            "debris",
            "lymphocytes",
            "mucus",
            "smooth muscle",
            "normal colon mucosa",
            "cancer-associated stroma",
            "colorectal adenocarcinoma epithelium",
        ],
        finding: None,
    },
    Set {
        name: "chestmnist",
        fields: &[("modality", "chest-xray"), ("view", "frontal")],
        classes: &[
            "atelectasis",
            "cardiomegaly",
            "effusion",
            "infiltration",
            "mass",
            "nodule",
            "pneumonia",
            "pneumothorax",
            "consolidation",
            "edema",
            "emphysema",
            "fibrosis",
            "pleural thickening",
            "hernia",
        ],
        finding: None,
    },
    Set {
        name: "dermamnist",
        fields: &[("kind", "other")],
        classes: &[
            "actinic keratosis or intraepithelial carcinoma",
            "basal cell carcinoma",
            "benign keratosis-like lesion",
            "dermatofibroma",
            "melanoma",
            "melanocytic nevus",
            "vascular lesion",
        ],
        finding: None,
    },
    Set {
        name: "octmnist",
        fields: &[("modality", "oct")],
        classes: &[
            "choroidal neovascularization",
            "diabetic macular edema",
            "drusen",
            "normal",
        ],
        finding: None,
    },
    Set {
        name: "pneumoniamnist",
        fields: &[("modality", "chest-xray"), ("view", "frontal")],
        classes: &["normal", "pneumonia"],
        finding: Some("pneumonia"),
    },
    Set {
        name: "retinamnist",
        fields: &[("modality", "fundus")],
        classes: &["grade 0", "grade 1", "grade 2", "grade 3", "grade 4"],
        finding: None,
    },
    Set {
        name: "breastmnist",
        fields: &[("modality", "ultrasound"), ("organ", "breast")],
        classes: &["malignant", "normal or benign"],
        finding: None,
    },
    Set {
        name: "bloodmnist",
        fields: &[("kind", "other")],
        classes: &[
            "basophil",
            "eosinophil",
            "erythroblast",
            "immature granulocyte",
            "lymphocyte",
            "monocyte",
            "neutrophil",
            "platelet",
        ],
        finding: None,
    },
    Set {
        name: "tissuemnist",
        fields: &[("kind", "other")],
        classes: &[
            "collecting duct or connecting tubule",
            "distal convoluted tubule",
            "glomerular endothelial cells",
            "interstitial endothelial cells",
            "leukocytes",
            "podocytes",
            "proximal tubule segments",
            "thick ascending limb",
        ],
        finding: None,
    },
    Set {
        name: "organamnist",
        fields: &[
            ("modality", "ct"),
            ("plane", "axial"),
            ("window", "abdomen"),
        ],
        classes: ORGANS,
        finding: None,
    },
    Set {
        name: "organcmnist",
        fields: &[
            ("modality", "ct"),
            ("plane", "coronal"),
            ("window", "abdomen"),
        ],
        classes: ORGANS,
        finding: None,
    },
    Set {
        name: "organsmnist",
        fields: &[
            ("modality", "ct"),
            ("plane", "sagittal"),
            ("window", "abdomen"),
        ],
        classes: ORGANS,
        finding: None,
    },
];

/// The set that a file is of: `breastmnist_224` is breastmnist.
pub(super) fn known(stem: &str) -> Option<&'static Set> {
    let stem = stem.to_ascii_lowercase();
    let name = match stem.rsplit_once('_') {
        Some((name, size)) if size.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => &stem,
    };
    SETS.iter().find(|set| set.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_known_at_every_size() {
        assert_eq!(
            known("breastmnist").map(|set| set.name),
            Some("breastmnist")
        );
        assert_eq!(
            known("OrganAMNIST_224").map(|set| set.classes[1]),
            Some("left femur")
        );
        assert!(known("nodulemnist3d").is_none() && known("mine_a").is_none());
    }
}
