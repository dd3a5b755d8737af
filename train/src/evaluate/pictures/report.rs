//! What was measured on real pictures, as JSON and as a table.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::evaluate::report::{ByModality, Decibels};

/// A question in a source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionScores {
    /// How often it was asked.
    pub n: u64,
    /// Right answers.
    pub right: u64,
    /// Right answers of all.
    pub share: f64,
    /// Mean over the right answers of the share that was given.
    pub balanced: f64,
    /// Lower end of Wilson's 95 % interval of `share`.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Share that the most frequent answer would have right.
    pub majority: f64,
    /// Share that the model has right without a picture.
    pub blind: f64,
    /// Share of the right answers that the model also gives about a grey picture.
    pub blank_survival: Option<f64>,
}

/// Findings of a source: only questions with more than one right answer there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingScores {
    /// Balanced share, the mean over the questions.
    pub balanced: f64,
    /// Share that the most frequent answer would have right, the mean over the questions.
    pub majority: f64,
    /// Pictures that were asked about.
    pub n: u64,
    /// Balanced share of each question.
    pub by_question: BTreeMap<String, f64>,
}

/// Pictures of none of the model's kinds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct OtherScores {
    /// Share of them that the model says so of.
    pub recall: Option<f64>,
    /// Share of the others that it says so of.
    pub false_alarm: Option<f64>,
    /// Share of questions that no image answers about which it says that it cannot tell.
    pub outside: Option<f64>,
}

/// Everything that was measured; what was not is `null`.
#[derive(Debug, Clone, Serialize)]
pub struct PicturesReport {
    /// Pictures.
    pub n: usize,
    /// Modalities named right.
    pub modality: ByModality,
    /// Right answers by attribute.
    pub attributes: BTreeMap<String, f64>,
    /// Findings by source.
    pub findings: BTreeMap<String, FindingScores>,
    /// Quadrants named right.
    pub place: Option<f64>,
    /// How often the attention of the answer to "Where is it?" peaks in the box.
    pub pointing: Option<f64>,
    /// Share of all right answers that the model also gives about a grey picture.
    pub blank_survival: Option<f64>,
    /// Through the autoencoder and back, in dB.
    pub autoencoder_psnr: Option<Decibels>,
    /// PSNR of 4x super-resolution minus that of bicubic enlargement, in dB.
    pub superres_gain_db: Option<Decibels>,
    /// Per modality: power of the upper half of the spatial frequencies of images that were made from sentences about
    /// pictures over that of these pictures, as squares of 256 pixels.
    pub sharpness: Option<BTreeMap<&'static str, f64>>,
    /// Pictures of other kinds.
    pub other: OtherScores,
    /// Every question of every source.
    pub by_source: BTreeMap<String, BTreeMap<String, QuestionScores>>,
}

impl fmt::Display for PicturesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20} {:<22} {:>5} {:>6} {:>9} {:>15} {:>9} {:>6} {:>6}",
            "source", "question", "n", "right", "balanced", "95 %", "majority", "blind", "blank"
        )?;
        for (source, questions) in &self.by_source {
            for (key, scores) in questions {
                let name = key.strip_prefix(&format!("{source}/")).unwrap_or(key);
                let blank = scores
                    .blank_survival
                    .map_or_else(|| "-".into(), |share| format!("{share:.2}"));
                writeln!(
                    f,
                    "{source:<20} {name:<22} {:>5} {:>6.3} {:>9.3} {:>15} {:>9.3} {:>6.3} {blank:>6}",
                    scores.n,
                    scores.share,
                    scores.balanced,
                    format!("{:.3}-{:.3}", scores.low, scores.high),
                    scores.majority,
                    scores.blind,
                )?;
            }
        }
        writeln!(f)?;
        writeln!(
            f,
            "modality: {:.3} of {} pictures",
            self.modality.overall, self.n
        )?;
        for (key, share) in &self.modality.by_modality {
            writeln!(f, "  {key}: {share:.3}")?;
        }
        let part = |name: &str, value: Option<f64>, f: &mut fmt::Formatter<'_>| match value {
            Some(value) => writeln!(f, "{name}: {value:.3}"),
            None => writeln!(f, "{name}: not measured"),
        };
        part("place", self.place, f)?;
        part("pointing", self.pointing, f)?;
        part(
            "right answers that survive a blank picture",
            self.blank_survival,
            f,
        )?;
        part("other kinds recognized", self.other.recall, f)?;
        part("false alarms", self.other.false_alarm, f)?;
        part(
            "questions that no image answers, told so",
            self.other.outside,
            f,
        )?;
        for (name, decibels) in [
            ("autoencoder, dB", &self.autoencoder_psnr),
            ("super-resolution, dB", &self.superres_gain_db),
        ] {
            part(name, decibels.as_ref().map(|decibels| decibels.mean), f)?;
            for (key, value) in decibels.iter().flat_map(|decibels| &decibels.by_modality) {
                writeln!(f, "  {key}: {value:.2}")?;
            }
        }
        for (key, ratio) in self.sharpness.iter().flatten() {
            writeln!(f, "sharpness, {key}: {ratio:.2}")?;
        }
        Ok(())
    }
}
