//! Between the page and the worker that keeps models: what is known and kept, and what is to be done with it.
//!
//! The worker says everything in whole sentences with gaps, so that the page only shows them.

use crate::Trouble;
use serde::{Deserialize, Serialize};

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelPlace {
    /// A folder on a web server: its absolute address with a slash at its end.
    Url(String),
    /// A folder on this device, by its name. Its files, or the browser's handle on it, go along with the message.
    Folder(String),
    /// What this browser keeps, by its name in the store; nothing is fetched.
    Kept(String),
}

/// A sentence with gaps `{}` and what fills them, so that it can be said in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The sentence, in English.
    pub words: String,
    /// What fills its gaps, in order.
    pub parts: Vec<String>,
}

impl Said {
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
pub enum ModelDeed {
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

/// One model in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// Its number in the list, never used twice in one visit.
    pub key: u32,
    /// Where it comes from.
    pub place: ModelPlace,
    /// Its name, or its address as long as that is all that is known.
    pub name: String,
    /// Size, licence, what it needs of this device.
    pub lines: Vec<Said>,
    /// How far it is, in one word for style sheets and tests.
    pub state: String,
    /// The same for people.
    pub status: Said,
    /// Done share of what is under way, 0 to 1.
    pub share: Option<f64>,
    /// Seconds until that is done, as soon as there is a pace to go by.
    pub left_s: Option<f64>,
    /// What can be done with it now, and what that is called.
    pub deeds: Vec<(ModelDeed, String)>,
    /// What went wrong with it.
    pub trouble: Option<Trouble>,
}

/// Page to the worker that keeps models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToModels {
    /// List what is kept, and this one, which every visitor has.
    Open {
        /// The model that comes with the page.
        default: ModelPlace,
        /// Absolute address of the page's folder, with a slash at its end (to sort requests).
        page_url: String,
    },
    /// List one more. A folder goes along.
    Add(ModelPlace),
    /// Do something with a model.
    Do {
        /// Its number.
        key: u32,
        /// What.
        deed: ModelDeed,
    },
}

/// The worker that keeps models to the page, as [`crate::FromWorker::Event`]: all that there is to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelList {
    /// The models.
    pub entries: Vec<ModelEntry>,
    /// What this browser keeps and how much it allows.
    pub storage: Said,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remedy, decode, encode};

    #[test]
    fn messages_survive_the_way() {
        let messages = [
            ToModels::Open {
                default: ModelPlace::Url("https://x/model/".into()),
                page_url: "https://x/".into(),
            },
            ToModels::Add(ModelPlace::Folder("a b".into())),
            ToModels::Do {
                key: 7,
                deed: ModelDeed::Keep,
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
                place: ModelPlace::Kept("00ff".into()),
                name: "M".into(),
                lines: vec![Said::new("{} of {}", ["1".into(), "2".into()])],
                state: "fetching".into(),
                status: Said::default(),
                share: Some(0.25),
                left_s: None,
                deeds: vec![(ModelDeed::Pause, "Pause".into())],
                trouble: Some(Trouble::new("a", "b", Remedy::None)),
            }],
            storage: Said::new("x", []),
        };
        assert_eq!(
            decode::<ModelList>(&encode(&list)).expect("same text"),
            list
        );
    }
}
