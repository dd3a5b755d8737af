//! Text that covers the whole grammar, to train the tokenizer on.

use crate::pairs::{self, PairTask};
use crate::wording::{self, CAPTION_REQUESTS, REPORT_REQUESTS};
use crate::{Modality, Split, questions, scene};

/// `count` lines of text from training scenes: captions, reports, requests, questions, answers,
/// instructions and responses, without rendering a case. About 1000 lines cover every word.
pub fn grammar_lines(count: usize) -> impl Iterator<Item = String> {
    let requests = CAPTION_REQUESTS
        .iter()
        .chain(&REPORT_REQUESTS)
        .map(|s| (*s).to_owned());
    let edits = PairTask::ALL
        .into_iter()
        .flat_map(|task| (0..24).flat_map(move |index| pairs::words(task, index)));
    let cases = (0u64..).flat_map(|index| {
        Modality::ALL.into_iter().flat_map(move |modality| {
            let (scene, mut rng) = scene::sample(modality, Split::Train, 0x9A4A_44A5, index);
            let mut lines = vec![
                wording::caption(&scene, &mut rng),
                wording::report(&scene, &mut rng),
                wording::prompt(&scene, &mut rng),
            ];
            for qa in questions::questions(&scene, &mut rng) {
                lines.push(qa.question);
                lines.push(qa.answer);
            }
            lines
        })
    });
    requests.chain(edits).chain(cases).take(count)
}
