//! Two pictures of one scene with an instruction that leads from the first to the second.

use crate::brain::Sequence;
use crate::finding::capital;
use crate::scene::{Purpose, Scene, grey, stream};
use crate::{Fact, Image, Modality, Split, brain, chest, wording};

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
}

impl PairTask {
    /// Every task, in a fixed order.
    pub const ALL: [Self; 4] = [
        Self::T1ToT2,
        Self::T2ToT1,
        Self::AddEffusion,
        Self::RemoveEffusion,
    ];

    /// Short name for files and options: `t1-to-t2`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::T1ToT2 => "t1-to-t2",
            Self::T2ToT1 => "t2-to-t1",
            Self::AddEffusion => "add-effusion",
            Self::RemoveEffusion => "remove-effusion",
        }
    }

    /// The modality of both pictures.
    pub const fn modality(self) -> Modality {
        match self {
            Self::T1ToT2 | Self::T2ToT1 => Modality::BrainMri,
            Self::AddEffusion | Self::RemoveEffusion => Modality::ChestXray,
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
    match task {
        PairTask::T1ToT2 => sequences(task, Sequence::T1, Sequence::T2, split, seed, index),
        PairTask::T2ToT1 => sequences(task, Sequence::T2, Sequence::T1, split, seed, index),
        PairTask::AddEffusion | PairTask::RemoveEffusion => effusion(task, split, seed, index),
    }
}

fn sequences(
    task: PairTask,
    from: Sequence,
    to: Sequence,
    split: Split,
    seed: u64,
    index: u64,
) -> Pair {
    // Both directions read the same scenes.
    let (scene, mut rng) = sequence_scene(split, seed, index);
    let (a, b) = (from.word(), to.word());
    let instruction = match rng.below(5) {
        0 => format!("Turn this {a}-weighted image into a {b}-weighted image."),
        1 => format!("Make a {b} image from this {a} image."),
        2 => format!("Show this slice as {b}."),
        3 => format!("Convert this {a} image to {b}."),
        _ => format!("What would this slice look like in {b}?"),
    };
    let response = match rng.below(3) {
        0 => format!("Here is the same slice as a {b}-weighted image."),
        1 => format!("Here is the {b} image."),
        _ => format!("This is the same slice in {b}."),
    };
    let source = grey(&brain::render(&scene, from));
    let target = grey(&brain::render(&scene, to));
    let mut shown = scene;
    shown.sequence = to;
    Pair {
        task,
        modality: Modality::BrainMri,
        source,
        target,
        instruction,
        response,
        changed: None,
        facts: wording::facts(&Scene::Brain(shown)),
    }
}

fn sequence_scene(split: Split, seed: u64, index: u64) -> (brain::Scene, crate::rng::Rng) {
    let mut rng = stream(Modality::BrainMri, Purpose::Pair, split, seed, index);
    let mut scene = brain::Scene::normal(&mut rng);
    if split == Split::HeldOut {
        brain::add_held_out(&mut scene, &mut rng);
    } else if rng.chance(3, 5) {
        let kind = rng.below(brain::KINDS.len());
        scene.add(kind, None, &mut rng);
    }
    (scene, rng)
}

fn effusion(task: PairTask, split: Split, seed: u64, index: u64) -> Pair {
    let mut rng = stream(Modality::ChestXray, Purpose::Pair, split, seed, index);
    let plain = chest::Scene::normal(&mut rng);
    let with = if split == Split::HeldOut {
        // The held-out combinations that have an effusion.
        loop {
            let mut scene = plain.clone();
            chest::add_held_out(&mut scene, &mut rng);
            if scene.findings.iter().any(|f| f.kind.key == "effusion") {
                break scene;
            }
        }
    } else {
        loop {
            let mut scene = plain.clone();
            scene.add(chest::EFFUSION, None, &mut rng);
            if rng.chance(2, 5) {
                let others = [
                    chest::CARDIOMEGALY,
                    chest::CONSOLIDATION,
                    chest::NODULE,
                    chest::MASS,
                ];
                scene.add(rng.pick(&others), None, &mut rng);
            }
            let whole = Scene::Chest(scene.clone());
            if whole.is_readable() && !whole.is_held_out() {
                break scene;
            }
        }
    };
    let without = with.without(chest::EFFUSION);
    let finding = with
        .findings
        .iter()
        .find(|f| f.kind.key == "effusion")
        .expect("invariant: the scene was built with an effusion");
    let phrase = finding.phrase();
    let (dry, wet, changed) = chest::render_both(&without, &with);
    let (dry, wet) = (grey(&dry), grey(&wet));
    let adding = task == PairTask::AddEffusion;
    let (instruction, response) = if adding {
        let instruction = match rng.below(4) {
            0 | 1 => format!("Add {phrase}."),
            2 => format!("Add {phrase} to this image."),
            _ => format!("Show this chest with {phrase}."),
        };
        let response = match rng.below(2) {
            0 => format!("Here is the same chest with {phrase}."),
            _ => format!(
                "{} {} added.",
                capital(&phrase),
                if finding.verb() == "are" {
                    "were"
                } else {
                    "was"
                }
            ),
        };
        (instruction, response)
    } else {
        let name = finding.bare();
        let instruction = match rng.below(3) {
            0 => format!("Remove the {name}."),
            1 => format!("Remove the {name} from this image."),
            _ => format!("Show this chest without the {name}."),
        };
        let response = match rng.below(2) {
            0 => format!("Here is the same chest without the {name}."),
            _ => format!(
                "The {name} {} removed.",
                if finding.verb() == "are" {
                    "were"
                } else {
                    "was"
                }
            ),
        };
        (instruction, response)
    };
    let shown = Scene::Chest(if adding { with } else { without });
    let (source, target) = if adding { (dry, wet) } else { (wet, dry) };
    Pair {
        task,
        modality: Modality::ChestXray,
        source,
        target,
        instruction,
        response,
        changed: Some(changed),
        facts: wording::facts(&shown),
    }
}

/// Instruction and response without the pictures, for the tokenizer's training text.
pub(crate) fn words(task: PairTask, index: u64) -> [String; 2] {
    let pair = pair(task, Split::Train, 0x70C, index);
    [pair.instruction, pair.response]
}
