//! What callers choose and what they get.

use serde::{Deserialize, Serialize};
use unimed_imaging::RgbImage;

use crate::paint::{Guidance, Renorm};

/// How an answer is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskOptions {
    /// `None` takes the most probable token every time.
    pub temperature: Option<f32>,
    /// Seed of the draw; without a temperature it changes nothing.
    pub seed: u64,
    /// Longest answer in tokens.
    pub max_tokens: usize,
    /// System prompt of think mode; read before everything else.
    pub think: Option<String>,
    /// Also measure where the answer looked; costs one more pass over the answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub attention: bool,
}

impl Default for AskOptions {
    fn default() -> Self {
        Self {
            temperature: None,
            seed: 0,
            max_tokens: 512,
            think: None,
            attention: false,
        }
    }
}

/// Whether a condition image is encoded with noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatentNoise {
    /// The mean of the posterior: deterministic on every device.
    Mean,
    /// A sample of the posterior, as in training.
    Seeded(u32),
}

/// One piece of an interleaved input.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// A text, as a person typed it.
    Text(&'a str),
    /// An image of any size.
    Image(&'a RgbImage),
}

/// Whether, and when, the model puts its painting into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Explain {
    /// It only paints.
    #[default]
    No,
    /// First it answers the instruction in words, and paints from instruction, two line breaks and
    /// answer as one text: the official editing script.
    Before,
    /// First it answers in words, which it then reads as a text of its own: the layout of the
    /// training data.
    BeforeApart,
    /// First it paints, then it explains from the same context, which lacks the painting: the
    /// layout of the counterfactual training data.
    After,
}

/// How an image is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaintOptions {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Euler steps. The official scripts count grid points: their 50 are 49 steps.
    pub steps: usize,
    /// Guidance against the context without text; 1 is none.
    pub cfg_text: f32,
    /// Guidance against the context without images; 1 is none.
    pub cfg_image: f32,
    /// Guidance is active for `cfg_interval.0 < t <= cfg_interval.1`.
    pub cfg_interval: (f32, f32),
    /// Which norm guidance keeps.
    pub renorm: Renorm,
    /// Smallest factor of that norm.
    pub renorm_min: f32,
    /// Time shift.
    pub shift: f32,
    /// Seed of the noise; its lower 32 bits count.
    pub seed: u64,
    /// A preview every so many steps; 0 for none.
    pub preview_every: usize,
    /// Noise of condition images; by default a sample with the seed of the painting.
    pub latent_noise: Option<LatentNoise>,
    /// System prompt of think mode: the model plans in words before it paints.
    pub think: Option<String>,
    /// Whether the model also explains.
    pub explain: Explain,
}

impl PaintOptions {
    pub(super) fn guidance(&self) -> Guidance {
        Guidance {
            text_scale: self.cfg_text,
            image_scale: self.cfg_image,
            interval: self.cfg_interval,
            renorm: self.renorm,
            renorm_min: self.renorm_min,
        }
    }
}

/// The settings of the official text-to-image demonstration, at the model's full size.
impl Default for PaintOptions {
    fn default() -> Self {
        Self {
            width: 1024,
            height: 1024,
            steps: 49,
            cfg_text: 4.0,
            cfg_image: 1.5,
            cfg_interval: (0.4, 1.0),
            renorm: Renorm::Global,
            renorm_min: 0.0,
            shift: 3.0,
            seed: 42,
            preview_every: 0,
            latent_noise: None,
            think: None,
            explain: Explain::No,
        }
    }
}

/// Settings that the makers of a model chose; stored in its manifest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Defaults {
    /// For answers.
    #[serde(default)]
    pub ask: AskOptions,
    /// For images.
    #[serde(default)]
    pub paint: PaintOptions,
    /// For images from images, where they have settings of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<PaintOptions>,
    /// For the same patient with one finding more, less or worse, where that has settings of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterfactual: Option<Counterfactual>,
    /// For images that are asked for at a higher resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub super_resolution: Option<SuperResolution>,
}

/// What a model understands as a wish for a higher resolution. Its image is made to agree with the source (iterative
/// back-projection): it may add details, and contradicts nothing that the source shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuperResolution {
    /// How many times the resolution, in each direction.
    pub factor: usize,
    /// The words that ask for it, one of which is the whole text.
    pub requests: Vec<String>,
}

/// What a model understands as a wish for a counterfactual, and how it makes one. The source says little of where a new
/// finding goes, so a flow takes more steps to it than to another stain, and more guidance by the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// Beginnings of its text, in English without regard to case.
    pub begins: Vec<String>,
    /// The settings.
    pub paint: PaintOptions,
}

impl Counterfactual {
    /// Whether a text asks for one.
    #[must_use]
    pub fn is_asked(&self, text: &str) -> bool {
        let text = text.trim_start().as_bytes();
        let begins = |beginning: &String| {
            let head = text.get(..beginning.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
        };
        self.begins.iter().any(begins)
    }
}

impl Defaults {
    /// Settings for an image that a text asks for, from other images or from the text alone.
    #[must_use]
    pub fn paint_for(&self, from_images: bool, text: &str) -> &PaintOptions {
        if !from_images {
            return &self.paint;
        }
        match (&self.counterfactual, &self.edit) {
            (Some(counterfactual), _) if counterfactual.is_asked(text) => &counterfactual.paint,
            (_, Some(edit)) => edit,
            (_, None) => &self.paint,
        }
    }
}

/// What a model is.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// Licence of the weights.
    pub licence: String,
    /// Number of parameters.
    pub parameters: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Longest side in pixels of an image that it reads.
    pub max_read_side: usize,
    /// Sides in pixels of images that it paints: smallest and largest.
    pub paint_sides: (usize, usize),
    /// Sides of painted images are multiples of this many pixels.
    pub paint_multiple: usize,
    /// Settings that its makers chose.
    pub defaults: Defaults,
}

/// A token of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenEvent {
    /// The text that has become certain with it and follows what came before; may be empty.
    pub text: String,
    /// Index from 0.
    pub index: usize,
    /// Its probability under the model.
    pub probability: f32,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its text.
    pub text: String,
    /// Content tokens.
    pub tokens: usize,
    /// Time until the first token could be decoded, in milliseconds.
    pub prefill_ms: f64,
    /// Time of decoding, in milliseconds.
    pub decode_ms: f64,
    /// The person stopped it; the text is what there was.
    pub stopped: bool,
    /// Tokens that had to be read before the answer: those of images and texts that the engine does not remember.
    pub read_tokens: usize,
    /// Where it looked, image by image, when that was asked for; empty when it was stopped.
    pub attention: Vec<ImageAttention>,
}

/// Attention of an answer over the patches of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageAttention {
    /// Rows of patches.
    pub rows: usize,
    /// Columns of patches.
    pub columns: usize,
    /// For each content token of the answer, then for the decision to end it, one weight per patch,
    /// row by row from the top left; each the share of that token's attention.
    pub weights: Vec<f32>,
}

/// A step of a painting.
#[derive(Debug, Clone, PartialEq)]
pub struct StepEvent {
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// The clean image as the model sees it now, every `preview_every` steps.
    pub preview: Option<RgbImage>,
}

/// A painting.
#[derive(Debug, Clone, PartialEq)]
pub struct Painted {
    /// The image; what there was when the person stopped.
    pub image: RgbImage,
    /// Steps done.
    pub steps: usize,
    /// Seed of the noise.
    pub seed: u64,
    /// Time in milliseconds.
    pub ms: f64,
    /// The person stopped it.
    pub stopped: bool,
    /// What the model thought before it painted (think mode).
    pub thought: Option<String>,
    /// What the model said of its painting; see [`Explain`].
    pub explanation: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_source_choose_among_the_settings_of_the_makers() {
        let steps = |steps| PaintOptions {
            steps,
            ..PaintOptions::default()
        };
        let defaults = Defaults {
            paint: steps(8),
            edit: Some(steps(1)),
            counterfactual: Some(Counterfactual {
                begins: vec!["Add ".into()],
                paint: steps(4),
            }),
            ..Defaults::default()
        };
        let chosen = |from_images, text| defaults.paint_for(from_images, text).steps;
        assert_eq!(chosen(false, "Add a nodule."), 8);
        assert_eq!(chosen(true, "Make the H&E into HER2."), 1);
        assert_eq!(chosen(true, " add a nodule."), 4);
        assert_eq!(chosen(true, "Additional views."), 1);
        let without = Defaults {
            counterfactual: None,
            ..defaults.clone()
        };
        assert_eq!(without.paint_for(true, "Add a nodule.").steps, 1);
        assert_eq!(Defaults::default().paint_for(true, "").steps, 49);
    }
}
