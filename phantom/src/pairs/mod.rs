//! Two pictures of one scene with an instruction that leads from the first to the second.

mod brain;
mod chest;
mod histo;
pub(crate) mod pair;
pub(crate) mod superres;
pub(crate) mod task;

pub use chest::COUNTERFACTUAL_BEGINNINGS;

use crate::brain::sequence::Sequence::{Flair, T1, T2};
use crate::modality::Modality;
use crate::rng::Rng;
use crate::scene::{Purpose, stream};
use crate::split::Split;
use crate::wording;
use chest::Change;
use pair::{Pair, Plan};
use task::PairTask;

/// The pair of a task and split with this seed and index; deterministic as [`crate::case`]. Where a
/// task knows several modalities, they take turns.
pub fn pair(task: PairTask, split: Split, seed: u64, index: u64) -> Pair {
    let modalities = task.modalities();
    let count = modalities.len() as u64;
    let modality = modalities[(index % count) as usize];
    pair_of(task, modality, split, seed, index / count)
}

/// The pair of a task in one of its modalities.
pub fn pair_of(task: PairTask, modality: Modality, split: Split, seed: u64, index: u64) -> Pair {
    let plan = plan(task, modality, split, seed, index);
    let drawn = (plan.draw)();
    Pair {
        task,
        modality,
        source: drawn.source,
        target: drawn.target,
        instruction: plan.instruction,
        response: plan.response,
        finding: plan.finding,
        changed: drawn.changed,
        facts: wording::facts(&drawn.after),
    }
}

fn plan(task: PairTask, modality: Modality, split: Split, seed: u64, index: u64) -> Plan {
    // Both directions of a task read the same scenes.
    let mut rng = stream(modality, Purpose::Pair, split, seed, index);
    plan_from(task, modality, split, &mut rng)
}

/// A pair of a modality from a generator.
pub(crate) fn plan_from(task: PairTask, modality: Modality, split: Split, rng: &mut Rng) -> Plan {
    match task {
        PairTask::T1ToT2 => brain::sequences(T1, T2, split, rng),
        PairTask::T2ToT1 => brain::sequences(T2, T1, split, rng),
        PairTask::T1ToFlair => brain::sequences(T1, Flair, split, rng),
        PairTask::FlairToT1 => brain::sequences(Flair, T1, split, rng),
        PairTask::T2ToFlair => brain::sequences(T2, Flair, split, rng),
        PairTask::FlairToT2 => brain::sequences(Flair, T2, split, rng),
        PairTask::AddEffusion => chest::effusion(Change::Add, split, rng),
        PairTask::RemoveEffusion => chest::effusion(Change::Remove, split, rng),
        PairTask::AddFinding => chest::counterfactual(Change::Add, split, rng),
        PairTask::RemoveFinding => chest::counterfactual(Change::Remove, split, rng),
        PairTask::WorsenFinding => chest::worsened(split, rng),
        PairTask::SuperResolution => superres::plan(modality, split, rng),
        PairTask::HeToKi67 => histo::staining(histo::Target::Ki67, split, rng),
        PairTask::HeToHer2 => histo::staining(histo::Target::Her2, split, rng),
    }
}

/// Instruction and response without the pictures, for the tokenizer's training text.
pub(crate) fn words(task: PairTask, index: u64) -> [String; 2] {
    let modalities = task.modalities();
    let modality = modalities[(index % modalities.len() as u64) as usize];
    let plan = plan(task, modality, Split::Train, 0x70C, index);
    [plan.instruction, plan.response]
}

#[cfg(test)]
mod tests {
    use super::task::PairFamily;
    use super::*;

    #[test]
    fn a_beginning_tells_counterfactuals_from_all_other_pairs() {
        let begins = |text: &str| {
            let mut beginnings = COUNTERFACTUAL_BEGINNINGS.iter();
            beginnings.any(|beginning| text.starts_with(beginning))
        };
        for task in PairTask::ALL {
            let told = (0..60)
                .filter(|&index| begins(&words(task, index)[0]))
                .count();
            match (task.family(), task) {
                (PairFamily::Counterfactual, PairTask::WorsenFinding) => {
                    assert!((20..60).contains(&told), "two forms of three: {told}");
                }
                (PairFamily::Counterfactual, _) => assert_eq!(told, 60, "{}", task.key()),
                _ => assert_eq!(told, 0, "{}", task.key()),
            }
        }
    }
}
