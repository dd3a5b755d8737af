//! The form of a saved conversation.

use crate::language::fill;
use crate::model::{
    token_probability::{self, TokenProbability},
    trial::{Change, likelihood, same_answer},
    turn::Status,
};
use serde::{Deserialize, Serialize};
use unimed_protocol::{AskSettings, AttentionMap, PaintSettings};

/// The word that tells such a file from other JSON.
pub(crate) const FORMAT: &str = "unimed-conversation";

/// The form's version.
pub(crate) const VERSION: u32 = 1;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// [`FORMAT`].
    pub(crate) format: String,
    /// [`VERSION`].
    pub(crate) version: u32,
    /// When it was saved, as ISO 8601 has it.
    pub(crate) saved_at: String,
    /// The model that answered.
    pub(crate) model: SavedModel,
    /// What it ran on.
    pub(crate) device: String,
    /// All images, what was asked about and what was made.
    pub(crate) images: Vec<SavedImage>,
    /// Oldest first.
    pub(crate) turns: Vec<SavedTurn>,
}

/// The model that answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct SavedModel {
    /// Its name.
    pub(crate) name: String,
    /// SHA-256 of its description, 64 hexadecimal digits.
    pub(crate) sha256: String,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedImage {
    /// Its name.
    pub(crate) name: String,
    /// Whether a model made it; then the mark that says so is part of its pixels.
    pub(crate) generated: bool,
    /// What the reader of its file noted: what is missing, not shown or uncertain. English sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// A PNG file in base64.
    pub(crate) png: String,
}

/// A question or a prompt, and what came of it. Images and turns are named by their place in the lists above.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedTurn {
    /// As typed.
    pub(crate) words: String,
    /// What it was about.
    pub(crate) images: Vec<usize>,
    /// Turns that it follows up on.
    #[serde(default)]
    pub(crate) earlier: Vec<usize>,
    /// The first of the variations among which it is another one.
    #[serde(default)]
    pub(crate) first: Option<usize>,
    /// How it ended.
    pub(crate) status: SavedStatus,
    /// Time, tokens, steps, in words.
    pub(crate) figures: String,
    /// What came of it.
    pub(crate) result: SavedResult,
}

/// What was sent and came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SavedResult {
    /// A question.
    Ask {
        /// How it was to be answered.
        settings: AskSettings,
        /// The answer.
        answer: String,
        /// For each token: where it ends in the answer, in bytes of UTF-8, and its probability.
        #[serde(rename = "sure")]
        token_probabilities: Vec<(usize, f32)>,
        /// Where the answer looked, image by image.
        #[serde(rename = "gaze")]
        attention: Vec<SavedAttention>,
        /// What was answered with the images taken away or changed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        trials: Vec<SavedTrial>,
    },
    /// A prompt.
    Make {
        /// How it was to be made.
        settings: PaintSettings,
        /// The image, if there is one.
        made: Option<usize>,
    },
}

/// A question once more, with its images taken away or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedTrial {
    /// What was done to the images.
    pub(crate) change: Change,
    /// The image that took their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) other: Option<usize>,
    /// The answer.
    pub(crate) answer: String,
    /// As of the answer that it is compared with.
    #[serde(rename = "sure")]
    pub(crate) token_probabilities: Vec<(usize, f32)>,
}

/// Where an answer looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedAttention {
    /// In which image.
    pub(crate) image: usize,
    /// The attention.
    #[serde(rename = "gaze")]
    pub(crate) attention: AttentionMap,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SavedStatus {
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
    pub(crate) const fn mark(&self) -> &'static str {
        if self.generated { "generated: " } else { "" }
    }
}

impl SavedTrial {
    /// What came of it beside the answer as it was asked for, in a line.
    pub(crate) fn line(&self, answer: &str, images: &[SavedImage]) -> String {
        let other = self.other.and_then(|place| images.get(place));
        let name = fill(self.change.name(), &[other.map_or("", |image| &image.name)]);
        let said = if same_answer(&self.answer, answer) {
            "the same answer".to_owned()
        } else {
            format!("changed: {}", self.answer)
        };
        let share = likelihood(&tokens(&self.token_probabilities))
            .map_or_else(String::new, |share| {
                format!(" ({})", token_probability::words(share))
            });
        format!("{name}: {said}{share}")
    }
}

/// Where the tokens of an answer end, and how likely each was.
pub(crate) fn tokens(saved: &[(usize, f32)]) -> Vec<TokenProbability> {
    let token = |(end, probability): &(usize, f32)| TokenProbability {
        end: *end,
        probability: *probability,
    };
    saved.iter().map(token).collect()
}

impl SavedTurn {
    /// Who speaks, in words.
    pub(crate) const fn who(&self) -> &'static str {
        match self.result {
            SavedResult::Ask { .. } => "You ask",
            SavedResult::Make { .. } => "You make",
        }
    }

    /// The settings in words, the seed among them.
    pub(crate) fn settings(&self) -> String {
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
pub(crate) mod tests {
    use super::*;

    /// A grey pixel; see the tests of `png_text`.
    pub(crate) const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGMAAAACAAFIr6RxAAAAAElFTkSuQmCC";

    /// A question about an image, and an image made from it.
    pub(crate) fn example() -> Saved {
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
                attention: true,
            },
            answer: "Findings: <b>none</b>.\nImpression: normal.".into(),
            token_probabilities: vec![(8, 0.5), (42, 0.25)],
            attention: vec![SavedAttention {
                image: 0,
                attention: AttentionMap {
                    rows: 1,
                    columns: 2,
                    weights: vec![0.25, 0.75],
                },
            }],
            trials: vec![SavedTrial {
                change: Change::Blank,
                other: None,
                answer: "I *cannot* tell.".into(),
                token_probabilities: vec![(8, 0.5), (16, 0.5)],
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
    fn a_trial_is_told_in_a_line() {
        let saved = example();
        let line = |change, other, answer: &str| {
            let trial = SavedTrial {
                change,
                other,
                answer: answer.into(),
                token_probabilities: vec![(1, 0.25)],
            };
            trial.line("Yes.", &saved.images)
        };
        assert_eq!(
            line(Change::Without, None, "yes"),
            "Without the image: the same answer (25 %)"
        );
        assert_eq!(
            line(Change::Other, Some(1), "no"),
            "With made: changed: no (25 %)"
        );
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
