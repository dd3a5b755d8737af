//! Counting of answers about real pictures.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{FindingScores, OtherScores, PicturesReport, QuestionScores};
use crate::{
    evaluate::{
        report::{ByModality, rounded},
        wilson::wilson,
    },
    pictures::{Asked, Record, Topic},
    unknown::cannot_tell,
};

/// What was said.
pub(super) struct Answered {
    /// About the picture.
    pub(super) answer: String,
    /// Without a picture.
    pub(super) blind: String,
    /// Of a right answer: whether a blank picture gives it, too.
    pub(super) survives: Option<bool>,
}

/// Counts of a question in a source, by right answer.
#[derive(Debug, Clone, Default)]
struct Count {
    /// Right answer: how often it was given, and how often it was asked for.
    answers: BTreeMap<String, (u64, u64)>,
    blind: u64,
    survived: u64,
}

impl Count {
    fn n(&self) -> u64 {
        self.answers.values().map(|(_, n)| n).sum()
    }

    fn right(&self) -> u64 {
        self.answers.values().map(|(right, _)| right).sum()
    }

    /// Mean over the right answers of the share that was given.
    fn balanced(&self) -> f64 {
        let shares: f64 = self
            .answers
            .values()
            .map(|(right, n)| *right as f64 / *n as f64)
            .sum();
        shares / self.answers.len().max(1) as f64
    }

    /// Share that the most frequent answer would have right.
    fn majority(&self) -> f64 {
        let most = self.answers.values().map(|(_, n)| *n).max().unwrap_or(0);
        share(most, self.n())
    }

    fn merge(&mut self, other: &Self) {
        for (answer, (right, n)) in &other.answers {
            let own = self.answers.entry(answer.clone()).or_default();
            own.0 += right;
            own.1 += n;
        }
        self.blind += other.blind;
        self.survived += other.survived;
    }

    fn scores(&self) -> QuestionScores {
        let (low, high) = wilson(self.right(), self.n());
        QuestionScores {
            n: self.n(),
            right: self.right(),
            share: share(self.right(), self.n()),
            balanced: rounded(self.balanced()),
            low,
            high,
            majority: self.majority(),
            blind: share(self.blind, self.n()),
            blank_survival: (self.right() > 0).then(|| share(self.survived, self.right())),
        }
    }
}

fn share(part: u64, all: u64) -> f64 {
    rounded(part as f64 / all.max(1) as f64)
}

/// All counts.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// By source, then by question.
    counts: BTreeMap<String, BTreeMap<String, (Topic, Count)>>,
    modality: BTreeMap<&'static str, (u64, u64)>,
    other: (u64, u64),
    alarms: (u64, u64),
    outside: (u64, u64),
    points: (u64, u64),
}

fn hit(count: &mut (u64, u64), right: bool) {
    count.0 += u64::from(right);
    count.1 += 1;
}

impl Scores {
    /// Counts an answer.
    pub(super) fn add(&mut self, record: &Record, asked: &Asked, said: &Answered) {
        let right = said.answer == asked.answer;
        if asked.topic == Topic::Modality {
            match record.modality {
                Some(modality) => {
                    hit(self.modality.entry(modality.key()).or_default(), right);
                    hit(&mut self.alarms, cannot_tell(&said.answer));
                }
                None => hit(&mut self.other, cannot_tell(&said.answer)),
            }
        }
        let source = self.counts.entry(record.source.clone()).or_default();
        let (_, count) = source
            .entry(asked.key.clone())
            .or_insert_with(|| (asked.topic, Count::default()));
        hit(
            count.answers.entry(asked.answer.clone()).or_default(),
            right,
        );
        count.blind += u64::from(said.blind == asked.answer);
        count.survived += u64::from(said.survives == Some(true));
    }

    /// Counts a picture of the pointing game.
    pub(super) fn point(&mut self, hit_it: bool) {
        hit(&mut self.points, hit_it);
    }

    /// Counts the answer to a question that no image answers.
    pub(super) fn outside(&mut self, answer: &str) {
        hit(&mut self.outside, cannot_tell(answer));
    }

    /// A few words on how it goes.
    pub(super) fn summary(&self) -> String {
        let (right, n) = self
            .modality
            .values()
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        format!("{right} of {n} modalities right")
    }

    /// One question over all sources.
    fn over_sources(&self, key: &str) -> Count {
        let mut all = Count::default();
        for questions in self.counts.values() {
            if let Some((_, count)) = questions.get(key) {
                all.merge(count);
            }
        }
        all
    }

    fn keys(&self, topic: Topic) -> BTreeSet<&str> {
        let questions = self.counts.values().flatten();
        questions
            .filter(|(_, (of, _))| *of == topic)
            .map(|(key, _)| key.as_str())
            .collect()
    }

    /// Findings of a source: the questions that have more than one answer there.
    fn findings(questions: &BTreeMap<String, (Topic, Count)>) -> Option<FindingScores> {
        let own: Vec<(&String, &Count)> = questions
            .iter()
            .filter(|(_, (topic, count))| *topic == Topic::Finding && count.answers.len() > 1)
            .map(|(key, (_, count))| (key, count))
            .collect();
        if own.is_empty() {
            return None;
        }
        let mean = |value: fn(&Count) -> f64| {
            rounded(own.iter().map(|(_, count)| value(count)).sum::<f64>() / own.len() as f64)
        };
        let by_question = own.iter().map(|(key, count)| {
            let name = key.split_once('/').map_or(key.as_str(), |(_, name)| name);
            (name.to_owned(), rounded(count.balanced()))
        });
        Some(FindingScores {
            balanced: mean(Count::balanced),
            // A guess that always says the same has a balanced share of one in the number of answers; what it has right
            // of all is the majority's.
            majority: mean(Count::majority),
            n: own.iter().map(|(_, count)| count.n()).max().unwrap_or(0),
            by_question: by_question.collect(),
        })
    }

    /// The numbers.
    pub(super) fn report(&self, n: usize) -> PicturesReport {
        let (right, all) = self
            .modality
            .values()
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        let places: Vec<Count> = self
            .keys(Topic::Place)
            .into_iter()
            .filter(|key| key.starts_with("place/"))
            .map(|key| self.over_sources(key))
            .collect();
        let (placed, asked) = places
            .iter()
            .fold((0, 0), |a, c| (a.0 + c.right(), a.1 + c.n()));
        let rights: u64 = self
            .counts
            .values()
            .flatten()
            .map(|(_, (_, count))| count.right())
            .sum();
        let survived: u64 = self
            .counts
            .values()
            .flatten()
            .map(|(_, (_, count))| count.survived)
            .sum();
        let some = |part: u64, all: u64| (all > 0).then(|| share(part, all));
        PicturesReport {
            n,
            modality: ByModality {
                overall: share(right, all),
                by_modality: self
                    .modality
                    .iter()
                    .map(|(key, (right, n))| (*key, share(*right, *n)))
                    .collect(),
            },
            attributes: self
                .keys(Topic::Attribute)
                .into_iter()
                .map(|key| {
                    let count = self.over_sources(key);
                    (key.to_owned(), share(count.right(), count.n()))
                })
                .collect(),
            findings: self
                .counts
                .iter()
                .filter_map(|(source, questions)| {
                    Some((source.clone(), Self::findings(questions)?))
                })
                .collect(),
            place: some(placed, asked),
            pointing: some(self.points.0, self.points.1),
            blank_survival: some(survived, rights),
            autoencoder_psnr: None,
            superres_gain_db: None,
            sharpness: None,
            other: OtherScores {
                recall: some(self.other.0, self.other.1),
                false_alarm: some(self.alarms.0, self.alarms.1),
                outside: some(self.outside.0, self.outside.1),
            },
            by_source: self
                .counts
                .iter()
                .map(|(source, questions)| {
                    let scores = questions
                        .iter()
                        .map(|(key, (_, count))| (key.clone(), count.scores()));
                    (source.clone(), scores.collect())
                })
                .collect(),
        }
    }
}
