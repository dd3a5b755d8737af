//! The result of an evaluation as one JSON object. What was not measured is `null`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::board_scores::BoardScores;

/// A number over everything and per modality.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ByModality {
    /// Over all modalities.
    pub overall: f64,
    /// Per modality, by its key.
    pub by_modality: BTreeMap<&'static str, f64>,
}

/// Mean and per modality of a quantity in dB.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Decibels {
    /// Mean over all images.
    pub mean: f64,
    /// Per modality.
    pub by_modality: BTreeMap<&'static str, f64>,
}

/// What the judge sees in painted images.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PaintingScores {
    /// Share of paintings whose modality the judge names as asked.
    pub modality: f64,
    /// The same per modality.
    pub by_modality: BTreeMap<&'static str, f64>,
    /// Share of paintings in which the judge names a finding that was asked (or normal).
    pub finding: f64,
    /// The same per modality.
    pub finding_by_modality: BTreeMap<&'static str, f64>,
    /// The same per main finding that was asked for.
    pub finding_by_asked: BTreeMap<&'static str, f64>,
    /// The same on fresh renders of the same scenes.
    pub finding_ceiling: f64,
    /// Side, place, count and other attributes of what was asked for, by category of the questions.
    pub attributes: BTreeMap<&'static str, AttributeScores>,
    /// Per modality: power of the upper half of the spatial frequencies of paintings over that of renders of the same
    /// scenes, both at 256 pixels. 1 is as sharp as they are.
    pub sharpness: BTreeMap<&'static str, f64>,
    /// Fréchet distance of the judge's features between paintings and fresh renders.
    pub frechet: f64,
    /// The same between two sets of fresh renders: what sampling alone costs.
    pub frechet_floor: f64,
    /// Mean distance of the judge's features between paintings of different texts.
    pub diversity: f64,
    /// The same between fresh renders.
    pub diversity_of_renders: f64,
    /// Mean distance of a painting to the nearest training render in the judge's features.
    pub nearest_training: f64,
    /// The same for fresh renders: near this means that nothing is learned by heart.
    pub nearest_training_of_renders: f64,
}

/// Closed questions about one attribute of the scenes that were asked for (`side`, `location`, `count`, ...). The package
/// that painted answers them as well; answers never look at the generation expert, and `renders` says what they are worth.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AttributeScores {
    /// Questions.
    pub n: u64,
    /// Share of them that is answered from the paintings as was asked for.
    pub paintings: f64,
    /// Share of them that is answered right from fresh renders of the same scenes: the ceiling.
    pub renders: f64,
}

/// How well findings are added, removed and made worse.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CounterfactualScores {
    /// PSNR outside of what should change, in dB.
    pub outside_psnr: f64,
    /// Share of edits in which the judge sees the finding added or removed, or in which the place
    /// of a worsened finding is nearer to the target than to the source.
    pub changed: f64,
    /// The same per task.
    pub changed_by_task: BTreeMap<&'static str, f64>,
    /// The same on the true targets: the ceiling.
    pub changed_ceiling: f64,
    /// PSNR of the whole picture minus that of the unchanged source, in dB.
    pub gain_db: f64,
}

/// What the judge is worth, on fresh renders.
#[derive(Debug, Clone, Default, Serialize)]
pub struct JudgeScores {
    /// Share of renders whose modality it names.
    pub modality: f64,
    /// Share of renders in which it names a finding that is there (or normal).
    pub finding: f64,
    /// Finding share when every painting is compared with another scene's text.
    pub shuffled_floor: f64,
}

/// How many things each number counts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    /// Scenes per modality.
    pub scenes_per_modality: u64,
    /// Closed questions.
    pub closed: u64,
    /// Closed questions per modality.
    pub closed_by_modality: BTreeMap<&'static str, u64>,
    /// Open questions.
    pub open: u64,
    /// Round trips.
    pub round_trips: u64,
    /// Paintings.
    pub paintings: u64,
    /// Reports.
    pub reports: u64,
    /// Closed questions about held-out combinations.
    pub held_out: u64,
    /// Closed questions about several images.
    pub comparisons: u64,
    /// Edits per task.
    pub edits: BTreeMap<&'static str, u64>,
    /// Tokens compared with the reference.
    pub agreement_tokens: u64,
}

/// Everything that was measured.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Seed of the scenes.
    pub seed: u64,
    /// Closed questions answered as they should.
    pub closed_accuracy: Option<ByModality>,
    /// Closed accuracy per kind of question.
    pub closed_by_category: Option<BTreeMap<&'static str, f64>>,
    /// Closed questions without the image: the better of the model and the most frequent answer.
    pub blind_accuracy: Option<f64>,
    /// The two parts of the blind accuracy.
    pub blind_model: Option<f64>,
    /// See `blind_model`.
    pub blind_prior: Option<f64>,
    /// Open questions answered word for word.
    pub open_exact: Option<f64>,
    /// F1 of the facts in the impressions of reports.
    pub report_f1: Option<f64>,
    /// Closed questions on combinations of findings that training never showed together.
    pub held_out_accuracy: Option<f64>,
    /// Closed questions about two or three images.
    pub comparison_accuracy: Option<f64>,
    /// Through the autoencoder and back.
    pub autoencoder_psnr: Option<Decibels>,
    /// Images from text.
    pub text_to_image: Option<PaintingScores>,
    /// PSNR of painted stains minus that of the unchanged source, in dB.
    pub staining_gain_db: Option<f64>,
    /// PSNR of painted super-resolution minus that of bicubic enlargement, in dB.
    pub superres_gain_db: Option<f64>,
    /// The same per modality.
    pub superres_gain_by_modality: Option<BTreeMap<&'static str, f64>>,
    /// The same for SSIM.
    pub superres_ssim_gain: Option<f64>,
    /// PSNR of painted sequences minus that of the unchanged source, in dB.
    pub sequence_gain_db: Option<f64>,
    /// The best that any edit can reach, since it passes through the autoencoder: PSNR of the
    /// targets' round trip minus that of the sources, in dB, per family.
    pub edit_ceiling_db: Option<BTreeMap<&'static str, f64>>,
    /// The judge itself.
    pub judge: Option<JudgeScores>,
    /// Findings added, removed and made worse.
    pub counterfactual: Option<CounterfactualScores>,
    /// Tokens of right answers on which this package and the reference agree under forced decoding.
    pub quantized_agreement: Option<f64>,
    /// Modalities of real pictures.
    pub board: Option<BoardScores>,
    /// How many of everything.
    pub n: Counts,
    /// Wall time.
    pub seconds: f64,
}

impl Report {
    /// A report without numbers.
    #[must_use]
    pub fn new(seed: u64, count: u64) -> Self {
        let n = Counts {
            scenes_per_modality: count,
            ..Counts::default()
        };
        Self {
            seed,
            n,
            ..Self::default()
        }
    }
}

/// Hits and tries under a key.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(BTreeMap<&'static str, (f64, f64)>);

impl Tally {
    pub(super) fn add(&mut self, key: &'static str, value: f64) {
        let entry = self.0.entry(key).or_default();
        entry.0 += value;
        entry.1 += 1.0;
    }

    pub(super) fn hit(&mut self, key: &'static str, hit: bool) {
        self.add(key, f64::from(u8::from(hit)));
    }

    /// Mean over everything; 0 when nothing was counted.
    pub(super) fn mean(&self) -> f64 {
        let (sum, count) = self
            .0
            .values()
            .fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        rounded(sum / f64::max(count, 1.0))
    }

    pub(super) fn means(&self) -> BTreeMap<&'static str, f64> {
        self.0
            .iter()
            .map(|(key, (sum, count))| (*key, rounded(sum / count)))
            .collect()
    }

    pub(super) fn count(&self) -> u64 {
        self.0.values().map(|entry| entry.1 as u64).sum()
    }

    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0
            .iter()
            .map(|(key, entry)| (*key, entry.1 as u64))
            .collect()
    }

    pub(super) fn by_modality(&self) -> ByModality {
        ByModality {
            overall: self.mean(),
            by_modality: self.means(),
        }
    }

    pub(super) fn decibels(&self) -> Decibels {
        Decibels {
            mean: self.mean(),
            by_modality: self.means(),
        }
    }
}

/// Four digits are more than any sample size here supports.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_over_all_tries_not_over_keys() {
        let mut tally = Tally::default();
        tally.hit("a", true);
        tally.hit("a", true);
        tally.hit("a", false);
        tally.hit("b", false);
        assert_eq!(tally.mean(), 0.5);
        assert_eq!(tally.means()["a"], 0.6667);
        assert_eq!((tally.count(), tally.counts()["b"]), (4, 1));
    }

    #[test]
    fn what_was_not_measured_is_null() {
        let value = serde_json::to_value(Report::new(7, 400)).expect("json");
        assert!(value["closed_accuracy"].is_null() && value["quantized_agreement"].is_null());
        assert_eq!(value["n"]["scenes_per_modality"], 400);
    }
}
