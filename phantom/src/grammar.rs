//! Text that covers the whole grammar, to train the tokenizer on.

use crate::compare::{self, ComparisonTask};
use crate::modality::Modality;
use crate::pairs;
use crate::pairs::task::PairTask;
use crate::split::Split;
use crate::wording::{self, CAPTION_REQUESTS, REPORT_REQUESTS};
use crate::{questions, scene};

/// `count` lines of text from training scenes: requests, captions, reports, questions, answers,
/// instructions and responses. Nothing is rendered. Some ten thousand lines cover every word.
pub fn grammar_lines(count: usize) -> impl Iterator<Item = String> {
    let requests = CAPTION_REQUESTS
        .iter()
        .chain(&REPORT_REQUESTS)
        .map(|s| (*s).to_owned());
    requests.chain((0u64..).flat_map(lines)).take(count)
}

/// The lines of one case of each modality and one pair of each task.
fn lines(index: u64) -> Vec<String> {
    let mut lines = Vec::new();
    for modality in Modality::ALL {
        let (scene, mut rng) = scene::sample(modality, Split::Train, 0x9A4A_44A5, index);
        lines.push(wording::caption(&scene, &mut rng));
        lines.push(wording::report(&scene, &mut rng));
        lines.push(wording::prompt(&scene, &mut rng));
        for qa in questions::questions(&scene, &mut rng) {
            lines.push(qa.question);
            lines.push(qa.answer);
        }
    }
    for task in PairTask::ALL {
        lines.extend(pairs::words(task, index));
    }
    for task in ComparisonTask::ALL {
        lines.extend(compare::words(task, index));
    }
    lines
}
