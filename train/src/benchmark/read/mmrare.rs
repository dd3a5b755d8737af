//! MMRareBench as it is published: one table in the form of VLMEvalKit per track.

use std::path::Path;

use super::{Each, tsv};
use crate::benchmark::{BenchmarkError, Kind, Question};

/// The tracks and their tables. What is asked for beside the question is this project's wording.
const TRACKS: [(&str, &str, &str); 4] = [
    (
        "diagnosis",
        "diagnosis/diagnosis_opened.tsv",
        "Name the most likely diagnosis only.",
    ),
    (
        "treatment",
        "treatment/treatment_plan.tsv",
        "Give a treatment plan, stage by stage.",
    ),
    (
        "crossmodal",
        "crossmodal/crossmodal_comparison.tsv",
        "Say how the findings of the images belong together.",
    ),
    (
        "examination",
        "examination/examination_workup.tsv",
        "Name the examinations that should follow.",
    ),
];

/// The questions of every track that is there.
pub(super) fn read(folder: &Path, each: &mut Each<'_>) -> Result<(), BenchmarkError> {
    let mut found = false;
    for (track, name, request) in TRACKS {
        let file = folder.join(name);
        if !file.exists() {
            continue;
        }
        found = true;
        // Paths of pictures are relative to the track's folder.
        let images = file.parent().unwrap_or(folder);
        let mut index = 0;
        let all = tsv::lines(&file, &mut |line| {
            index += 1;
            let number = line
                .optional("index")
                .map_or_else(|| index.to_string(), str::to_owned);
            let mut answers = vec![line.text("answer")?.to_owned()];
            answers.extend(line.list("answer_aliases"));
            each(Question {
                id: format!("{track} {number}"),
                pictures: line.pictures(images)?,
                context: line.optional("context").unwrap_or_default().to_owned(),
                text: format!("{}\n{request}", line.text("question")?),
                kind: Kind::Open { answers },
                group: track.to_owned(),
            })
        })?;
        if !all {
            return Ok(());
        }
    }
    if found {
        return Ok(());
    }
    Err(BenchmarkError::Missing {
        folder: folder.to_owned(),
        expected: TRACKS.map(|(_, name, _)| name).join(", "),
    })
}
