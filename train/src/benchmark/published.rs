//! Numbers that others have printed, to stand beside one's own.

use serde::Serialize;

use super::Benchmark;

/// A printed number. Prompts, resolution and the rule that judged open answers are not published
/// with it, so a difference of a few points means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Published {
    /// The model.
    pub model: &'static str,
    /// Accuracy over all questions, in percent.
    pub accuracy: Option<f64>,
    /// Mean of accuracy (closed) and recall (open), in percent.
    pub recall: Option<f64>,
}

/// What is printed for a benchmark in the paper of the model family (arXiv 2510.15710).
pub(super) fn published(benchmark: Benchmark) -> Vec<Published> {
    let row = |model, accuracy, recall| Published {
        model,
        accuracy,
        recall,
    };
    let three = |unimedvl, recall, bagel, health_gpt| {
        vec![
            row("UniMedVL", Some(unimedvl), recall),
            row("BAGEL", Some(bagel), None),
            row("HealthGPT-L14", Some(health_gpt), None),
        ]
    };
    match benchmark {
        Benchmark::VqaRad => three(61.9, Some(57.63), 60.09, 58.3),
        Benchmark::Slake => three(75.4, Some(75.26), 58.91, 64.5),
        Benchmark::PathVqa => three(53.5, Some(50.06), 39.05, 44.4),
        Benchmark::OmniMedVqa => three(85.8, None, 71.13, 74.4),
        Benchmark::GmaiMmBench => three(60.75, None, 48.11, 43.1),
        Benchmark::MmRareBench => Vec::new(),
    }
}
