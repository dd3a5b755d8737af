//! The sample pictures that come with the page, and the example prompts of a first visit.

use crate::model::{modality::Modality, mode::Mode};

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
pub(crate) static SAMPLES: [Sample; 8] = [
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
        modality: Modality::Mri,
    },
    Sample {
        file: "ct.dcm",
        preview: "ct.png",
        nature: "real",
        name: "CT slice",
        credit: "axial DICOM slice of a spine from the NEMA WG04 samples, by way of pydicom, MIT",
        modality: Modality::Ct,
    },
    Sample {
        file: "head.nii",
        preview: "head.png",
        nature: "real",
        name: "Head MRI volume",
        credit: "T1 volume of low resolution (NIfTI, 33 × 41 × 25 voxels) by the nibabel developers, MIT",
        modality: Modality::Mri,
    },
    Sample {
        file: "microaneurysms.png",
        preview: "microaneurysms.png",
        nature: "real",
        name: "Microaneurysms",
        credit: "green channel of a fundus photograph from the High-Resolution Fundus database (Budai et al. 2013), by \
                 Andreas Maier, CC0",
        modality: Modality::Fundus,
    },
    Sample {
        file: "ihc.jpg",
        preview: "ihc.jpg",
        nature: "real",
        name: "Stained colon",
        credit: "immunohistochemistry of colonic glands by the Center for Microscopy and Molecular Imaging, no known \
                 copyright restrictions",
        modality: Modality::Histopathology,
    },
    Sample {
        file: "mni.png",
        preview: "mni.png",
        nature: "real",
        name: "Average brain",
        credit: "T1 slice of the ICBM 152 template, the mean of 152 heads, by the McConnell Brain Imaging Centre, \
                 Montreal Neurological Institute; its notice is samples/mni.NOTICE.txt",
        modality: Modality::Mri,
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

/// Questions under the prompt box, in the words that the default model was trained on.
pub(crate) const fn questions(modality: Modality) -> &'static [&'static str] {
    match modality {
        Modality::Chest => &[
            "What is abnormal?",
            "Is there a pleural effusion?",
            "Write a report.",
        ],
        Modality::Fundus => &[
            "What kind of image is this?",
            "Which eye is this?",
            "What is abnormal?",
        ],
        Modality::Mri => &[
            "Which MRI sequence is this?",
            "What is abnormal?",
            "Write a report.",
        ],
        Modality::Ct => &[
            "Which window is this?",
            "What is abnormal?",
            "Write a report.",
        ],
        Modality::Radiograph
        | Modality::Oct
        | Modality::Ultrasound
        | Modality::Histopathology
        | Modality::Endoscopy
        | Modality::Unknown => &[
            "What kind of image is this?",
            "What is abnormal?",
            "Write a report.",
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
}
