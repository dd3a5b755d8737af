//! Decoded pictures of a split, in memory, and draws from them.

use std::collections::{BTreeMap, BTreeSet};

use unimed_core::paint::Mt19937;

use super::{Folder, PictureSplit, Topic, asked, picture::Picture, turns::Turns};
use crate::TrainError;

/// One group in so many of the training split is kept for validation, in sources of many groups.
const HELD: u64 = 12;
/// Sources with fewer groups are trained on whole.
const MANY_GROUPS: usize = 40;
/// Draws until a picture of a known kind counts as not to be found.
const MANY_DRAWS: usize = 200;

/// The pictures of a split.
#[derive(Debug, Clone)]
pub struct PictureSet {
    /// All of them, those for validation excepted.
    pub pictures: Vec<Picture>,
    /// Training pictures that are kept for validation; groups are never parted.
    pub held: Vec<Picture>,
    turns: Turns,
}

impl PictureSet {
    /// Decodes the training pictures of some folders.
    ///
    /// # Errors
    ///
    /// [`TrainError::Index`]; [`TrainError::Value`] when the folders have none.
    pub fn training(folders: &[Folder]) -> Result<Self, TrainError> {
        let pictures = load(folders, PictureSplit::Train)?;
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for picture in &pictures {
            let own = groups.entry(picture.record.source.clone()).or_default();
            own.insert(picture.record.group.clone());
        }
        let (held, pictures): (Vec<_>, Vec<_>) = pictures.into_iter().partition(|picture| {
            let record = &picture.record;
            groups[&record.source].len() >= MANY_GROUPS && hash(&record.group).is_multiple_of(HELD)
        });
        if pictures.is_empty() {
            return Err(TrainError::Value {
                what: "--pictures",
                found: "without any of the split train".into(),
                expected: "pictures to train on".into(),
            });
        }
        let turns = Turns::new(&pictures);
        Ok(Self {
            pictures,
            held,
            turns,
        })
    }

    /// The next picture of a sequence of draws.
    pub fn draw(&self, rng: &mut Mt19937) -> &Picture {
        &self.pictures[self.turns.next(rng)]
    }

    /// The next picture of a kind that the model knows; `None` when hardly any is.
    pub(crate) fn draw_medical(&self, rng: &mut Mt19937) -> Option<&Picture> {
        (0..MANY_DRAWS)
            .map(|_| self.draw(rng))
            .find(|picture| picture.record.modality.is_some())
    }
}

/// Decodes a split; in the order of the folders and their indices.
fn load(folders: &[Folder], split: PictureSplit) -> Result<Vec<Picture>, TrainError> {
    let mut answers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut within: BTreeMap<(&str, String), BTreeSet<String>> = BTreeMap::new();
    let records = || {
        let each = folders.iter();
        each.flat_map(|folder| folder.of(split).map(move |record| (folder, record)))
    };
    for (_, record) in records() {
        for asked in asked(record) {
            let own = within
                .entry((&record.source, asked.key.clone()))
                .or_default();
            own.insert(asked.answer.clone());
            answers.entry(asked.key).or_default().insert(asked.answer);
        }
    }
    records()
        .map(|(folder, record)| {
            let mut asked = asked(record);
            asked.retain(|asked| asked.topic != Topic::Finding || answers[&asked.key].len() > 1);
            let first = asked
                .iter()
                .find(|asked| asked.topic == Topic::Finding)
                .or_else(|| {
                    asked.iter().find(|asked| {
                        asked.topic == Topic::Attribute
                            && within[&(record.source.as_str(), asked.key.clone())].len() > 1
                    })
                });
            Ok(Picture {
                shows: first.map_or_else(String::new, |asked| asked.answer.clone()),
                image: folder.image(record)?,
                mask: folder.mask(record)?,
                record: record.clone(),
                asked,
            })
        })
        .collect()
}

/// FNV-1a: the same on every machine.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
