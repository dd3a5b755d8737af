//! Two pictures of one scene with an instruction that leads from the first to the second.

use crate::brain::Sequence::{Flair, T1, T2};
use crate::chest::Change;
use crate::rng::Rng;
use crate::scene::{Purpose, Scene, stream};
use crate::{Fact, Image, Modality, Split, brain, chest, histo, superres, wording};

/// What turns the source into the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PairTask {
    /// The same slice of the brain, T1-weighted to T2-weighted.
    T1ToT2,
    /// The same slice of the brain, T2-weighted to T1-weighted.
    T2ToT1,
    /// The same chest with a pleural effusion added.
    AddEffusion,
    /// The same chest with its pleural effusion removed.
    RemoveEffusion,
    /// The same slice of the brain, T1-weighted to FLAIR.
    T1ToFlair,
    /// The same slice of the brain, FLAIR to T1-weighted.
    FlairToT1,
    /// The same slice of the brain, T2-weighted to FLAIR.
    T2ToFlair,
    /// The same slice of the brain, FLAIR to T2-weighted.
    FlairToT2,
    /// The same chest with a finding of any kind added.
    AddFinding,
    /// The same chest with one of its findings removed.
    RemoveFinding,
    /// The same chest with a finding that has become worse.
    WorsenFinding,
    /// A picture of any modality at a quarter of its resolution, and at all of it.
    SuperResolution,
    /// The same section of tissue, H&E to an antibody stain of Ki-67.
    HeToKi67,
    /// The same section of tissue, H&E to an antibody stain of HER2.
    HeToHer2,
}

/// Tasks that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PairFamily {
    /// One MRI sequence from another.
    Sequence,
    /// A finding added, removed or made worse.
    Counterfactual,
    /// Four times the resolution.
    SuperResolution,
    /// One stain from another.
    Staining,
}

impl PairTask {
    /// Every task, in a fixed order.
    pub const ALL: [Self; 14] = [
        Self::T1ToT2,
        Self::T2ToT1,
        Self::AddEffusion,
        Self::RemoveEffusion,
        Self::T1ToFlair,
        Self::FlairToT1,
        Self::T2ToFlair,
        Self::FlairToT2,
        Self::AddFinding,
        Self::RemoveFinding,
        Self::WorsenFinding,
        Self::SuperResolution,
        Self::HeToKi67,
        Self::HeToHer2,
    ];

    /// Short name for files and options: `t1-to-t2`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::T1ToT2 => "t1-to-t2",
            Self::T2ToT1 => "t2-to-t1",
            Self::AddEffusion => "add-effusion",
            Self::RemoveEffusion => "remove-effusion",
            Self::T1ToFlair => "t1-to-flair",
            Self::FlairToT1 => "flair-to-t1",
            Self::T2ToFlair => "t2-to-flair",
            Self::FlairToT2 => "flair-to-t2",
            Self::AddFinding => "add-finding",
            Self::RemoveFinding => "remove-finding",
            Self::WorsenFinding => "worsen-finding",
            Self::SuperResolution => "super-resolution",
            Self::HeToKi67 => "he-to-ki67",
            Self::HeToHer2 => "he-to-her2",
        }
    }

    /// The modalities that the task knows; its pairs take turns through them.
    pub const fn modalities(self) -> &'static [Modality] {
        match self.family() {
            PairFamily::Sequence => &[Modality::BrainMri],
            PairFamily::Counterfactual => &[Modality::ChestXray],
            PairFamily::SuperResolution => &Modality::ALL,
            PairFamily::Staining => &[Modality::Histopathology],
        }
    }

    /// What the task is measured with.
    pub const fn family(self) -> PairFamily {
        match self {
            Self::T1ToT2
            | Self::T2ToT1
            | Self::T1ToFlair
            | Self::FlairToT1
            | Self::T2ToFlair
            | Self::FlairToT2 => PairFamily::Sequence,
            Self::AddEffusion
            | Self::RemoveEffusion
            | Self::AddFinding
            | Self::RemoveFinding
            | Self::WorsenFinding => PairFamily::Counterfactual,
            Self::SuperResolution => PairFamily::SuperResolution,
            Self::HeToKi67 | Self::HeToHer2 => PairFamily::Staining,
        }
    }
}

/// A source, a target, and the words between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What turns the source into the target.
    pub task: PairTask,
    /// The modality of both.
    pub modality: Modality,
    /// Before.
    pub source: Image,
    /// After.
    pub target: Image,
    /// What a person asks for: `Add a large left pleural effusion.`
    pub instruction: String,
    /// What the model says with the image.
    pub response: String,
    /// Label of the finding that the task adds, removes or makes worse.
    pub finding: Option<&'static str>,
    /// Where the pictures may differ, row-major, one per pixel; elsewhere they differ by no more
    /// than scattered light does, mostly by nothing. `None` where the whole picture changes.
    pub changed: Option<Vec<bool>>,
    /// The facts of the target.
    pub facts: Vec<Fact>,
}

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

/// The words of a pair, and how its pictures are drawn when they are wanted.
pub(crate) struct Plan {
    pub(crate) instruction: String,
    pub(crate) response: String,
    /// See [`Pair::finding`].
    pub(crate) finding: Option<&'static str>,
    /// Its name in text.
    pub(crate) name: Option<&'static str>,
    pub(crate) draw: Box<dyn FnOnce() -> Drawn>,
}

/// The pictures of a pair.
pub(crate) struct Drawn {
    pub(crate) source: Image,
    pub(crate) target: Image,
    /// See [`Pair::changed`].
    pub(crate) changed: Option<Vec<bool>>,
    /// The scene of the target.
    pub(crate) after: Scene,
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
    use super::*;

    #[test]
    fn a_beginning_tells_counterfactuals_from_all_other_pairs() {
        let begins = |text: &str| {
            let mut beginnings = chest::COUNTERFACTUAL_BEGINNINGS.iter();
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
