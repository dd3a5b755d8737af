//! The sample pictures that come with the page, and the example prompts of a first visit.

use super::state::{Modality, Mode};

/// A picture that comes with the page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// File in the folder `samples/`.
    pub(crate) file: &'static str,
    /// A picture of it in the same folder, which every browser shows.
    pub(crate) preview: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// "real" or "simulated".
    pub(crate) nature: &'static str,
    /// Who made it and under which licence.
    pub(crate) credit: &'static str,
    /// What it shows.
    pub(crate) modality: Modality,
}

/// An example that runs on one click.
#[derive(Debug)]
pub(crate) struct Example {
    /// The tab it belongs to.
    pub(crate) mode: Mode,
    /// The words.
    pub(crate) words: &'static str,
    /// Number of the sample that it is about, if any.
    pub(crate) sample: Option<usize>,
}

/// All samples.
pub(crate) static SAMPLES: [Sample; 5] = [
    Sample {
        file: "retina.jpg",
        preview: "retina.jpg",
        nature: "real",
        name: "Retina",
        credit: "photograph of a real eye by Mikael Häggström, CC0",
        modality: Modality::Fundus,
    },
    Sample {
        file: "chest.png",
        preview: "chest.png",
        nature: "simulated",
        name: "Chest X-ray",
        credit: "simulated, with a large right pleural effusion; made by this project",
        modality: Modality::Chest,
    },
    Sample {
        file: "brain.png",
        preview: "brain.png",
        nature: "simulated",
        name: "Brain MRI",
        credit: "simulated T2 image with a large glioma; made by this project",
        modality: Modality::Brain,
    },
    Sample {
        file: "ct.dcm",
        preview: "ct.png",
        nature: "real",
        name: "CT slice",
        credit: "axial DICOM slice of a spine from the NEMA WG04 samples, by way of pydicom, MIT",
        modality: Modality::Unknown,
    },
    Sample {
        file: "head.nii",
        preview: "head.png",
        nature: "real",
        name: "Head MRI volume",
        credit: "T1 volume of low resolution (NIfTI, 33 × 41 × 25 voxels) by the nibabel developers, MIT",
        modality: Modality::Brain,
    },
];

/// The examples of a first visit.
pub(crate) static EXAMPLES: [Example; 3] = [
    Example {
        mode: Mode::Ask,
        words: "What kind of image is this?",
        sample: Some(0),
    },
    Example {
        mode: Mode::Ask,
        words: "What is abnormal?",
        sample: Some(1),
    },
    Example {
        mode: Mode::Make,
        words: "A chest X-ray with a large left pleural effusion.",
        sample: None,
    },
];

/// Suggestions under the prompt box, in the words that the default model was trained on.
pub(crate) const fn suggestions(
    mode: Mode,
    modality: Modality,
    from_image: bool,
) -> &'static [&'static str] {
    match (mode, modality, from_image) {
        (Mode::Ask, Modality::Chest, _) => &[
            "What is abnormal?",
            "Is there a pleural effusion?",
            "Write a report.",
        ],
        (Mode::Ask, Modality::Fundus, _) => &[
            "What kind of image is this?",
            "Which eye is this?",
            "What is abnormal?",
        ],
        (Mode::Ask, Modality::Brain, _) => &[
            "Which MRI sequence is this?",
            "What is abnormal?",
            "Write a report.",
        ],
        (Mode::Ask, Modality::Unknown, _) => &[
            "What kind of image is this?",
            "What is abnormal?",
            "Write a report.",
        ],
        (Mode::Make, Modality::Chest, true) => &[
            "Add a large left pleural effusion.",
            "Remove the pleural effusion.",
        ],
        (Mode::Make, Modality::Brain, true) => &[
            "Make a T1 image from this T2 image.",
            "Make a T2 image from this T1 image.",
        ],
        (Mode::Make, _, _) => &[
            "A normal chest X-ray.",
            "A fundus photograph of the right eye with many drusen.",
            "A T2 brain MRI with a large glioma in the left frontal lobe.",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_says_where_it_comes_from_and_every_example_points_at_one() {
        for sample in &SAMPLES {
            assert!(!sample.credit.is_empty() && !sample.name.is_empty());
        }
        for example in &EXAMPLES {
            assert!(example.sample.is_none_or(|place| place < SAMPLES.len()));
        }
    }

    #[test]
    fn there_is_something_to_suggest_for_every_image() {
        for mode in [Mode::Ask, Mode::Make] {
            for modality in [
                Modality::Chest,
                Modality::Fundus,
                Modality::Brain,
                Modality::Unknown,
            ] {
                for from_image in [false, true] {
                    assert!(!suggestions(mode, modality, from_image).is_empty());
                }
            }
        }
    }
}
