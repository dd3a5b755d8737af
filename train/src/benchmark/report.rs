//! Sums over a benchmark.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Benchmark, Kind, Published, Question, Score, published::published};

/// A mean over questions, with what chance does to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// Mean in percent.
    pub percent: f64,
    /// How many questions.
    pub n: u64,
    /// Half of the 95 % interval, in percentage points: 1.96 standard errors.
    pub margin: f64,
}

/// An answer and what it was worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answered<'a> {
    /// The question's name.
    pub id: &'a str,
    /// Its part of the benchmark.
    pub group: &'a str,
    /// The question.
    pub question: &'a str,
    /// What is right.
    pub reference: &'a str,
    /// What the model said.
    pub answer: &'a str,
    /// 1 when that is right.
    pub exact: f64,
    /// Share of the right words.
    pub recall: f64,
    /// F1 of the words.
    pub f1: f64,
}

/// What a model reaches on a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchmarkReport {
    /// The benchmark.
    pub benchmark: Benchmark,
    /// Name of the model.
    pub model: String,
    /// All questions: closed ones and choices right, open ones word for word.
    pub accuracy: Share,
    /// All questions: closed ones and choices right, open ones by recall.
    pub recall: Share,
    /// Multiple choice.
    pub choices: Option<Share>,
    /// Closed questions.
    pub closed: Option<Share>,
    /// Open questions, word for word.
    pub open_exact: Option<Share>,
    /// Open questions: share of the right words.
    pub open_recall: Option<Share>,
    /// Open questions: F1 of the words.
    pub open_f1: Option<Share>,
    /// Per part of the benchmark: closed questions and choices right, open ones by recall.
    pub groups: BTreeMap<String, Share>,
    /// Answers that named no option, no yes and no no, or nothing; they count as wrong.
    pub unclear: u64,
    /// What others have printed.
    pub published: Vec<Published>,
    /// Wall time.
    pub seconds: f64,
}

/// Values of a mean.
#[derive(Debug, Clone, Default)]
struct Values {
    n: u64,
    sum: f64,
    squares: f64,
}

impl Values {
    fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum += value;
        self.squares += value * value;
    }

    fn share(&self) -> Option<Share> {
        let n = self.n as f64;
        let mean = (self.n > 0).then(|| self.sum / n)?;
        let variance = (self.squares / n - mean * mean).max(0.0);
        Some(Share {
            percent: rounded(100.0 * mean),
            n: self.n,
            margin: rounded(196.0 * (variance / n).sqrt()),
        })
    }
}

/// Two decimals, as the papers print.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Sums up answers as they come.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    accuracy: Values,
    recall: Values,
    choices: Values,
    closed: Values,
    open: [Values; 3],
    groups: BTreeMap<String, Values>,
    unclear: u64,
}

impl Sums {
    pub(super) fn add(&mut self, question: &Question, score: Score) {
        self.accuracy.add(score.exact);
        self.recall.add(score.recall);
        match question.kind {
            Kind::Choice { .. } => self.choices.add(score.exact),
            Kind::Closed { .. } => self.closed.add(score.exact),
            Kind::Open { .. } => {
                for (values, value) in
                    self.open
                        .iter_mut()
                        .zip([score.exact, score.recall, score.f1])
                {
                    values.add(value);
                }
            }
        }
        if !question.group.is_empty() {
            let group = self.groups.entry(question.group.clone()).or_default();
            group.add(score.recall);
        }
        self.unclear += u64::from(!score.clear);
    }

    pub(super) fn count(&self) -> u64 {
        self.accuracy.n
    }

    pub(super) fn report(
        &self,
        benchmark: Benchmark,
        model: String,
        seconds: f64,
    ) -> BenchmarkReport {
        let [open_exact, open_recall, open_f1] = self.open.each_ref().map(Values::share);
        let groups = self.groups.iter();
        let groups = groups.filter_map(|(group, values)| Some((group.clone(), values.share()?)));
        BenchmarkReport {
            benchmark,
            model,
            accuracy: self.accuracy.share().unwrap_or_default(),
            recall: self.recall.share().unwrap_or_default(),
            choices: self.choices.share(),
            closed: self.closed.share(),
            open_exact,
            open_recall,
            open_f1,
            groups: groups.collect(),
            unclear: self.unclear,
            published: published(benchmark),
            seconds,
        }
    }
}
