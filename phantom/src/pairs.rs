//! Two pictures of one scene with an instruction that leads from the first to the second.

use crate::brain::Sequence;
use crate::finding::capital;
use crate::rng::Rng;
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
    let Plan {
        scenes,
        instruction,
        response,
    } = plan(task, split, seed, index);
    let (source, target, changed, shown) = match scenes {
        Scenes::Sequences {
            mut scene,
            from,
            to,
        } => {
            let source = grey(&brain::render(&scene, from));
            let target = grey(&brain::render(&scene, to));
            scene.sequence = to;
            (source, target, None, Scene::Brain(scene))
        }
        Scenes::Chests(chests) => {
            let [before, after] = *chests;
            let (source, target, changed) = chest::render_both(&before, &after);
            (
                grey(&source),
                grey(&target),
                Some(changed),
                Scene::Chest(after),
            )
        }
    };
    Pair {
        task,
        modality: task.modality(),
        source,
        target,
        instruction,
        response,
        changed,
        facts: wording::facts(&shown),
    }
}

/// What a pair is rendered from, and its words.
struct Plan {
    scenes: Scenes,
    instruction: String,
    response: String,
}

enum Scenes {
    Sequences {
        scene: brain::Scene,
        from: Sequence,
        to: Sequence,
    },
    /// Before and after.
    Chests(Box<[chest::Scene; 2]>),
}

fn plan(task: PairTask, split: Split, seed: u64, index: u64) -> Plan {
    // Both directions of a task read the same scenes.
    let mut rng = stream(task.modality(), Purpose::Pair, split, seed, index);
    match task {
        PairTask::T1ToT2 => sequences(Sequence::T1, Sequence::T2, split, &mut rng),
        PairTask::T2ToT1 => sequences(Sequence::T2, Sequence::T1, split, &mut rng),
        PairTask::AddEffusion => effusion(true, split, &mut rng),
        PairTask::RemoveEffusion => effusion(false, split, &mut rng),
    }
}

fn sequences(from: Sequence, to: Sequence, split: Split, rng: &mut Rng) -> Plan {
    let mut scene = brain::Scene::normal(rng);
    if split == Split::HeldOut {
        brain::add_held_out(&mut scene, rng);
    } else if rng.chance(3, 5) {
        let kind = rng.below(brain::KINDS.len());
        scene.add(kind, None, rng);
    }
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
    Plan {
        scenes: Scenes::Sequences { scene, from, to },
        instruction,
        response,
    }
}

fn effusion(adding: bool, split: Split, rng: &mut Rng) -> Plan {
    let with = chest_with_effusion(split, rng);
    let without = with.without(chest::EFFUSION);
    let finding = with
        .findings
        .iter()
        .find(|f| f.kind.key == chest::KINDS[chest::EFFUSION].key)
        .expect("invariant: the scene was built with an effusion");
    let (phrase, name) = (finding.phrase(), finding.bare());
    let was = if finding.verb() == "are" {
        "were"
    } else {
        "was"
    };
    let (instruction, response) = if adding {
        let instruction = match rng.below(4) {
            0 | 1 => format!("Add {phrase}."),
            2 => format!("Add {phrase} to this image."),
            _ => format!("Show this chest with {phrase}."),
        };
        let response = match rng.below(2) {
            0 => format!("Here is the same chest with {phrase}."),
            _ => format!("{} {was} added.", capital(&phrase)),
        };
        (instruction, response)
    } else {
        let instruction = match rng.below(3) {
            0 => format!("Remove the {name}."),
            1 => format!("Remove the {name} from this image."),
            _ => format!("Show this chest without the {name}."),
        };
        let response = match rng.below(2) {
            0 => format!("Here is the same chest without the {name}."),
            _ => format!("The {name} {was} removed."),
        };
        (instruction, response)
    };
    let chests = if adding {
        [without, with]
    } else {
        [with, without]
    };
    Plan {
        scenes: Scenes::Chests(Box::new(chests)),
        instruction,
        response,
    }
}

/// A chest with an effusion, alone or beside another finding.
fn chest_with_effusion(split: Split, rng: &mut Rng) -> chest::Scene {
    let plain = chest::Scene::normal(rng);
    loop {
        let mut scene = plain.clone();
        if split == Split::HeldOut {
            chest::add_held_out(&mut scene, rng);
            // One of the held-out combinations has no effusion.
            if scene.findings.iter().any(|f| f.kind.key == "effusion") {
                return scene;
            }
            continue;
        }
        scene.add(chest::EFFUSION, None, rng);
        if rng.chance(2, 5) {
            let others = [
                chest::CARDIOMEGALY,
                chest::CONSOLIDATION,
                chest::NODULE,
                chest::MASS,
            ];
            scene.add(rng.pick(&others), None, rng);
        }
        let whole = Scene::Chest(scene.clone());
        if whole.is_readable() && !whole.is_held_out() {
            return scene;
        }
    }
}

/// Instruction and response without the pictures, for the tokenizer's training text.
pub(crate) fn words(task: PairTask, index: u64) -> [String; 2] {
    let plan = plan(task, Split::Train, 0x70C, index);
    [plan.instruction, plan.response]
}
