//! Between the page and the worker that keeps models: what is known and kept, and what is to be done with it.
//!
//! The worker says everything in whole sentences with gaps, so that the page only shows them.

use crate::UserError;
use serde::{Deserialize, Serialize};

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelSource {
    /// A folder on a web server: its absolute address with a slash at its end.
    Url(String),
    /// A folder on this device, by its name. Its files, or the browser's handle on it, go along with the message.
    Folder(String),
    /// What this browser keeps, by its name in the store; nothing is fetched.
    Kept(String),
}

/// A sentence with gaps `{}` and what fills them, so that it can be said in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The sentence, in English.
    pub words: String,
    /// What fills its gaps, in order.
    pub parts: Vec<String>,
}

impl Sentence {
    /// A sentence and its parts.
    #[must_use]
    pub fn new(words: &str, parts: impl IntoIterator<Item = String>) -> Self {
        Self {
            words: words.to_owned(),
            parts: parts.into_iter().collect(),
        }
    }
}

/// What can be done with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelAction {
    /// Ask and make with it from now on.
    Use,
    /// Fetch what is not on this device yet, and keep it.
    Keep,
    /// Stop fetching; what is there stays.
    Pause,
    /// Read all of it and compare every piece with its hash; what is damaged is fetched again.
    Verify,
    /// Remove it from this device.
    Delete,
    /// Take it off the list.
    Forget,
}

/// What a model needs, in numbers, for programs; [`ModelEntry::lines`] says the same to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelRequirements {
    /// Licence of its weights.
    pub licence: String,
    /// Bytes of its files.
    pub bytes: u64,
    /// Bytes of them that this browser keeps.
    pub kept_bytes: u64,
    /// Memory; `None` for a model that this engine cannot plan.
    pub memory: Option<MemoryRequirements>,
}

/// Memory that a model needs of this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoryRequirements {
    /// Bytes that an answer about an image of 512 x 512 pixels takes.
    pub ask_bytes: u64,
    /// Bytes that making an image of `paint_px` x `paint_px` pixels from another one takes.
    pub paint_bytes: u64,
    /// Side of that image, in pixels.
    pub paint_px: usize,
    /// Bytes that there are; browsers do not say it of a graphics processor.
    pub available_bytes: Option<u64>,
    /// Whether both fit into that.
    pub fits: Option<bool>,
}

/// One model in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// Its number in the list, never used twice in one visit.
    pub key: u32,
    /// Where it comes from.
    pub place: ModelSource,
    /// Its name, or its address as long as that is all that is known.
    pub name: String,
    /// Size, licence, what it needs of this device.
    pub lines: Vec<Sentence>,
    /// The same in numbers, as soon as its manifest was read. Only the package for other pages reads it, which is
    /// JavaScript: the page, which is weighed, has no code for it.
    #[serde(skip_deserializing)]
    pub needs: Option<ModelRequirements>,
    /// How far it is, in one word for style sheets and tests.
    pub state: String,
    /// The same for people.
    pub status: Sentence,
    /// Done share of what is under way, 0 to 1.
    pub share: Option<f64>,
    /// Seconds until that is done, as soon as there is a rate to go by.
    pub left_s: Option<f64>,
    /// What can be done with it now, and what that is called.
    pub actions: Vec<(ModelAction, String)>,
    /// What went wrong with it.
    pub user_error: Option<UserError>,
}

/// Page to the worker that keeps models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToModels {
    /// List what is kept, and this one, which every visitor has.
    Open {
        /// The model that comes with the page.
        default: ModelSource,
        /// Absolute address of the page's folder, with a slash at its end (to sort requests).
        page_url: String,
    },
    /// List one more. A folder goes along.
    Add(ModelSource),
    /// Do something with a model.
    Do {
        /// Its number.
        key: u32,
        /// What.
        action: ModelAction,
    },
}

/// The worker that keeps models to the page, as [`crate::FromWorker::Event`]: all that there is to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelList {
    /// The models.
    pub entries: Vec<ModelEntry>,
    /// What this browser keeps and how much it allows.
    pub storage: Sentence,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remedy, decode, encode};

    #[test]
    fn messages_survive_the_way() {
        let messages = [
            ToModels::Open {
                default: ModelSource::Url("https://x/model/".into()),
                page_url: "https://x/".into(),
            },
            ToModels::Add(ModelSource::Folder("a b".into())),
            ToModels::Do {
                key: 7,
                action: ModelAction::Keep,
            },
        ];
        for message in messages {
            assert_eq!(
                decode::<ToModels>(&encode(&message)).expect("same text"),
                message
            );
        }
        let list = ModelList {
            entries: vec![ModelEntry {
                key: 1,
                place: ModelSource::Kept("00ff".into()),
                name: "M".into(),
                lines: vec![Sentence::new("{} of {}", ["1".into(), "2".into()])],
                needs: Some(ModelRequirements {
                    licence: "MIT".into(),
                    bytes: 1 << 40,
                    kept_bytes: 3,
                    memory: Some(MemoryRequirements {
                        ask_bytes: 4,
                        paint_bytes: 5,
                        paint_px: 512,
                        available_bytes: None,
                        fits: Some(false),
                    }),
                }),
                state: "fetching".into(),
                status: Sentence::default(),
                share: Some(0.25),
                left_s: None,
                actions: vec![(ModelAction::Pause, "Pause".into())],
                user_error: Some(UserError::new("a", "b", Remedy::None)),
            }],
            storage: Sentence::new("x", []),
        };
        let text = encode(&list);
        let numbers = concat!(
            r#""needs":{"licence":"MIT","bytes":1099511627776,"kept_bytes":3,"memory":{"ask_bytes":4,"paint_bytes":5,"#,
            r#""paint_px":512,"available_bytes":null,"fits":false}}"#
        );
        assert!(text.contains(numbers), "{text}");
        let mut read = list;
        read.entries[0].needs = None;
        assert_eq!(decode::<ModelList>(&text).expect("same text"), read);
    }
}
