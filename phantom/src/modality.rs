//! The kinds of images, with their names and findings.

use crate::finding::Kind;
use crate::simulated::Traits;
use crate::{brain, chest, ct, endoscopy, fundus, histo, oct, ultrasound};

/// A kind of medical image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Modality {
    /// Chest X-ray, PA projection.
    ChestXray,
    /// Colour fundus photograph.
    Fundus,
    /// Axial brain MRI: T1, T2, FLAIR, proton density or contrast-enhanced T1.
    BrainMri,
    /// Axial CT of head, chest or abdomen, each in its own window.
    Ct,
    /// Optical coherence tomography of the macula.
    Oct,
    /// Ultrasound, B-mode: liver, kidney, thyroid, breast.
    Ultrasound,
    /// Section of breast tissue: H&E, Ki-67 or HER2.
    Histopathology,
    /// Endoscopy of the colon.
    Endoscopy,
}

impl Modality {
    /// Every modality, in a fixed order.
    pub const ALL: [Self; 8] = [
        Self::ChestXray,
        Self::Fundus,
        Self::BrainMri,
        Self::Ct,
        Self::Oct,
        Self::Ultrasound,
        Self::Histopathology,
        Self::Endoscopy,
    ];

    /// Short name for files and options: `chest-xray`.
    pub fn key(self) -> &'static str {
        self.traits().key
    }

    /// The name in text, also the answer to "What kind of image is this?": `chest X-ray`.
    pub fn phrase(self) -> &'static str {
        self.traits().phrase
    }

    /// The labels that [`crate::Case::finding`] can take, in a fixed order.
    pub fn findings(self) -> Vec<&'static str> {
        self.kinds().iter().map(|kind| kind.key).collect()
    }

    pub(crate) fn kinds(self) -> &'static [Kind] {
        self.traits().kinds
    }

    pub(crate) const fn traits(self) -> &'static Traits {
        match self {
            Self::ChestXray => &chest::TRAITS,
            Self::Fundus => &fundus::TRAITS,
            Self::BrainMri => &brain::TRAITS,
            Self::Ct => &ct::TRAITS,
            Self::Oct => &oct::TRAITS,
            Self::Ultrasound => &ultrasound::TRAITS,
            Self::Histopathology => &histo::TRAITS,
            Self::Endoscopy => &endoscopy::TRAITS,
        }
    }
}
