//! PathVQA as its authors publish it: pickled lists beside folders of JPEG files.

use std::{collections::BTreeMap, fs, path::Path};

use super::{Each, first_of, form, is_polar, json, pickle};
use crate::benchmark::{BenchmarkError, Kind, Picture, Question, error::at};

/// The test questions, as pickle or, for those who would rather not, as the same list in JSON.
const FILES: [&str; 6] = [
    "qas/test/test_qa.pkl",
    "pvqa/qas/test/test_qa.pkl",
    "qas/test_qa.pkl",
    "pvqa/qas/test_qa.pkl",
    "test_qa.pkl",
    "test_qa.json",
];
/// The test images.
const IMAGES: [&str; 3] = ["images/test", "pvqa/images/test", "images"];

/// The test questions; yes and no are closed, everything else is open.
pub(super) fn read(folder: &Path, each: &mut Each<'_>) -> Result<(), BenchmarkError> {
    let file = first_of(folder, &FILES)?;
    let images = first_of(folder, &IMAGES)?;
    for (index, entry) in entries(&file)?.into_iter().enumerate() {
        let text = |key: &str| {
            let found = entry.get(key).cloned();
            found.ok_or_else(|| form(&file, format!("entry {index} has no text {key:?}")))
        };
        let (name, answer) = (text("image")?, text("answer")?);
        let id = index.to_string();
        let question = Question {
            pictures: vec![Picture::inside(&images, &format!("{name}.jpg"), &id)?],
            context: String::new(),
            text: text("question")?,
            group: String::new(),
            kind: if is_polar(&answer) {
                Kind::Closed { answer }
            } else {
                Kind::Open {
                    answers: vec![answer],
                }
            },
            id,
        };
        if !each(question)? {
            break;
        }
    }
    Ok(())
}

fn entries(file: &Path) -> Result<Vec<BTreeMap<String, String>>, BenchmarkError> {
    if file.extension().is_some_and(|ending| ending == "pkl") {
        let bytes = fs::read(file).map_err(at(file))?;
        return pickle::texts(&bytes).map_err(|why| form(file, why));
    }
    json::rows(file)?
        .map(|row| {
            let keys = ["image", "question", "answer"];
            keys.iter()
                .map(|key| Ok(((*key).to_owned(), row.text(key)?)))
                .collect()
        })
        .collect()
}
