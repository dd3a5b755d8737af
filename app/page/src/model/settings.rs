//! What the person can set, and what of it holds for an answer or an image: the settings over those of the model.

use crate::model::{commands::OwnKeys, image::OpenImage, viewport::pointer::Mouse};
use serde::{Deserialize, Serialize};
use unimed_protocol::{AskSettings, DeviceChoice, ModelCard, ModelSource, PaintSettings};

/// Longest answer before the model has said what it likes, in tokens.
const DEFAULT_MAX_TOKENS: usize = 96;

/// Dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Theme {
    /// As in a reading room.
    #[default]
    Dark,
    /// As on paper.
    Light,
}

/// All settings. `None` means: as the makers of the model chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Dark or light.
    pub(crate) theme: Theme,
    /// Tag of the page's language; `None` for the browser's.
    pub(crate) language: Option<String>,
    /// The model in use; `None` for the one that comes with the page.
    pub(crate) model: Option<ModelSource>,
    /// What the engine runs on.
    pub(crate) device: DeviceChoice,
    /// Temperature of answers; 0 = the likeliest words.
    pub(crate) temperature: Option<f32>,
    /// Longest answer, in tokens.
    pub(crate) max_tokens: Option<usize>,
    /// Steps of a painting.
    pub(crate) steps: Option<usize>,
    /// Width and height of a painting, in pixels.
    pub(crate) size: Option<(usize, usize)>,
    /// Guidance towards the text.
    pub(crate) cfg_text: Option<f32>,
    /// Guidance towards the source image.
    pub(crate) cfg_image: Option<f32>,
    /// Seed of answers and paintings.
    pub(crate) seed: u64,
    /// Whether answers show how sure the model was of each word.
    #[serde(rename = "sure")]
    pub(crate) show_token_probabilities: bool,
    /// Keys of the viewer that are not the standard ones.
    pub(crate) keys: OwnKeys,
    /// What drags in the viewer do.
    pub(crate) mouse: Mouse,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            language: None,
            model: None,
            device: DeviceChoice::default(),
            temperature: None,
            max_tokens: None,
            steps: None,
            size: None,
            cfg_text: None,
            cfg_image: None,
            seed: 1,
            show_token_probabilities: false,
            keys: OwnKeys::default(),
            mouse: Mouse::default(),
        }
    }
}

impl Settings {
    /// How to answer: these settings over those of the model.
    pub(crate) fn ask(&self, model: Option<&ModelCard>) -> AskSettings {
        let temperature = match self.temperature {
            Some(chosen) => (chosen > 0.0).then_some(chosen),
            None => model.and_then(|model| model.ask.temperature),
        };
        AskSettings {
            temperature,
            seed: self.seed,
            max_tokens: self
                .max_tokens
                .or(model.map(|model| model.ask.max_tokens))
                .unwrap_or(DEFAULT_MAX_TOKENS),
            attention: false,
        }
    }

    /// How to make what some words ask for, from images or from the words alone: these settings over those of the model.
    pub(crate) fn paint(
        &self,
        model: Option<&ModelCard>,
        sources: &[OpenImage],
        words: &str,
    ) -> PaintSettings {
        let mut paint = model.map_or(
            PaintSettings {
                width: 128,
                height: 128,
                steps: 24,
                cfg_text: 4.0,
                cfg_image: 1.5,
                seed: self.seed,
                preview_every: 2,
            },
            |model| match sources {
                [] => model.paint.clone(),
                _ => match &model.counterfactual {
                    Some(own) if own.is_asked(words) => own.settings.clone(),
                    _ => model.edit.clone(),
                },
            },
        );
        paint.seed = self.seed;
        paint.steps = self.steps.unwrap_or(paint.steps);
        paint.cfg_text = self.cfg_text.unwrap_or(paint.cfg_text);
        paint.cfg_image = self.cfg_image.unwrap_or(paint.cfg_image);
        if let Some((width, height)) = self.size {
            (paint.width, paint.height) = model.map_or((width, height), |model| {
                // Chosen for another model perhaps, whose sizes come in other steps.
                (fitting(width as f64, model), fitting(height as f64, model))
            });
        } else if let (Some(source), Some(model)) = (sources.first(), model) {
            (paint.width, paint.height) = shaped(
                (paint.width, paint.height),
                (source.width, source.height),
                model,
            );
        }
        paint
    }

    /// Answers and images are made as the model's makers chose again.
    pub(crate) fn forget_sampling(&mut self) {
        self.temperature = None;
        self.max_tokens = None;
        self.steps = None;
        self.size = None;
        self.cfg_text = None;
        self.cfg_image = None;
        self.seed = Self::default().seed;
    }
}

/// A size of about the same area as `size` in the shape of the source, so that the two can be laid over each other.
fn shaped(size: (usize, usize), source: (u32, u32), model: &ModelCard) -> (usize, usize) {
    let stretch = (f64::from(source.0.max(1)) / f64::from(source.1.max(1))).sqrt();
    let side = |pixels: usize, stretch: f64| fitting(pixels as f64 * stretch, model);
    (side(size.0, stretch), side(size.1, 1.0 / stretch))
}

/// The side nearest to this one that the model makes.
fn fitting(side: f64, model: &ModelCard) -> usize {
    let multiple = model.paint_multiple_px.max(1);
    let [least, most] = model.paint_range_px;
    let steps = (side / multiple as f64).round() as usize;
    (steps * multiple).clamp(least, most.max(least))
}

#[cfg(test)]
mod tests {
    use unimed_protocol::CounterfactualSettings;

    use super::*;

    #[test]
    fn settings_of_an_older_page_are_read_with_defaults_for_the_rest() {
        let settings: Settings =
            serde_json::from_str(r#"{"theme":"light","gone":1}"#).expect("json");
        assert_eq!(
            settings,
            Settings {
                theme: Theme::Light,
                ..Settings::default()
            }
        );
    }

    #[test]
    fn temperature_zero_means_the_likeliest_words() {
        let settings = Settings {
            temperature: Some(0.0),
            ..Settings::default()
        };
        assert_eq!(settings.ask(None).temperature, None);
        let settings = Settings {
            temperature: Some(0.8),
            ..Settings::default()
        };
        assert_eq!(settings.ask(None).temperature, Some(0.8));
    }

    #[test]
    fn a_chosen_size_and_seed_win_over_the_models() {
        let settings = Settings {
            size: Some((64, 96)),
            seed: 9,
            ..Settings::default()
        };
        let paint = settings.paint(None, &[], "");
        assert_eq!(
            (paint.width, paint.height, paint.seed, paint.steps),
            (64, 96, 9, 24)
        );
    }

    #[test]
    fn going_back_to_the_models_own_keeps_what_is_not_about_the_model() {
        let mut settings = Settings {
            theme: Theme::Light,
            model: Some(ModelSource::Kept("00".into())),
            steps: Some(5),
            size: Some((64, 64)),
            temperature: Some(1.0),
            seed: 9,
            ..Settings::default()
        };
        settings.forget_sampling();
        assert_eq!(
            settings,
            Settings {
                theme: Theme::Light,
                model: Some(ModelSource::Kept("00".into())),
                ..Settings::default()
            }
        );
    }

    #[test]
    fn an_image_made_from_another_has_its_shape() {
        let paint = Settings::default().paint(None, &[], "");
        let model = ModelCard {
            name: String::new(),
            licence: String::new(),
            parameters: 0,
            bytes: 0,
            sees_px: 128,
            paints_px: 128,
            paint_multiple_px: 16,
            paint_range_px: [64, 256],
            ask: Settings::default().ask(None),
            edit: paint.clone(),
            counterfactual: None,
            paint,
            hash: String::new(),
        };
        let size = |source| shaped((128, 128), source, &model);
        assert_eq!(size((500, 500)), (128, 128));
        assert_eq!(size((400, 200)), (176, 96));
        assert_eq!(size((10, 4000)), (64, 256));
        assert_eq!(size((0, 0)), (128, 128));
        // A size that was chosen for a model with other steps.
        let settings = Settings {
            size: Some((120, 999)),
            ..Settings::default()
        };
        let paint = settings.paint(Some(&model), &[], "");
        assert_eq!((paint.width, paint.height), (128, 256));
        let own = CounterfactualSettings {
            begins: vec!["Add ".into()],
            settings: model.paint.clone(),
        };
        for (words, asked) in [
            ("add a nodule.", true),
            (" Add it", true),
            ("Ad", false),
            ("Addé", false),
        ] {
            assert_eq!(own.is_asked(words), asked, "{words}");
        }
    }
}
