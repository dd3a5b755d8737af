//! What is evaluated.

use std::path::PathBuf;

/// A part of the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Closed and open questions, with the blind baseline.
    Questions,
    /// Facts of reports.
    Reports,
    /// Closed questions about combinations that training never showed.
    HeldOut,
    /// Questions about two or three images.
    Comparisons,
    /// The autoencoder's round trip.
    Autoencoder,
    /// Images from text, named by the judge.
    TextToImage,
    /// Images from images: sequences, super-resolution, stains, counterfactuals.
    Edits,
    /// The quantized package against its reference.
    Agreement,
    /// Modalities of real pictures.
    Board,
}

impl Task {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 9] = [
        Self::Questions,
        Self::Reports,
        Self::HeldOut,
        Self::Comparisons,
        Self::Autoencoder,
        Self::TextToImage,
        Self::Edits,
        Self::Agreement,
        Self::Board,
    ];
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct EvalSettings {
    /// The package.
    pub package: PathBuf,
    /// Seed of the scenes; any seed gives scenes that no training saw.
    pub seed: u64,
    /// Scenes per modality; images are made for at most 100 of them.
    pub count: u64,
    /// Which parts.
    pub tasks: Vec<Task>,
    /// Weights of the judge.
    pub judge: PathBuf,
    /// The package whose weights a quantized one is compared with.
    pub reference: Option<PathBuf>,
    /// Steps of a painting, where not the package's own number.
    pub steps: Option<usize>,
    /// The folder of fetched packages that hold the real pictures.
    pub board: Option<PathBuf>,
}

impl EvalSettings {
    /// Images that are made per modality and task.
    pub(super) fn images(&self) -> u64 {
        /// Each takes about a second.
        const MOST: u64 = 100;
        self.count.min(MOST)
    }
}
