//! What a package can do, measured on fresh scenes of the test split through the engine's own
//! flows, beside the baselines that anything could reach.

mod agreement;
mod board;
mod board_scores;
mod editing;
mod judge;
mod likeness;
mod loaded;
mod painting;
mod pictures;
mod questions;
mod report;
mod reports;
mod settings;
mod wilson;

use std::time::Instant;

pub use board_scores::{BoardAnswer, BoardScores, BoardSet, Share};
pub use judge::open_judge;
pub use loaded::{Loaded, open};
pub use pictures::{
    FindingScores, MarkedCount, MarkedScores, Marks, MarksReport, OtherScores, PictureSettings,
    PicturesReport, QuestionScores, evaluate_marks, evaluate_pictures, split_of,
};
pub(crate) use report::rounded;
pub use report::{
    AttributeScores, ByModality, CounterfactualScores, Counts, Decibels, JudgeScores,
    PaintingScores, Report,
};
pub use settings::{EvalSettings, Task};
pub(crate) use wilson::wilson;

use crate::TrainError;

/// Measures a package.
///
/// # Errors
///
/// [`TrainError`].
pub fn evaluate(settings: &EvalSettings, note: &mut dyn FnMut(&str)) -> Result<Report, TrainError> {
    let start = Instant::now();
    let mut loaded = open(&settings.package)?;
    loaded.steps = settings.steps;
    let mut report = Report::new(settings.seed, settings.count);
    let has = |task| settings.tasks.contains(&task);
    if has(Task::Questions) {
        questions::measure(&loaded, settings, &mut report, note)?;
    }
    if has(Task::Reports) {
        reports::measure(&loaded, settings, &mut report, note)?;
    }
    if has(Task::HeldOut) {
        questions::held_out(&loaded, settings, &mut report, note)?;
    }
    if has(Task::Comparisons) {
        questions::comparisons(&loaded, settings, &mut report, note)?;
    }
    if has(Task::Autoencoder) {
        painting::round_trip(&loaded, settings, &mut report, note)?;
    }
    if has(Task::TextToImage) || has(Task::Edits) {
        let judge = open_judge(&settings.judge)?;
        if let Some(unknown) = loaded
            .modalities
            .iter()
            .find(|modality| !judge.modalities.contains(modality))
        {
            return Err(TrainError::Value {
                what: "the judge",
                found: format!("one that was not trained on {}", unknown.key()),
                expected: "one that knows what the package knows; train it (`unimed train judge`) \
                           or name another with --judge"
                    .into(),
            });
        }
        if has(Task::TextToImage) {
            painting::measure(&loaded, &judge, settings, &mut report, note)?;
        }
        if has(Task::Edits) {
            editing::measure(&loaded, &judge, settings, &mut report, note)?;
        }
    }
    if let Some(reference) = settings.reference.as_ref().filter(|_| has(Task::Agreement)) {
        agreement::measure(&loaded, &open(reference)?, settings, &mut report, note)?;
    }
    if let Some(fetched) = settings.board.as_ref().filter(|_| has(Task::Board)) {
        board::measure(&loaded, fetched, &mut report, note)?;
    }
    report.seconds = start.elapsed().as_secs_f64().round();
    Ok(report)
}
