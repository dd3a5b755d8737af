//! What a vision tower already knows: a linear classifier on its features, the tower untouched. Minutes on two cores, and the
//! simplest answer to whether pictures tell what one wants to teach.

mod report;
mod ridge;
mod simulated;
#[cfg(test)]
mod tests;
mod tower;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Instant,
};

pub use report::{ClassCount, ProbeReport, Probed};

use self::{
    ridge::{Example, FOLDS, Ridge},
    tower::Tower,
};
use crate::{
    TrainError, evaluate,
    pictures::{Folder, PictureSplit, Record, Topic, asked, hash},
};

/// Fewer pictures of a class than this are too few to learn it from.
const FEWEST: usize = 3;

/// What to probe.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// The package whose tower it is.
    pub package: PathBuf,
    /// Folders of pictures.
    pub folders: Vec<PathBuf>,
    /// Questions, by name with or without their source: `class`, `busi/lesion`. Empty: all that have more than one answer.
    pub fields: Vec<String>,
    /// Whether real pictures are also told from simulated ones.
    pub against_simulated: bool,
}

/// A picture's features with its answers.
struct Seen {
    split: PictureSplit,
    fold: u64,
    features: Vec<f32>,
    answers: BTreeMap<String, String>,
}

/// Probes a package's tower.
///
/// # Errors
///
/// [`TrainError`]: a folder that does not hold, a package that cannot be opened, a field that no picture answers.
pub fn probe(
    settings: &ProbeSettings,
    note: &mut dyn FnMut(&str),
) -> Result<ProbeReport, TrainError> {
    let folders = Folder::all(&settings.folders, None)?;
    let tower = evaluate::open(&settings.package)?;
    probe_with(&tower, &folders, settings, note)
}

fn probe_with(
    tower: &dyn Tower,
    folders: &[Folder],
    settings: &ProbeSettings,
    note: &mut dyn FnMut(&str),
) -> Result<ProbeReport, TrainError> {
    let start = Instant::now();
    let keys = keys(folders, &settings.fields)?;
    let seen = look(tower, folders, &keys, start, note)?;
    let mut questions = BTreeMap::new();
    for key in &keys {
        match question(&seen, key) {
            Some(probed) => {
                note(&format!("{key}: {:.3} balanced", probed.balanced));
                questions.insert(key.clone(), probed);
            }
            None => note(&format!("{key}: too few pictures of at least two answers")),
        }
    }
    let against_simulated = if settings.against_simulated {
        simulated::probe(tower, folders, note)?
    } else {
        BTreeMap::new()
    };
    Ok(ProbeReport {
        pictures: seen.len(),
        questions,
        against_simulated,
        seconds: start.elapsed().as_secs_f64().round(),
    })
}

/// What the fields of a picture answer, places left out: a mean over patches knows little of them.
fn answers(record: &Record) -> impl Iterator<Item = (String, String)> {
    let asked = asked(record).into_iter();
    asked
        .filter(|asked| asked.topic != Topic::Place)
        .map(|asked| (asked.key, asked.answer))
}

/// The questions with more than one answer, and of those the ones that were asked for.
fn keys(folders: &[Folder], fields: &[String]) -> Result<Vec<String>, TrainError> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in folders.iter().flat_map(|folder| &folder.records) {
        for (key, answer) in answers(record) {
            known.entry(key).or_default().insert(answer);
        }
    }
    known.retain(|_, answers| answers.len() > 1);
    let named = |key: &str, field: &str| {
        key == field || key.split_once('/').is_some_and(|(_, name)| name == field)
    };
    let list: Vec<&str> = known.keys().map(String::as_str).collect();
    for field in fields {
        if !list.iter().any(|key| named(key, field)) {
            return Err(TrainError::Value {
                what: "--field",
                found: field.clone(),
                expected: format!(
                    "a question of which the pictures have more than one answer: {}",
                    list.join(", ")
                ),
            });
        }
    }
    let chosen = known
        .keys()
        .filter(|key| fields.is_empty() || fields.iter().any(|field| named(key, field)));
    Ok(chosen.cloned().collect())
}

/// Reads every picture that answers one of the questions.
fn look(
    tower: &dyn Tower,
    folders: &[Folder],
    keys: &[String],
    start: Instant,
    note: &mut dyn FnMut(&str),
) -> Result<Vec<Seen>, TrainError> {
    let mut wanted = Vec::new();
    for folder in folders {
        for record in &folder.records {
            let mut answers: BTreeMap<String, String> = answers(record).collect();
            answers.retain(|key, _| keys.contains(key));
            if !answers.is_empty() {
                wanted.push((folder, record, answers));
            }
        }
    }
    let count = wanted.len();
    let mut seen = Vec::with_capacity(count);
    for (done, (folder, record, answers)) in wanted.into_iter().enumerate() {
        seen.push(Seen {
            split: record.split,
            fold: fold(record),
            features: tower.features(&folder.image(record)?)?,
            answers,
        });
        if (done + 1).is_multiple_of(200) {
            let seconds = start.elapsed().as_secs_f64();
            let left = seconds / (done + 1) as f64 * (count - done - 1) as f64;
            note(&format!(
                "{} of {count} pictures read, about {left:.0} s left",
                done + 1
            ));
        }
    }
    Ok(seen)
}

/// The part of the cross-validation that a picture's group is in.
fn fold(record: &Record) -> u64 {
    hash(&record.group) % FOLDS
}

/// Trains and measures a classifier for a question; `None` where there is too little to learn from.
fn question(seen: &[Seen], key: &str) -> Option<Probed> {
    let told = || {
        seen.iter()
            .filter_map(|seen| Some((seen, seen.answers.get(key)?)))
    };
    let on_board = told().any(|(seen, _)| seen.split == PictureSplit::Board);
    // Without a board, one part of the groups is kept out of the training.
    let held = |seen: &Seen| {
        if on_board {
            seen.split == PictureSplit::Board
        } else {
            seen.fold == 0
        }
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, answer) in told().filter(|(seen, _)| !held(seen)) {
        *counts.entry(answer).or_default() += 1;
    }
    counts.retain(|_, count| *count >= FEWEST);
    let classes: Vec<&str> = counts.into_keys().collect();
    if classes.len() < 2 {
        return None;
    }
    let class = |answer: &str| classes.iter().position(|class| *class == answer);
    let examples: Vec<Example<'_>> = told()
        .filter(|(seen, _)| !held(seen))
        .filter_map(|(seen, answer)| {
            Some(Example {
                features: &seen.features,
                class: class(answer)?,
                fold: seen.fold,
            })
        })
        .collect();
    let ridge = Ridge::learned(&examples, classes.len());
    let held_out = told()
        .filter(|(seen, _)| held(seen))
        .filter_map(|(seen, answer)| Some((seen.features.as_slice(), class(answer)?)));
    let place = if on_board { "board" } else { "training groups" };
    measured(&ridge, examples.len(), held_out, &classes, place)
}

/// Asks a classifier about pictures that it did not learn from.
fn measured<'a>(
    ridge: &Ridge,
    train: usize,
    held_out: impl Iterator<Item = (&'a [f32], usize)>,
    classes: &[&str],
    place: &'static str,
) -> Option<Probed> {
    let mut counts = vec![ClassCount { right: 0, n: 0 }; classes.len()];
    for (features, class) in held_out {
        counts[class].n += 1;
        counts[class].right += u64::from(ridge.class(features) == class);
    }
    if counts.iter().all(|count| count.n == 0) {
        return None;
    }
    let names = classes.iter().map(|&class| class.to_owned());
    let by_class = names.zip(counts).collect();
    Some(Probed::new(train, place, ridge.penalty, by_class))
}
