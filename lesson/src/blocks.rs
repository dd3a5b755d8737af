//! The blocks of a step: what is shown and what the learner does.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::prose::Run;

/// A step of a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its heading.
    pub title: String,
    /// What it holds, in order.
    pub contents: Vec<Content>,
}

/// A piece of a step and where it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// Line of the file, from 1.
    pub line: usize,
    /// What it is.
    #[serde(flatten)]
    pub block: Block,
}

/// A piece of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// Its words.
        runs: Vec<Run>,
    },
    /// A heading within the step.
    Heading {
        /// Its words.
        runs: Vec<Run>,
    },
    /// A list.
    List {
        /// Whether it is numbered.
        ordered: bool,
        /// Its items.
        items: Vec<Vec<Run>>,
    },
    /// A case made by the simulator.
    Case(CaseBlock),
    /// A picture that is part of the site.
    Picture(PictureBlock),
    /// The learner sets the window.
    Window(WindowBlock),
    /// The learner marks a place.
    Mark(MarkBlock),
    /// The learner measures.
    Measure(MeasureBlock),
    /// The learner answers.
    Question(QuestionBlock),
    /// The model answers.
    Model(ModelBlock),
    /// The model makes an image.
    Make(MakeBlock),
    /// The truth of a case as an overlay.
    Reveal(RevealBlock),
    /// One fact changed.
    Compare(CompareBlock),
}

/// A fresh simulated case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CaseBlock {
    /// By what the blocks that follow call it.
    pub name: String,
    /// Its modality: `chest-xray`.
    pub modality: String,
    /// The findings to draw from, each equally often; `none` is a normal case. Without them anything may come.
    #[serde(default)]
    pub findings: Vec<String>,
    /// Facts that must hold: `facts.effusion.side = "left"`. Those of a finding count where that finding was drawn.
    #[serde(default, deserialize_with = "flat")]
    pub facts: BTreeMap<String, String>,
}

/// A picture that is part of the site, with its licence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PictureBlock {
    /// By what the blocks that follow call it.
    pub name: String,
    /// Its file under `samples`: `retina.jpg`.
    pub file: String,
    /// What is seen on it, for people who do not see it.
    pub alt: String,
    /// Who made it.
    pub credit: String,
    /// Its licence.
    pub licence: String,
}

/// The learner sets the window until it lies in the ranges; grey values go from 0 to 255.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WindowBlock {
    /// The image.
    pub image: String,
    /// What to do.
    pub ask: String,
    /// Smallest and largest width that are right.
    pub width: [u8; 2],
    /// Smallest and largest level that are right.
    pub level: [u8; 2],
    /// What it teaches; shown afterwards.
    pub why: String,
}

/// The learner marks a finding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MarkBlock {
    /// The case.
    pub image: String,
    /// What to do.
    pub ask: String,
    /// What it teaches; shown afterwards.
    pub why: String,
}

/// What is measured of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureOf {
    /// From its left to its right end.
    Width,
    /// From its upper to its lower end.
    Height,
}

/// The learner measures a finding between two points.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureBlock {
    /// The case.
    pub image: String,
    /// What to do.
    pub ask: String,
    /// What of the finding.
    pub of: MeasureOf,
    /// By how many percent of the truth the learner may be off.
    pub tolerance: u8,
    /// What it teaches; shown afterwards.
    pub why: String,
}

/// The learner chooses an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionBlock {
    /// The case whose fact is the answer, or the image that is shown beside the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The question.
    pub ask: String,
    /// The fact of the case that is the answer: `effusion.side`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// What to choose from.
    pub choices: Vec<Choice>,
    /// What it teaches; shown afterwards.
    pub why: String,
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its words.
    pub text: String,
    /// The value of the fact with which it is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it is right, in a question without a fact.
    #[serde(default)]
    pub right: bool,
}

/// Which image the model gets with a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// The one that is shown.
    #[default]
    Shown,
    /// It with left and right exchanged.
    Mirrored,
    /// None.
    Nothing,
}

/// The learner asks the model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModelBlock {
    /// The image.
    pub image: String,
    /// The question, in English, which the default model understands.
    pub ask: String,
    /// What it means, in a lesson of another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// The fact of the case with which the answer is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// Which image goes along.
    #[serde(default)]
    pub seen: Seen,
}

/// The learner lets the model make an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MakeBlock {
    /// By what the blocks that follow call it.
    pub name: String,
    /// What to make, in English.
    pub prompt: String,
    /// What it means, in a lesson of another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
}

/// The truth of a case: where its findings are, and its facts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RevealBlock {
    /// The case.
    pub image: String,
}

/// Two images that differ by one fact.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CompareBlock {
    /// The case that is shown again without its finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// A change that the simulator knows, of a fresh case: `t1-to-t2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// What is under the first image.
    pub before: String,
    /// What is under the second image.
    pub after: String,
    /// What the model is asked to do with the first image, in English: its attempt is shown beside the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<String>,
}

/// `effusion = { side = "left" }` and `"effusion.side" = "left"` alike.
fn flat<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "expected words, such as `facts.effusion.side = \"left\"`"
    )]
    enum Fact {
        Value(String),
        Of(BTreeMap<String, String>),
    }
    let facts = BTreeMap::<String, Fact>::deserialize(from)?;
    let mut all = BTreeMap::new();
    for (key, fact) in facts {
        match fact {
            Fact::Value(value) => {
                all.insert(key, value);
            }
            Fact::Of(more) => {
                all.extend(more.into_iter().map(|(k, v)| (format!("{key}.{k}"), v)));
            }
        }
    }
    Ok(all)
}
