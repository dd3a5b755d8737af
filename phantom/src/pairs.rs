//! Two pictures of one scene with an instruction that leads from the first to the second.

use crate::scene::{Purpose, Scene, stream};
use crate::{Fact, Image, Modality, Split, brain, chest, histo, wording};

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
    /// The same section of tissue, H&E to an antibody stain of Ki-67.
    HeToKi67,
    /// The same section of tissue, H&E to an antibody stain of HER2.
    HeToHer2,
}

impl PairTask {
    /// Every task, in a fixed order.
    pub const ALL: [Self; 6] = [
        Self::T1ToT2,
        Self::T2ToT1,
        Self::AddEffusion,
        Self::RemoveEffusion,
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
            Self::HeToKi67 => "he-to-ki67",
            Self::HeToHer2 => "he-to-her2",
        }
    }

    /// The modality of both pictures.
    pub const fn modality(self) -> Modality {
        match self {
            Self::T1ToT2 | Self::T2ToT1 => Modality::BrainMri,
            Self::AddEffusion | Self::RemoveEffusion => Modality::ChestXray,
            Self::HeToKi67 | Self::HeToHer2 => Modality::Histopathology,
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
    /// Where the pictures may differ, row-major, one per pixel; everywhere else they are equal byte
    /// for byte. `None` where the whole picture changes.
    pub changed: Option<Vec<bool>>,
    /// The facts of the target.
    pub facts: Vec<Fact>,
}

/// The pair of a task and split with this seed and index; deterministic as [`crate::case`].
pub fn pair(task: PairTask, split: Split, seed: u64, index: u64) -> Pair {
    let plan = plan(task, split, seed, index);
    let drawn = (plan.draw)();
    Pair {
        task,
        modality: task.modality(),
        source: drawn.source,
        target: drawn.target,
        instruction: plan.instruction,
        response: plan.response,
        changed: drawn.changed,
        facts: wording::facts(&drawn.after),
    }
}

/// The words of a pair, and how its pictures are drawn when they are wanted.
pub(crate) struct Plan {
    pub(crate) instruction: String,
    pub(crate) response: String,
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

fn plan(task: PairTask, split: Split, seed: u64, index: u64) -> Plan {
    // Both directions of a task read the same scenes.
    let mut rng = stream(task.modality(), Purpose::Pair, split, seed, index);
    match task {
        PairTask::T1ToT2 => {
            brain::sequences(brain::Sequence::T1, brain::Sequence::T2, split, &mut rng)
        }
        PairTask::T2ToT1 => {
            brain::sequences(brain::Sequence::T2, brain::Sequence::T1, split, &mut rng)
        }
        PairTask::AddEffusion => chest::effusion(true, split, &mut rng),
        PairTask::RemoveEffusion => chest::effusion(false, split, &mut rng),
        PairTask::HeToKi67 => histo::staining(histo::Target::Ki67, split, &mut rng),
        PairTask::HeToHer2 => histo::staining(histo::Target::Her2, split, &mut rng),
    }
}

/// Instruction and response without the pictures, for the tokenizer's training text.
pub(crate) fn words(task: PairTask, index: u64) -> [String; 2] {
    let plan = plan(task, Split::Train, 0x70C, index);
    [plan.instruction, plan.response]
}
