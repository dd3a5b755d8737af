//! SLAKE as it is published: `test.json` beside `imgs`.

use std::path::Path;

use super::{Each, first_of, json};
use crate::benchmark::{BenchmarkError, Picture, Question};

/// The English test questions; the published numbers are of these.
pub(super) fn read(folder: &Path, each: &mut Each<'_>) -> Result<(), BenchmarkError> {
    let file = first_of(folder, &["test.json"])?;
    let images = first_of(folder, &["imgs"])?;
    for row in json::rows(&file)? {
        if row.text("q_lang")? != "en" {
            continue;
        }
        let id = row.text("qid")?;
        let answer = row.text("answer")?;
        let kind = row.kind(&row.text("answer_type")?, answer)?;
        let question = Question {
            pictures: vec![Picture::inside(&images, &row.text("img_name")?, &id)?],
            context: String::new(),
            text: row.text("question")?,
            kind,
            group: row.optional("modality").unwrap_or_default(),
            id,
        };
        if !each(question)? {
            break;
        }
    }
    Ok(())
}
