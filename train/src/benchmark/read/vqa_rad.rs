//! VQA-RAD as on OSF: `VQA_RAD Dataset Public.json` beside `VQA_RAD Image Folder`.

use std::path::Path;

use super::{Each, first_of, json};
use crate::benchmark::{BenchmarkError, Picture, Question};

/// The file of questions; archives differ in the spaces.
const FILES: [&str; 2] = ["VQA_RAD Dataset Public.json", "VQA_RAD_Dataset_Public.json"];
/// The folder of images.
const IMAGES: [&str; 3] = ["VQA_RAD Image Folder", "VQA_RAD_Image_Folder", "images"];

/// The test questions: those whose phrase type begins with `test`.
pub(super) fn read(folder: &Path, each: &mut Each<'_>) -> Result<(), BenchmarkError> {
    let file = first_of(folder, &FILES)?;
    let images = first_of(folder, &IMAGES)?;
    for row in json::rows(&file)? {
        if !row.text("phrase_type")?.starts_with("test") {
            continue;
        }
        let id = row.text("qid")?;
        let answer = row.text("answer")?;
        let kind = row.kind(&row.text("answer_type")?.to_uppercase(), answer)?;
        let question = Question {
            pictures: vec![Picture::inside(&images, &row.text("image_name")?, &id)?],
            context: String::new(),
            text: row.text("question")?,
            kind,
            group: row
                .optional("image_organ")
                .unwrap_or_default()
                .to_lowercase(),
            id,
        };
        if !each(question)? {
            break;
        }
    }
    Ok(())
}
