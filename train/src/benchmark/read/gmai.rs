//! GMAI-MMBench, validation part, as the table of VLMEvalKit.

use std::path::Path;

use super::{Each, first_of, tsv};
use crate::benchmark::{BenchmarkError, Choice, Kind, Question};

/// All questions of the validation part.
pub(super) fn read(folder: &Path, each: &mut Each<'_>) -> Result<(), BenchmarkError> {
    let file = first_of(folder, &["GMAI-MMBench_VAL.tsv"])?;
    tsv::lines(&file, &mut |line| {
        let options: Vec<Choice> = ('A'..='E')
            .map_while(|letter| {
                let text = line.optional(letter.encode_utf8(&mut [0; 4]))?.to_owned();
                Some(Choice { letter, text })
            })
            .collect();
        let right = line.text("answer")?;
        let known = |option: &&Choice| right.len() == 1 && right.starts_with(option.letter);
        let Some(answer) = options.iter().find(known).map(|option| option.letter) else {
            return Err(line.wrong(&format!("answer {right:?} is none of the options' letters")));
        };
        each(Question {
            id: line.text("index")?.to_owned(),
            pictures: line.pictures(folder)?,
            context: String::new(),
            text: line.text("question")?.to_owned(),
            kind: Kind::Choice { options, answer },
            group: line.optional("category").unwrap_or_default().to_owned(),
        })
    })?;
    Ok(())
}
