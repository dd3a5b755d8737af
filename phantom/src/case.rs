//! One image with everything that is known about it.

use crate::fact::Fact;
use crate::image::Image;
use crate::modality::Modality;
use crate::plane::Resolution;
use crate::qa::Qa;
use crate::rng::Rng;
use crate::scene::{self, Scene};
use crate::split::Split;
use crate::{questions, wording};

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
/// brought to [`crate::SIDE`] pixels. Its noise is another one.
pub fn fine_image(modality: Modality, split: Split, seed: u64, index: u64) -> Image {
    let (scene, _) = scene::sample(modality, split, seed, index);
    scene.render_at(Resolution::Full)
}

/// A scene in words, with a picture of it.
pub(crate) fn describe(scene: &Scene, image: Image, mut words: Rng) -> Case {
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
