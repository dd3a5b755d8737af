//! SLAKE as it is published: `test.json` beside `imgs`.

use std::path::Path;

use super::{Each, first_of, json};
use crate::benchmark::{BenchmarkError, Kind, Picture, Question};

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
        let kind = match row.text("answer_type")?.as_str() {
            "CLOSED" => Kind::Closed { answer },
            "OPEN" => Kind::Open {
                answers: vec![answer],
            },
            other => {
                let why = format!("answer_type is {other:?}, expected OPEN or CLOSED");
                return Err(row.wrong(&why));
            }
        };
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
