//! Questions about real pictures in training, and how well those kept for validation are answered.

use std::collections::BTreeMap;

use unimed_core::paint::Mt19937;
use unimed_phantom::{CAPTION_REQUESTS, Modality, REPORT_REQUESTS};

use crate::{
    data::below,
    pictures::{Asked, Picture, PictureSet, Topic, View},
    unknown::{Reason, elsewhere},
};

/// Share of the questions kept whose answers are learned within minutes.
const EASY: f64 = 0.5;
/// How often a picture is asked about what its kind does not have.
const ELSEWHERE: f64 = 0.08;
/// Questions of all kinds that a picture of another kind is asked besides what it is.
const ABOUT_OTHERS: usize = 3;
/// How often a picture is also asked whether it is of a kind.
const YES_NO: f64 = 0.4;

/// What is true of a view: questions, and answers that may have changed with it.
pub(super) fn told(picture: &Picture, view: &View) -> Vec<(Asked, String)> {
    let still = picture
        .asked
        .iter()
        .filter(|asked| asked.topic != Topic::Place)
        .cloned();
    still
        .chain(Asked::moved(&picture.record, view.frame))
        .map(|asked| {
            let answer = match asked.answer.as_str() {
                "left" if view.mirrored => "right".to_owned(),
                "right" if view.mirrored => "left".to_owned(),
                same => same.to_owned(),
            };
            (asked, answer)
        })
        .collect()
}

/// Questions with answers about a view, at least one.
pub(super) fn questions(
    gallery: &PictureSet,
    picture: &Picture,
    view: &View,
    rng: &mut Mt19937,
) -> Vec<(String, String)> {
    let told = told(picture, view);
    let last = told.len() - 1;
    let mut list = Vec::new();
    for (at, (asked, answer)) in told.into_iter().enumerate() {
        let easy = matches!(asked.topic, Topic::Modality) || asked.key == "organ";
        if easy && rng.uniform() > EASY && (at < last || !list.is_empty()) {
            continue;
        }
        list.push((
            asked.wordings[below(rng, asked.wordings.len())].clone(),
            answer,
        ));
    }
    if rng.uniform() < YES_NO {
        list.push(is_of_a_kind(picture.record.modality, rng));
    }
    match picture.record.modality {
        Some(modality) if rng.uniform() < ELSEWHERE => {
            let question = elsewhere(modality, rng).to_owned();
            list.push((question, Reason::Elsewhere.sentence().to_owned()));
        }
        Some(_) => {}
        None => {
            for _ in 0..ABOUT_OTHERS {
                let answer = Reason::OtherKind.sentence().to_owned();
                list.push((any_question(gallery, rng), answer));
            }
        }
    }
    list
}

/// What is asked about some picture of the gallery, or of any image.
fn any_question(gallery: &PictureSet, rng: &mut Mt19937) -> String {
    if below(rng, 4) == 0 {
        let requests: Vec<&str> = CAPTION_REQUESTS
            .iter()
            .chain(&REPORT_REQUESTS)
            .copied()
            .collect();
        return requests[below(rng, requests.len())].to_owned();
    }
    let asked = &gallery.draw(rng).asked;
    let asked = &asked[below(rng, asked.len())];
    // Whoever knows the class of a picture of another kind says it.
    if asked.key.ends_with("/class") {
        return "What kind of image is this?".to_owned();
    }
    asked.wordings[below(rng, asked.wordings.len())].clone()
}

/// A question whether the picture is of a kind, half of the time of its own.
fn is_of_a_kind(modality: Option<Modality>, rng: &mut Mt19937) -> (String, String) {
    let other = Modality::ALL[below(rng, Modality::ALL.len())];
    let kind = match modality {
        Some(own) if below(rng, 2) == 0 => own,
        _ => other,
    };
    let name = kind.phrase();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'O']) {
        "an"
    } else {
        "a"
    };
    let question = match below(rng, 2) {
        0 => format!("Is this {article} {name}?"),
        _ => format!("Is this image {article} {name}?"),
    };
    let answer = if Some(kind) == modality { "yes" } else { "no" };
    (question, answer.into())
}

/// Right answers and all, by question and by right answer.
#[derive(Debug, Default)]
pub(super) struct TopicScores(BTreeMap<(Topic, String), BTreeMap<String, (f64, f64)>>);

impl TopicScores {
    /// Counts a question whose right answer is `answer`.
    pub(super) fn add(&mut self, asked: &Asked, answer: &str, right: bool) {
        let answers = self.0.entry((asked.topic, asked.key.clone())).or_default();
        let score = answers.entry(answer.to_owned()).or_default();
        score.0 += f64::from(u8::from(right));
        score.1 += 1.0;
    }

    /// Balanced shares, the mean over questions that have more than one answer.
    pub(super) fn figures(&self) -> [(&'static str, f64); 4] {
        let mean = |topic: Topic| {
            let own = self
                .0
                .iter()
                .filter(|((of, _), answers)| *of == topic && answers.len() > 1);
            let balanced: Vec<f64> = own
                .map(|(_, answers)| {
                    answers.values().map(|(right, n)| right / n).sum::<f64>() / answers.len() as f64
                })
                .collect();
            balanced.iter().sum::<f64>() / balanced.len().max(1) as f64
        };
        [
            ("real_modality", mean(Topic::Modality)),
            ("real_attributes", mean(Topic::Attribute)),
            ("real_findings", mean(Topic::Finding)),
            ("real_places", mean(Topic::Place)),
        ]
    }

    /// One line a question, for whoever watches.
    pub(super) fn print(&self) {
        for ((_, key), answers) in &self.0 {
            let list: Vec<String> = answers
                .iter()
                .map(|(answer, (right, n))| format!("{answer} {right}/{n}"))
                .collect();
            eprintln!("  {key}: {}", list.join(", "));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        data::sample_rng,
        pictures::{
            Folder,
            made::{Made, line},
        },
        unknown::cannot_tell,
    };

    #[test]
    fn pictures_of_other_kinds_are_told_to_be_such_whatever_is_asked() {
        let made = Made::new("others");
        for file in ["a.png", "b.png", "c.png"] {
            made.picture(file, (32, 32), [90; 3], [4, 4, 12, 12]);
        }
        let finding = |there: bool| json!({"split": "train", "findings": {"polyp": there}});
        made.index(&[
            line(
                "a.png",
                json!({"split": "train", "kind": "other", "modality": null, "source": "photos"}),
            ),
            line("b.png", finding(true)),
            line("c.png", finding(false)),
        ]);
        let folder = Folder::open(made.path()).expect("sound");
        let gallery = PictureSet::training(&[folder]).expect("pictures");
        let (mut told, mut polyps, mut elsewhere) = (0, 0, 0);
        for index in 0..400 {
            let mut rng = sample_rng(3, index);
            let picture = gallery.draw(&mut rng);
            let view = View::changed(picture, 16, &mut rng);
            for (question, answer) in questions(&gallery, picture, &view, &mut rng) {
                if picture.record.modality.is_some() {
                    elsewhere += u32::from(answer == Reason::Elsewhere.sentence());
                    assert!(answer != Reason::OtherKind.sentence(), "{question}");
                } else if question.starts_with("Is this ") {
                    assert_eq!(answer, "no", "{question}");
                } else {
                    assert_eq!(answer, Reason::OtherKind.sentence(), "{question}");
                    told += 1;
                    polyps += u32::from(question.contains("polyp"));
                }
                assert!(!cannot_tell(&question));
            }
        }
        assert!(
            told > 200 && polyps > 20 && elsewhere > 5,
            "{told} {polyps} {elsewhere}"
        );
    }
}
