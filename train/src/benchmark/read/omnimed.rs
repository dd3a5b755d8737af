//! OmniMedVQA as it is published: one JSON list per source in `QA_information/Open-access`, images
//! under the path that each question names.

use std::{fs, path::Path};

use super::{Each, first_of, json};
use crate::benchmark::{BenchmarkError, Choice, Kind, Picture, Question, error::at, words::words};

/// The part that needs no permission; the published numbers are of it.
const FOLDERS: [&str; 1] = ["QA_information/Open-access"];

/// All questions, source by source in the order of their names.
pub(super) fn read(folder: &Path, each: &mut Each<'_>) -> Result<(), BenchmarkError> {
    let sources = first_of(folder, &FOLDERS)?;
    let entries = fs::read_dir(&sources).map_err(at(&sources))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    for file in files {
        for row in json::rows(&file)? {
            let id = row.text("question_id")?;
            let options: Vec<Choice> = ('A'..='Z')
                .map_while(|letter| {
                    let text = row.optional(&format!("option_{letter}"))?;
                    Some(Choice { letter, text })
                })
                .collect();
            let right = row.text("gt_answer")?;
            let same = |option: &&Choice| option.text == right;
            let alike = |option: &&Choice| words(&option.text) == words(&right);
            let found = options.iter().find(same);
            let Some(answer) = found.or_else(|| options.iter().find(alike)) else {
                return Err(row.wrong(&format!("gt_answer {right:?} is none of the options")));
            };
            let answer = answer.letter;
            let question = Question {
                pictures: vec![Picture::inside(folder, &row.text("image_path")?, &id)?],
                context: String::new(),
                text: row.text("question")?,
                kind: Kind::Choice { options, answer },
                // One source has the key without its second half.
                group: row
                    .optional("modality_type")
                    .or_else(|| row.optional("modality"))
                    .unwrap_or_default(),
                id,
            };
            if !each(question)? {
                return Ok(());
            }
        }
    }
    Ok(())
}
