//! What the person set: kept in this browser's storage when it has one, else for this visit only.

use super::viewer::{gestures::Mouse, keymap::OwnKeys};
use serde::{Deserialize, Serialize};
use unimed_protocol::{AskSettings, DeviceChoice, KernelChoice, ModelCard, PaintSettings};

/// Where the settings lie in the browser's storage.
const STORAGE_KEY: &str = "unimed.settings";

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
    /// Keys of the viewer that are not the standard ones.
    pub(crate) keys: OwnKeys,
    /// What drags in the viewer do.
    pub(crate) mouse: Mouse,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            device: DeviceChoice::default(),
            temperature: None,
            max_tokens: None,
            steps: None,
            size: None,
            cfg_text: None,
            cfg_image: None,
            seed: 1,
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
        }
    }

    /// How to paint: these settings over those of the model.
    pub(crate) fn paint(&self, model: Option<&ModelCard>) -> PaintSettings {
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
            |model| model.paint.clone(),
        );
        paint.seed = self.seed;
        paint.steps = self.steps.unwrap_or(paint.steps);
        paint.cfg_text = self.cfg_text.unwrap_or(paint.cfg_text);
        paint.cfg_image = self.cfg_image.unwrap_or(paint.cfg_image);
        if let Some((width, height)) = self.size {
            paint.width = width;
            paint.height = height;
        }
        paint
    }

    /// Reads the settings of an earlier visit; the defaults when there are none or they cannot be read.
    pub(crate) fn load() -> Self {
        storage()
            .and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten())
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Keeps the settings for the next visit, if this browser lets us.
    pub(crate) fn store(&self) {
        let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(self)) else {
            return;
        };
        // A full or forbidden storage means only that the next visit starts with the defaults.
        let _ = storage.set_item(STORAGE_KEY, &text);
    }
}

/// The value of a name in the page's address, after the question mark.
fn from_query<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The `kernels` of the page's address (`?kernels=barrier-free`, `?kernels=shared-memory`), for comparing them.
pub(crate) fn kernels_from_query(query: &str) -> KernelChoice {
    match from_query(query, "kernels") {
        Some("barrier-free") => KernelChoice::BarrierFree,
        Some("shared-memory") => KernelChoice::SharedMemory,
        _ => KernelChoice::Measured,
    }
}

/// The `device` of the page's address (`?device=gpu`, `?device=cpu`, `?device=auto`).
pub(crate) fn device_from_query(query: &str) -> Option<DeviceChoice> {
    match from_query(query, "device")? {
        "cpu" => Some(DeviceChoice::Cpu),
        "gpu" => Some(DeviceChoice::Gpu),
        "auto" => Some(DeviceChoice::Auto),
        _ => None,
    }
}

/// This browser's storage, if the page may use it.
pub(crate) fn storage() -> Option<web_sys::Storage> {
    leptos::prelude::window().local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_choose_the_device() {
        assert_eq!(device_from_query("?device=gpu"), Some(DeviceChoice::Gpu));
        assert_eq!(
            device_from_query("?x=1&device=cpu"),
            Some(DeviceChoice::Cpu)
        );
        assert_eq!(device_from_query("?device=toaster"), None);
        assert_eq!(device_from_query(""), None);
        assert_eq!(
            kernels_from_query("?device=gpu&kernels=barrier-free"),
            KernelChoice::BarrierFree
        );
        assert_eq!(kernels_from_query("?kernels=x"), KernelChoice::Measured);
    }

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
        let paint = settings.paint(None);
        assert_eq!(
            (paint.width, paint.height, paint.seed, paint.steps),
            (64, 96, 9, 24)
        );
    }
}
