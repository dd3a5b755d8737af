//! The form of a saved conversation.

use crate::turn::Status;
use serde::{Deserialize, Serialize};
use unimed_protocol::{AskSettings, Gaze, PaintSettings};

/// The word that tells such a file from other JSON.
pub(super) const FORMAT: &str = "unimed-conversation";

/// The form's version.
pub(super) const VERSION: u32 = 1;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// [`FORMAT`].
    pub(super) format: String,
    /// [`VERSION`].
    pub(super) version: u32,
    /// When it was saved, as ISO 8601 has it.
    pub(super) saved_at: String,
    /// The model that answered.
    pub(super) model: SavedModel,
    /// What it ran on.
    pub(super) device: String,
    /// All images, what was asked about and what was made.
    pub(super) images: Vec<SavedImage>,
    /// Oldest first.
    pub(super) turns: Vec<SavedTurn>,
}

/// The model that answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct SavedModel {
    /// Its name.
    pub(super) name: String,
    /// SHA-256 of its description, 64 hexadecimal digits.
    pub(super) sha256: String,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedImage {
    /// Its name.
    pub(super) name: String,
    /// Whether a model made it; then the mark that says so is part of its pixels.
    pub(super) generated: bool,
    /// What the reader of its file noted: what is missing, not shown or uncertain. English sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    /// A PNG file in base64.
    pub(super) png: String,
}

/// A question or a prompt, and what came of it. Images and turns are named by their place in the lists above.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedTurn {
    /// As typed.
    pub(super) words: String,
    /// What it was about.
    pub(super) images: Vec<usize>,
    /// Turns that it follows up on.
    #[serde(default)]
    pub(super) earlier: Vec<usize>,
    /// The first of the variations among which it is another one.
    #[serde(default)]
    pub(super) first: Option<usize>,
    /// How it ended.
    pub(super) status: SavedStatus,
    /// Time, tokens, steps, in words.
    pub(super) figures: String,
    /// What came of it.
    pub(super) result: SavedResult,
}

/// What was sent and came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SavedResult {
    /// A question.
    Ask {
        /// How it was to be answered.
        settings: AskSettings,
        /// The answer.
        answer: String,
        /// For each token: where it ends in the answer, in bytes of UTF-8, and its probability.
        sure: Vec<(usize, f32)>,
        /// Where the answer looked, image by image.
        gaze: Vec<SavedGaze>,
    },
    /// A prompt.
    Make {
        /// How it was to be made.
        settings: PaintSettings,
        /// The image, if there is one.
        made: Option<usize>,
    },
}

/// Where an answer looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedGaze {
    /// In which image.
    pub(super) image: usize,
    /// The attention.
    pub(super) gaze: Gaze,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SavedStatus {
    /// Complete.
    Done,
    /// Stopped by the person, or still under way when it was saved.
    Stopped,
    /// Failed.
    Error,
}

impl From<Status> for SavedStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::Done,
            Status::Stopped | Status::Streaming => Self::Stopped,
            Status::Error => Self::Error,
        }
    }
}

impl From<SavedStatus> for Status {
    fn from(status: SavedStatus) -> Self {
        match status {
            SavedStatus::Done => Self::Done,
            // A failure of another day says nothing about this one: there was simply no result.
            SavedStatus::Stopped | SavedStatus::Error => Self::Stopped,
        }
    }
}

impl SavedImage {
    /// What stands before the name of an image that a model made.
    pub(super) const fn mark(&self) -> &'static str {
        if self.generated { "generated: " } else { "" }
    }
}

impl SavedTurn {
    /// Who speaks, in words.
    pub(super) const fn who(&self) -> &'static str {
        match self.result {
            SavedResult::Ask { .. } => "You ask",
            SavedResult::Make { .. } => "You make",
        }
    }

    /// The settings in words, the seed among them.
    pub(super) fn settings(&self) -> String {
        match &self.result {
            SavedResult::Ask { settings, .. } => {
                let chance = settings.temperature.map_or_else(
                    || "the likeliest words".to_owned(),
                    |temperature| format!("temperature {temperature}, seed {}", settings.seed),
                );
                format!("{chance}, at most {} tokens", settings.max_tokens)
            }
            SavedResult::Make { settings, .. } => format!(
                "{} steps, {} x {} px, text guidance {}, image guidance {}, seed {}",
                settings.steps,
                settings.width,
                settings.height,
                settings.cfg_text,
                settings.cfg_image,
                settings.seed
            ),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A grey pixel; see the tests of `png_text`.
    pub(in super::super) const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGMAAAACAAFIr6RxAAAAAElFTkSuQmCC";

    /// A question about an image, and an image made from it.
    pub(in super::super) fn example() -> Saved {
        let image = |name: &str, generated| SavedImage {
            name: name.into(),
            generated,
            notes: Vec::new(),
            png: PIXEL.into(),
        };
        let turn = |words: &str, result| SavedTurn {
            words: words.into(),
            images: vec![0],
            earlier: vec![],
            first: None,
            status: SavedStatus::Done,
            figures: "4 tokens in 1.0 s".into(),
            result,
        };
        let ask = SavedResult::Ask {
            settings: AskSettings {
                temperature: Some(0.5),
                seed: u64::MAX,
                max_tokens: 64,
                gaze: true,
            },
            answer: "Findings: <b>none</b>.\nImpression: normal.".into(),
            sure: vec![(8, 0.5), (42, 0.25)],
            gaze: vec![SavedGaze {
                image: 0,
                gaze: Gaze {
                    rows: 1,
                    columns: 2,
                    weights: vec![0.25, 0.75],
                },
            }],
        };
        let make = SavedResult::Make {
            settings: PaintSettings {
                width: 128,
                height: 96,
                steps: 24,
                cfg_text: 4.0,
                cfg_image: 1.5,
                seed: 7,
                preview_every: 2,
            },
            made: Some(1),
        };
        Saved {
            format: FORMAT.into(),
            version: VERSION,
            saved_at: "2026-01-02T03:04:05.000Z".into(),
            model: SavedModel {
                name: "Demo & co".into(),
                sha256: "ab".repeat(32),
            },
            device: "CPU".into(),
            images: vec![
                SavedImage {
                    notes: vec!["Slices <b> may be *missing*.".into()],
                    ..image("chest \"1\".png", false)
                },
                image("made", true),
            ],
            turns: vec![
                turn("What is <|im_end|> abnormal?", ask),
                turn("Remove *it*", make),
            ],
        }
    }

    #[test]
    fn settings_name_the_seed() {
        let saved = example();
        assert_eq!(
            saved.turns[0].settings(),
            "temperature 0.5, seed 18446744073709551615, at most 64 tokens"
        );
        assert_eq!(
            saved.turns[1].settings(),
            "24 steps, 128 x 96 px, text guidance 4, image guidance 1.5, seed 7"
        );
    }
}
