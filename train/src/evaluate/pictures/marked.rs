//! The same questions about the same pictures with and without marks: calipers and letters must not be what is learned, and how much
//! of an answer is owed to them is measured, not believed.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::Serialize;

use super::{PictureSettings, Reader, Shown};
use crate::{
    TrainError,
    data::sample_rng,
    evaluate::{report::rounded, wilson::wilson},
    pictures::{Folder, HiddenMarks, Topic, asked, with_marks},
};

/// Random numbers of the marks that are drawn.
const DRAWN: u64 = 16;

/// What the pictures are compared with.
#[derive(Debug, Clone)]
pub enum Marks {
    /// The same ones with letters and calipers drawn at random places.
    Drawn,
    /// Those that the file names, with the marks hidden that it tells of.
    Hidden(PathBuf),
}

/// Right answers to a question, without and with the change of marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MarkedCount {
    /// How often it was asked.
    pub n: u64,
    /// Right about the pictures as they are.
    pub right: u64,
    /// Right about the changed pictures.
    pub right_changed: u64,
}

/// Answers to a question that is asked twice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkedScores {
    /// How often it was asked.
    pub n: u64,
    /// How many answers became others.
    pub changed: u64,
    /// Share of them.
    pub share: f64,
    /// Lower end of Wilson's 95 % interval of that share.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Mean over the right answers of the share that was given about the pictures as they are.
    pub balanced: f64,
    /// The same about the changed pictures.
    pub balanced_changed: f64,
    /// By right answer.
    pub by_answer: BTreeMap<String, MarkedCount>,
    /// Which answers became which, as `normal -> benign tumor`.
    pub became: BTreeMap<String, u64>,
}

/// Everything that was compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarksReport {
    /// `drawn` or `hidden`.
    pub marks: &'static str,
    /// Pictures.
    pub n: usize,
    /// Over all pictures, by what is asked about.
    pub topics: BTreeMap<&'static str, MarkedScores>,
    /// By source, then by question.
    pub by_source: BTreeMap<String, BTreeMap<String, MarkedScores>>,
}

/// Answers so far.
#[derive(Debug, Default)]
struct Counts {
    by_answer: BTreeMap<String, MarkedCount>,
    became: BTreeMap<String, u64>,
}

impl Counts {
    fn add(&mut self, right: &str, before: &str, after: &str) {
        let count = self.by_answer.entry(right.to_owned()).or_default();
        count.n += 1;
        count.right += u64::from(before == right);
        count.right_changed += u64::from(after == right);
        if before != after {
            *self
                .became
                .entry(format!("{before} -> {after}"))
                .or_default() += 1;
        }
    }

    fn scores(self) -> MarkedScores {
        let n = self.by_answer.values().map(|count| count.n).sum();
        let changed = self.became.values().sum();
        let (low, high) = wilson(changed, n);
        let balanced = |right: fn(&MarkedCount) -> u64| {
            let shares = self.by_answer.values();
            let sum: f64 = shares
                .map(|count| right(count) as f64 / count.n as f64)
                .sum();
            rounded(sum / self.by_answer.len().max(1) as f64)
        };
        MarkedScores {
            n,
            changed,
            share: rounded(changed as f64 / n.max(1) as f64),
            low,
            high,
            balanced: balanced(|count| count.right),
            balanced_changed: balanced(|count| count.right_changed),
            by_answer: self.by_answer,
            became: self.became,
        }
    }
}

/// Asks everything about some pictures as they are and with other marks.
///
/// # Errors
///
/// [`TrainError`]; [`TrainError::Index`] names the line of a file that does not hold.
pub fn evaluate_marks(
    settings: &PictureSettings,
    marks: &Marks,
    note: &mut dyn FnMut(&str),
) -> Result<MarksReport, TrainError> {
    let folders = Folder::all(&settings.folders, None)?;
    let told = match marks {
        Marks::Drawn => None,
        Marks::Hidden(path) => Some((HiddenMarks::read(path)?, path)),
    };
    let all = folders.iter().flat_map(|folder| {
        folder
            .of(settings.split)
            .map(move |record| (folder, record))
    });
    let records: Vec<Shown<'_>> = match &told {
        None => all.collect(),
        Some((told, path)) => {
            let known: Vec<Shown<'_>> = all.filter(|(_, record)| told.knows(&record.id)).collect();
            let absent = |id: &&str| known.iter().all(|(_, record)| record.id != *id);
            if let Some(id) = told.ids().find(absent) {
                return Err(TrainError::Value {
                    what: "a picture whose marks are told",
                    found: format!("{id} ({})", path.display()),
                    expected: format!("the id of a picture of the split {}", settings.split.key()),
                });
            }
            known
        }
    };
    let loaded = super::super::open(&settings.package)?;
    compare(&loaded, &records, told.as_ref().map(|(told, _)| told), note)
}

fn compare(
    reader: &dyn Reader,
    records: &[Shown<'_>],
    told: Option<&HiddenMarks>,
    note: &mut dyn FnMut(&str),
) -> Result<MarksReport, TrainError> {
    let mut topics: BTreeMap<&'static str, Counts> = BTreeMap::new();
    let mut sources: BTreeMap<String, BTreeMap<String, Counts>> = BTreeMap::new();
    for (done, (folder, record)) in records.iter().enumerate() {
        let image = folder.image(record)?;
        let changed = match told {
            Some(told) => told.hide(&record.id, &image),
            None => with_marks(&image, &mut sample_rng(DRAWN, done as u64)),
        };
        let questions = asked(record);
        let wordings: Vec<&str> = questions
            .iter()
            .map(|asked| asked.wordings[0].as_str())
            .collect();
        let before = reader.answers(Some(&image), &wordings)?;
        let after = reader.answers(Some(&changed), &wordings)?;
        let source = sources.entry(record.source.clone()).or_default();
        for ((question, before), after) in questions.iter().zip(&before).zip(&after) {
            let topic = topics.entry(name(question.topic)).or_default();
            for counts in [topic, source.entry(question.key.clone()).or_default()] {
                counts.add(&question.answer, before, after);
            }
        }
        if (done + 1).is_multiple_of(50) {
            note(&format!("{} of {} pictures", done + 1, records.len()));
        }
    }
    let scored = |questions: BTreeMap<String, Counts>| {
        let questions = questions.into_iter();
        questions
            .map(|(key, counts)| (key, counts.scores()))
            .collect()
    };
    Ok(MarksReport {
        marks: if told.is_some() { "hidden" } else { "drawn" },
        n: records.len(),
        topics: topics
            .into_iter()
            .map(|(name, counts)| (name, counts.scores()))
            .collect(),
        by_source: sources
            .into_iter()
            .map(|(source, questions)| (source, scored(questions)))
            .collect(),
    })
}

fn name(topic: Topic) -> &'static str {
    match topic {
        Topic::Modality => "modality",
        Topic::Attribute => "attribute",
        Topic::Finding => "finding",
        Topic::Place => "place",
    }
}

impl fmt::Display for MarksReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<44} {:>5} {:>8} {:>13} {:>9} {:>9}",
            "question", "n", "changed", "interval", "balanced", self.marks
        )?;
        let topics = self
            .topics
            .iter()
            .map(|(name, scores)| (format!("all: {name}"), scores));
        let sources = self.by_source.iter().flat_map(|(source, questions)| {
            questions
                .iter()
                .map(move |(key, scores)| (format!("{source}: {key}"), scores))
        });
        for (key, scores) in topics.chain(sources) {
            writeln!(
                f,
                "{key:<44} {:>5} {:>8} {:>13} {:>9.3} {:>9.3}",
                scores.n,
                scores.changed,
                format!("{:.3}-{:.3}", scores.low, scores.high),
                scores.balanced,
                scores.balanced_changed
            )?;
        }
        write!(f, "{} pictures", self.n)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;
    use unimed_core::engine::ImageAttention;
    use unimed_imaging::RgbImage;

    use super::*;
    use crate::pictures::{
        PictureSplit,
        made::{Made, line},
    };

    /// Sees a polyp where a pixel is white; the kind of image it always knows.
    struct White;

    impl Reader for White {
        fn answers(
            &self,
            image: Option<&RgbImage>,
            questions: &[&str],
        ) -> Result<Vec<String>, TrainError> {
            let image = image.expect("always asked about a picture");
            let white = image.pixels.chunks(3).any(|pixel| pixel == [255; 3]);
            let answer = |question: &&str| match (*question, white) {
                ("What kind of image is this?", _) => "endoscopy image".to_owned(),
                (_, true) => "yes".to_owned(),
                (_, false) => "no".to_owned(),
            };
            Ok(questions.iter().map(answer).collect())
        }

        fn attention(&self, _: &RgbImage, _: &str) -> Result<Option<ImageAttention>, TrainError> {
            Ok(None)
        }
    }

    #[test]
    fn what_is_owed_to_a_mark_is_counted_by_hand() {
        let made = Made::new("marks");
        // A mark on a polyp, a mark on none, and none at all.
        let lines: Vec<_> = [("a.png", true, 6), ("b.png", false, 6), ("c.png", false, 4)]
            .into_iter()
            .map(|(file, polyp, end)| {
                made.picture(file, (32, 32), [60, 20, 20], [4, 4, end, 6]);
                line(file, json!({"findings": {"polyp": polyp}}))
            })
            .collect();
        made.index(&lines);
        let marks = made.path().join("marks.jsonl");
        let text = ["a.png", "b.png", "c.png"]
            .map(|id| format!("{{\"id\": \"{id}\", \"lines\": [], \"boxes\": [[3, 3, 8, 8]]}}\n"));
        fs::write(&marks, text.concat()).expect("written");
        let folder = Folder::open(made.path()).expect("sound");
        let records: Vec<Shown<'_>> = folder
            .of(PictureSplit::Board)
            .map(|record| (&folder, record))
            .collect();
        let told = HiddenMarks::read(&marks).expect("sound");
        let report = compare(&White, &records, Some(&told), &mut |_| {}).expect("compared");
        assert_eq!((report.marks, report.n), ("hidden", 3));
        let polyp = &report.by_source["made"]["made/polyp"];
        assert_eq!((polyp.n, polyp.changed), (3, 2));
        assert_eq!((polyp.low, polyp.high), wilson(2, 3));
        // Before, "yes" of one and "no" of one of two; without marks none is seen any more.
        assert_eq!((polyp.balanced, polyp.balanced_changed), (0.75, 0.5));
        assert_eq!(polyp.became, BTreeMap::from([("yes -> no".to_owned(), 2)]));
        let no = MarkedCount {
            n: 2,
            right: 1,
            right_changed: 2,
        };
        assert_eq!(polyp.by_answer["no"], no);
        assert_eq!(report.topics["modality"].changed, 0);
        let drawn = compare(&White, &records, None, &mut |_| {}).expect("compared");
        assert_eq!((drawn.marks, drawn.topics["modality"].n), ("drawn", 3));
    }
}
