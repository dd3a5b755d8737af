//! What was said about the board of real pictures.

use serde::{Deserialize, Serialize};

/// How a picture may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BoardSet {
    /// Looked at while the simulator and the training are tuned.
    Tuning,
    /// Only reported.
    Report,
}

/// Pictures of a set whose modality was named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// How many were named right.
    pub right: u64,
    /// How many there are.
    pub n: u64,
    /// Lower end of Wilson's 95 % interval of the share.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// How many the answer without a picture would have named right.
    pub blind: u64,
}

/// What was said about one picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoardAnswer {
    /// The picture's name in `board.json`.
    pub id: String,
    /// Its set.
    pub set: BoardSet,
    /// Key of the modality that it shows.
    pub modality: &'static str,
    /// The answer.
    pub answer: String,
    /// Whether that is the modality's name.
    pub right: bool,
}

/// How the board was answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BoardScores {
    /// The set for tuning.
    pub tuning: Share,
    /// The set that is only reported.
    pub report: Share,
    /// Every picture.
    pub by_picture: Vec<BoardAnswer>,
}
