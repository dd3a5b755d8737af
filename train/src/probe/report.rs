//! What a probe found, as JSON and as a table.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::evaluate::{rounded, wilson};

/// Right answers of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Right ones.
    pub right: u64,
    /// All.
    pub n: u64,
}

/// How well a linear classifier tells classes apart that it was not trained on the pictures of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probed {
    /// Pictures that it learned from.
    pub train: usize,
    /// Pictures that it was asked about.
    pub n: u64,
    /// Where those are from: `board`, or `training groups` where the board does not tell.
    pub held_out: &'static str,
    /// Share of right answers.
    pub share: f64,
    /// Lower end of Wilson's 95 % interval of `share`.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Mean over the classes of the share that is right.
    pub balanced: f64,
    /// Mean of the lower ends of the classes' intervals.
    pub balanced_low: f64,
    /// Mean of the upper ends.
    pub balanced_high: f64,
    /// Share that the most frequent class would have right.
    pub majority: f64,
    /// The penalty that cross-validation chose.
    pub penalty: f64,
    /// Class by class.
    pub by_class: BTreeMap<String, ClassCount>,
}

impl Probed {
    /// From the counts of the classes.
    pub(super) fn new(
        train: usize,
        held_out: &'static str,
        penalty: f64,
        by_class: BTreeMap<String, ClassCount>,
    ) -> Self {
        let asked: Vec<ClassCount> = by_class
            .values()
            .copied()
            .filter(|class| class.n > 0)
            .collect();
        let (right, n) = asked.iter().fold((0, 0), |(right, n), class| {
            (right + class.right, n + class.n)
        });
        let mean = |value: &dyn Fn(&ClassCount) -> f64| {
            rounded(asked.iter().map(value).sum::<f64>() / asked.len().max(1) as f64)
        };
        let share = |right: u64, n: u64| rounded(right as f64 / n.max(1) as f64);
        let (low, high) = wilson(right, n);
        Self {
            train,
            n,
            held_out,
            share: share(right, n),
            low,
            high,
            balanced: mean(&|class| class.right as f64 / class.n as f64),
            balanced_low: mean(&|class| wilson(class.right, class.n).0),
            balanced_high: mean(&|class| wilson(class.right, class.n).1),
            majority: share(asked.iter().map(|class| class.n).max().unwrap_or(0), n),
            penalty,
            by_class,
        }
    }
}

/// Everything that was probed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbeReport {
    /// Pictures that were read.
    pub pictures: usize,
    /// By question, as `unimed eval --pictures` names them.
    pub questions: BTreeMap<String, Probed>,
    /// By modality: real pictures from simulated ones. 0.5 of `balanced` is chance.
    pub against_simulated: BTreeMap<String, Probed>,
    /// How long it took.
    pub seconds: f64,
}

impl fmt::Display for ProbeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["question", "train", "n", "balanced", "interval", "majority"];
        writeln!(
            f,
            "{:<34} {:>6} {:>5} {:>9} {:>13} {:>9}",
            head[0], head[1], head[2], head[3], head[4], head[5]
        )?;
        let simulated = self.against_simulated.iter();
        let simulated = simulated.map(|(key, probed)| (format!("real or simulated {key}"), probed));
        let questions = self
            .questions
            .iter()
            .map(|(key, probed)| (key.clone(), probed));
        for (key, probed) in questions.chain(simulated) {
            writeln!(
                f,
                "{key:<34} {:>6} {:>5} {:>9.3} {:>13} {:>9.3}",
                probed.train,
                probed.n,
                probed.balanced,
                format!("{:.3}-{:.3}", probed.balanced_low, probed.balanced_high),
                probed.majority
            )?;
            for (class, count) in &probed.by_class {
                writeln!(f, "  {class}: {} of {}", count.right, count.n)?;
            }
        }
        write!(f, "{} pictures, {} s", self.pictures, self.seconds)
    }
}
