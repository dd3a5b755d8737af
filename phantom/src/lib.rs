//! Simulated medical images with exact facts, and the text made from the facts.
//!
//! A sample is a pure function of split, seed and index, the same on every platform. A scene is
//! sampled first (anatomy, findings, acquisition); the picture and every sentence are read from it,
//! so text never names what the picture does not hold.
//!
//! ```
//! use unimed_phantom::{Modality, Split, case};
//! let sample = case(Modality::ChestXray, Split::Test, 1, 0);
//! assert_eq!(sample.image.pixels.len(), 3 * 128 * 128);
//! assert!(!sample.qa.is_empty());
//! ```

mod brain;
mod chest;
mod compare;
mod ct;
mod endoscopy;
mod finding;
mod fundus;
mod grammar;
mod histo;
mod located;
mod math;
mod oct;
mod pairs;
mod plane;
mod questions;
mod rng;
mod scene;
mod simulated;
mod spoken;
mod superres;
mod tube;
mod ultrasound;
#[cfg(test)]
mod visibility;
mod wording;

pub use chest::COUNTERFACTUAL_BEGINNINGS;
pub use compare::{Comparison, ComparisonTask, comparison, comparison_without_images};
pub use grammar::grammar_lines;
pub use located::{FindingMask, located_case, without_finding};
pub use pairs::{Pair, PairFamily, PairTask, pair, pair_of};
pub use spoken::report_facts;
pub use superres::{
    FACTOR as SUPER_RESOLUTION_FACTOR, REQUESTS as SUPER_RESOLUTION_REQUESTS, sharpened,
};
pub use wording::{CAPTION_REQUESTS, REPORT_REQUESTS};

/// Side of every image in pixels.
pub const SIDE: usize = 128;

/// Side of [`fine_image`] in pixels.
pub const FINE_SIDE: usize = plane::FINE;

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

    /// The labels that [`Case::finding`] can take, in a fixed order.
    pub fn findings(self) -> Vec<&'static str> {
        self.kinds().iter().map(|kind| kind.key).collect()
    }

    fn kinds(self) -> &'static [finding::Kind] {
        self.traits().kinds
    }

    const fn traits(self) -> &'static simulated::Traits {
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

/// A set of samples that shares none with another set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// For training.
    Train,
    /// For choices made while training.
    Validation,
    /// For the numbers that are reported.
    Test,
    /// Combinations of two findings that no other split shows. Every scene is abnormal here, so
    /// answers are not balanced.
    HeldOut,
}

/// An RGB image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue; row-major; `3 * width * height` bytes.
    pub pixels: Vec<u8>,
}

/// Something that is true of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about, for example `effusion.side`.
    pub key: &'static str,
    /// For example `left`.
    pub value: String,
}

/// How a question can be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerKind {
    /// Yes or no, or one of a few choices.
    Closed,
    /// Free words.
    Open,
}

/// A question about an image with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qa {
    /// As a person would ask.
    pub question: String,
    /// Short: `yes`, `left`, `chest X-ray`.
    pub answer: String,
    /// How it is marked.
    pub kind: AnswerKind,
    /// `modality`, `organ`, `presence`, `side`, `size`, `count`, `location`, `sequence`,
    /// `laterality`, `abnormality`, `severity`, `window`, `probe`, `margin`, `thickness`, `stain` or
    /// `comparison`.
    pub category: &'static str,
    /// Name of the question, the same over all its wordings: what a guess without the image can
    /// know.
    pub form: &'static str,
}

/// An image with everything that is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What kind of image it is.
    pub modality: Modality,
    /// The picture, 128 x 128.
    pub image: Image,
    /// The facts of the scene.
    pub facts: Vec<Fact>,
    /// One sentence.
    pub caption: String,
    /// Two lines: `Findings: ...` and `Impression: ...`.
    pub report: String,
    /// A request that this image would fulfil: `Make a chest X-ray showing a nodule.`
    pub prompt: String,
    /// Questions with answers.
    pub qa: Vec<Qa>,
    /// Label of the main finding, one of [`Modality::findings`]; `None` for a normal image.
    pub finding: Option<&'static str>,
}

/// The sample of a modality and split with this seed and index. The same arguments give the same
/// bytes on every platform; different splits never give the same scene.
pub fn case(modality: Modality, split: Split, seed: u64, index: u64) -> Case {
    let (scene, words) = scene::sample(modality, split, seed, index);
    describe(&scene, scene.render(), words)
}

/// As [`case`], hundreds of times faster, with an image of no pixels: for what needs the words only
/// (a guess without the image, a tokenizer, statistics of answers).
pub fn case_without_image(modality: Modality, split: Split, seed: u64, index: u64) -> Case {
    let (scene, words) = scene::sample(modality, split, seed, index);
    let image = Image {
        width: 0,
        height: 0,
        pixels: Vec::new(),
    };
    describe(&scene, image, words)
}

/// The picture of [`case`] with the same arguments at twice the side: on the grid that scenes are drawn on, before it is
/// brought to [`SIDE`] pixels. Its noise is another one.
pub fn fine_image(modality: Modality, split: Split, seed: u64, index: u64) -> Image {
    let (scene, _) = scene::sample(modality, split, seed, index);
    scene.render_at(plane::Resolution::Full)
}

fn describe(scene: &scene::Scene, image: Image, mut words: rng::Rng) -> Case {
    Case {
        modality: scene.modality(),
        image,
        facts: wording::facts(scene),
        caption: wording::caption(scene, &mut words),
        report: wording::report(scene, &mut words),
        prompt: wording::prompt(scene, &mut words),
        qa: questions::questions(scene, &mut words),
        finding: scene.findings().first().map(|f| f.kind.key),
    }
}

/// A request that a model could answer with this case's image, for example
/// `Make a chest X-ray showing a large left pleural effusion.`
pub fn prompt(case: &Case) -> String {
    case.prompt.clone()
}
