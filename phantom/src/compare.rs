//! Questions about two or three pictures at once.

use crate::brain::sequence::Sequence;
use crate::image::{Image, grey};
use crate::modality::Modality;
use crate::pairs;
use crate::pairs::task::PairTask;
use crate::qa::{AnswerKind, Qa};
use crate::rng::Rng;
use crate::scene::{self, Purpose, Scene, stream};
use crate::split::Split;
use crate::{brain, chest};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ComparisonTask {
    /// A chest before and after: what changed?
    Change,
    /// A slice of the brain and two candidates in another sequence: which is the same slice?
    SameSlice,
    /// Two pictures of one modality: which shows a finding?
    WhichShows,
}

impl ComparisonTask {
    /// Every task, in a fixed order.
    pub const ALL: [Self; 3] = [Self::Change, Self::SameSlice, Self::WhichShows];

    /// Short name for files and options: `change`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::SameSlice => "same-slice",
            Self::WhichShows => "which-shows",
        }
    }
}

impl ComparisonTask {
    /// The modalities that the task knows; its samples take turns through them.
    pub const fn modalities(self) -> &'static [Modality] {
        match self {
            Self::Change => &[Modality::ChestXray],
            Self::SameSlice => &[Modality::BrainMri],
            Self::WhichShows => &Modality::ALL,
        }
    }
}

/// Pictures in their order, and questions about all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What is compared.
    pub task: ComparisonTask,
    /// The modality of all pictures.
    pub modality: Modality,
    /// Two or three.
    pub images: Vec<Image>,
    /// Questions with answers; the category is `comparison`.
    pub qa: Vec<Qa>,
}

/// The comparison of a task and split with this seed and index; deterministic as [`crate::case`].
pub fn comparison(task: ComparisonTask, split: Split, seed: u64, index: u64) -> Comparison {
    let (mut sample, draw) = plan(task, split, seed, index);
    sample.images = draw();
    sample
}

/// As [`comparison`], without drawing anything.
pub fn comparison_without_images(
    task: ComparisonTask,
    split: Split,
    seed: u64,
    index: u64,
) -> Comparison {
    plan(task, split, seed, index).0
}

type Draw = Box<dyn FnOnce() -> Vec<Image>>;

fn plan(task: ComparisonTask, split: Split, seed: u64, index: u64) -> (Comparison, Draw) {
    let modalities = task.modalities();
    let modality = modalities[(index % modalities.len() as u64) as usize];
    let mut rng = stream(modality, Purpose::Comparison, split, seed, index);
    let (qa, draw) = match task {
        ComparisonTask::Change => change(split, &mut rng),
        ComparisonTask::SameSlice => same_slice(&mut rng),
        ComparisonTask::WhichShows => which_shows(modality, split, &mut rng),
    };
    let sample = Comparison {
        task,
        modality,
        images: Vec::new(),
        qa,
    };
    (sample, draw)
}

fn qa(question: &str, answer: &str, kind: AnswerKind, form: &'static str) -> Qa {
    Qa {
        question: question.to_owned(),
        answer: answer.to_owned(),
        kind,
        category: "comparison",
        form,
    }
}

/// A third of the chests has become worse, a third better, a third is only photographed again.
fn change(split: Split, rng: &mut Rng) -> (Vec<Qa>, Draw) {
    let trend = ["worse", "better", "unchanged"][rng.below(3)];
    let (what, draw): (String, Draw) = match trend {
        "unchanged" => {
            let (scene, _) = scene::sample_from(Modality::ChestXray, split, rng);
            let Scene::Chest(first) = scene else {
                unreachable!("a chest was asked for")
            };
            let mut second = first.clone();
            second.noise_seed = rng.next();
            let draw = move || {
                vec![
                    grey(&chest::render::render(&first)),
                    grey(&chest::render::render(&second)),
                ]
            };
            ("no change".to_owned(), Box::new(draw))
        }
        _ => {
            let task = match (trend, rng.below(2)) {
                ("better", _) => PairTask::RemoveFinding,
                (_, 0) => PairTask::AddFinding,
                _ => PairTask::WorsenFinding,
            };
            let plan = pairs::plan_from(task, Modality::ChestXray, split, rng);
            let name = plan.name.unwrap_or_default();
            let verb = match task {
                PairTask::AddFinding => "new",
                PairTask::RemoveFinding => "no more",
                _ => "worse",
            };
            let draw = move || {
                let drawn = (plan.draw)();
                vec![drawn.source, drawn.target]
            };
            (format!("{verb} {name}"), Box::new(draw))
        }
    };
    let open = rng.pick(&[
        "What changed between the first and the second image?",
        "What is different in the second image?",
    ]);
    let closed = rng.pick(&[
        "Is the second image better, worse or unchanged?",
        "Has it become better, worse or is it unchanged?",
    ]);
    let list = vec![
        qa(open, &what, AnswerKind::Open, "compare.change"),
        qa(closed, trend, AnswerKind::Closed, "compare.trend"),
    ];
    (list, draw)
}

fn same_slice(rng: &mut Rng) -> (Vec<Qa>, Draw) {
    let first = brain::Scene::normal(rng);
    let other = brain::Scene::normal(rng);
    let from = rng.pick(&Sequence::ALL);
    let to = loop {
        let to = rng.pick(&Sequence::ALL);
        if to != from {
            break to;
        }
    };
    let second = rng.chance(1, 2);
    let (a, b) = (from.word(), to.word());
    let question = match rng.below(2) {
        0 => {
            format!("Which image shows the slice of the {a} image in {b}, the second or the third?")
        }
        _ => format!("Is the second or the third image the {b} image of the first?"),
    };
    let answer = if second { "second" } else { "third" };
    let draw = move || {
        let mut images = vec![
            grey(&brain::render::render(&first, from)),
            grey(&brain::render::render(&first, to)),
            grey(&brain::render::render(&other, to)),
        ];
        if !second {
            images.swap(1, 2);
        }
        images
    };
    let list = vec![qa(
        &question,
        answer,
        AnswerKind::Closed,
        "compare.same-slice",
    )];
    (list, Box::new(draw))
}

fn which_shows(modality: Modality, split: Split, rng: &mut Rng) -> (Vec<Qa>, Draw) {
    let (with, without, finding) = loop {
        let (with, _) = scene::sample_from(modality, split, rng);
        let (without, _) = scene::sample_from(modality, split, rng);
        let only = with.findings().iter().find(|finding| {
            without.can_show(finding.kind)
                && without
                    .findings()
                    .iter()
                    .all(|other| other.kind != finding.kind)
        });
        if let Some(finding) = only.copied() {
            break (with, without, finding);
        }
    };
    let name = finding.kind.named();
    let first = rng.chance(1, 2);
    let question = match rng.below(2) {
        0 => format!("Which image shows {name}, the first or the second?"),
        _ => format!("In which image is there {name}, the first or the second?"),
    };
    let answer = if first { "first" } else { "second" };
    let draw = move || {
        let mut images = vec![with.render(), without.render()];
        if !first {
            images.swap(0, 1);
        }
        images
    };
    let list = vec![qa(
        &question,
        answer,
        AnswerKind::Closed,
        "compare.which-shows",
    )];
    (list, Box::new(draw))
}

/// The questions and answers alone, for the tokenizer's training text.
pub(crate) fn words(task: ComparisonTask, index: u64) -> Vec<String> {
    let (sample, _) = plan(task, Split::Train, 0xC03, index);
    sample
        .qa
        .into_iter()
        .flat_map(|qa| [qa.question, qa.answer])
        .collect()
}
