//! One chest before and after a change.

use super::{
    CARDIOMEGALY, CONSOLIDATION, EFFUSION, KINDS, MASS, NODULE, Scene, add_held_out, render_both,
};
use crate::Split;
use crate::finding::capital;
use crate::pairs::{Drawn, Plan};
use crate::rng::Rng;
use crate::scene::{self, grey};

/// The same chest with a pleural effusion added or removed, and the words that ask for it.
pub(crate) fn effusion(adding: bool, split: Split, rng: &mut Rng) -> Plan {
    let with = chest_with_effusion(split, rng);
    let without = with.without(EFFUSION);
    let finding = with
        .findings
        .iter()
        .find(|f| f.kind.key == KINDS[EFFUSION].key)
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
    let [before, after] = if adding {
        [without, with]
    } else {
        [with, without]
    };
    let draw = move || {
        let (source, target, changed) = render_both(&before, &after);
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
        draw: Box::new(draw),
    }
}

/// A chest with an effusion, alone or beside another finding.
fn chest_with_effusion(split: Split, rng: &mut Rng) -> Scene {
    let plain = Scene::normal(rng);
    loop {
        let mut scene = plain.clone();
        if split == Split::HeldOut {
            add_held_out(&mut scene, rng);
            // One of the held-out combinations has no effusion.
            if scene.findings.iter().any(|f| f.kind.key == "effusion") {
                return scene;
            }
            continue;
        }
        scene.add(EFFUSION, None, rng);
        if rng.chance(2, 5) {
            let others = [CARDIOMEGALY, CONSOLIDATION, NODULE, MASS];
            scene.add(rng.pick(&others), None, rng);
        }
        let whole = scene::Scene::Chest(scene.clone());
        if whole.is_readable() && !whole.is_held_out() {
            return scene;
        }
    }
}
