//! One chest before and after a change.

use super::pair::{Drawn, Plan};
use crate::chest::kinds::{
    CARDIOMEGALY, CONSOLIDATION, EFFUSION, KINDS, MASS, NODULE, PNEUMOTHORAX,
};
use crate::chest::render::{render, render_both};
use crate::chest::scene::{Scene, add_held_out};
use crate::english::capital;
use crate::finding::{Finding, SEVERITIES, SIZES};
use crate::image::grey;
use crate::plane::Plane;
use crate::rng::Rng;
use crate::scene;
use crate::split::Split;

/// How requests begin that ask for a finding to be added, taken away or made worse; no other pair's begin so. ("Make the effusion
/// large." is like "Make the H&E into Ki-67.", so it is not told by its beginning.)
pub const COUNTERFACTUAL_BEGINNINGS: [&str; 4] =
    ["Add ", "Remove ", "Worsen ", "Show this chest with"];

/// What happens to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Add,
    Remove,
}

/// The same chest with a pleural effusion added or removed, and the words that ask for it.
pub(crate) fn effusion(change: Change, split: Split, rng: &mut Rng) -> Plan {
    let others = [CARDIOMEGALY, CONSOLIDATION, NODULE, MASS];
    changed(change, EFFUSION, &others, split, rng)
}

/// The same chest with a finding of any kind added or removed, and the words that ask for it.
pub(crate) fn counterfactual(change: Change, split: Split, rng: &mut Rng) -> Plan {
    // An effusion has tasks of its own and is in every held-out combination but one.
    let kind = match split {
        Split::HeldOut => EFFUSION,
        _ => rng.below(KINDS.len()),
    };
    let others: Vec<usize> = (0..KINDS.len()).filter(|&other| other != kind).collect();
    changed(change, kind, &others, split, rng)
}

fn changed(change: Change, kind: usize, others: &[usize], split: Split, rng: &mut Rng) -> Plan {
    let with = chest_with(kind, others, split, rng);
    let without = with.without(kind);
    let finding = shown(&with, kind);
    let (phrase, name) = (finding.phrase(), finding.bare());
    let was = if finding.verb() == "are" {
        "were"
    } else {
        "was"
    };
    let (instruction, response) = match change {
        Change::Add => {
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
        }
        Change::Remove => {
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
        }
    };
    let [before, after] = match change {
        Change::Add => [without, with],
        Change::Remove => [with, without],
    };
    plan(instruction, response, kind, before, after)
}

/// The same chest with a finding that has become larger or more severe.
pub(crate) fn worsened(split: Split, rng: &mut Rng) -> Plan {
    let kinds: &[usize] = match split {
        Split::HeldOut => &[EFFUSION],
        _ => &[CARDIOMEGALY, EFFUSION, PNEUMOTHORAX],
    };
    let kind = rng.pick(kinds);
    let others: Vec<usize> = (0..KINDS.len()).filter(|&other| other != kind).collect();
    let (before, after) = loop {
        let before = chest_with(kind, &others, split, rng);
        let (now, from) = (shown(&before, kind), grade(shown(&before, kind)));
        if from == Some(2) {
            continue;
        }
        // The same chest again, until the finding is on the same side and worse.
        let worse = (0..60).find_map(|_| {
            let mut after = before.without(kind);
            after.add(kind, now.side.filter(|_| kind != CARDIOMEGALY), rng);
            let grown = grade(shown(&after, kind)) > from;
            let whole = scene::Scene::Chest(after.clone());
            (grown && whole.is_readable()).then_some(after)
        });
        if let Some(after) = worse {
            break (before, after);
        }
    };
    let finding = shown(&after, kind);
    let word = finding.severity.or(finding.size).unwrap_or("worse");
    let side = finding.side.filter(|_| !finding.bare().ends_with('s'));
    let name = match side {
        Some(side) => format!("{} {}", side.word(), finding.bare()),
        None => finding.bare().to_owned(),
    };
    let instruction = match rng.below(3) {
        0 => format!("Make the {name} {word}."),
        1 => format!("Worsen the {name} to {word}."),
        _ => format!("Show this chest with {}.", finding.phrase()),
    };
    let response = match rng.below(2) {
        0 => format!("Here is the same chest with {}.", finding.phrase()),
        _ => format!("The {name} {} now {word}.", finding.verb()),
    };
    plan(instruction, response, kind, before, after)
}

fn plan(instruction: String, response: String, kind: usize, before: Scene, after: Scene) -> Plan {
    let draw = move || {
        let (source, target, changed) = if kind == CARDIOMEGALY {
            // The heart is part of the body, not of what the lungs hold.
            let (source, target) = (render(&before), render(&after));
            let changed = differing(&source, &target);
            (source, target, changed)
        } else {
            render_both(&before, &after)
        };
        Drawn {
            source: grey(&source),
            target: grey(&target),
            changed: Some(changed),
            after: scene::Scene::Chest(after),
        }
    };
    Plan {
        instruction,
        response,
        finding: Some(KINDS[kind].key),
        name: Some(KINDS[kind].name),
        draw: Box::new(draw),
    }
}

/// Pixels that differ by more than scattered light does, and their neighbours.
fn differing(a: &Plane, b: &Plane) -> Vec<bool> {
    /// Of full scale: five grey values of 255.
    const SCATTER: f32 = 5.0 / 255.0;
    let mut change = Plane::filled(a.side, 0.0);
    for ((value, a), b) in change.data.iter_mut().zip(&a.data).zip(&b.data) {
        *value = f32::from(u8::from((a - b).abs() > SCATTER));
    }
    change.blurred(1.0).data.iter().map(|&d| d > 0.0).collect()
}

/// 0 to 2 for small to large and mild to severe.
fn grade(finding: &Finding) -> Option<usize> {
    let word = finding.severity.or(finding.size)?;
    let names = [SIZES, SEVERITIES];
    names
        .iter()
        .find_map(|names| names.iter().position(|name| *name == word))
}

fn shown(scene: &Scene, kind: usize) -> &Finding {
    scene
        .findings
        .iter()
        .find(|finding| finding.kind.key == KINDS[kind].key)
        .expect("invariant: the scene was built with this finding")
}

/// A chest with a finding of this kind, alone or beside one of the others.
fn chest_with(kind: usize, others: &[usize], split: Split, rng: &mut Rng) -> Scene {
    let plain = Scene::normal(rng);
    loop {
        let mut scene = plain.clone();
        if split == Split::HeldOut {
            add_held_out(&mut scene, rng);
            // Not every held-out combination has the finding.
            if scene.findings.iter().any(|f| f.kind.key == KINDS[kind].key) {
                return scene;
            }
            continue;
        }
        scene.add(kind, None, rng);
        if rng.chance(2, 5) {
            scene.add(rng.pick(others), None, rng);
        }
        let whole = scene::Scene::Chest(scene.clone());
        if whole.is_readable() && !whole.is_held_out() {
            return scene;
        }
    }
}
