//! One section in two stains.

use super::pair::{Drawn, Plan};
use crate::histo::kinds::{CARCINOMA, KINDS, LYMPHOCYTES, MITOSES, NECROSIS};
use crate::histo::render::render_both;
use crate::histo::scene::{Grade, HER2_SCORES, KI67_LEVELS, Scene, add_held_out};
use crate::histo::stain::Stain;
use crate::rng::Rng;
use crate::scene;
use crate::split::Split;

/// The antibody that a section is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Ki67,
    Her2,
}

/// The same section, H&E and immunohistochemistry, and the words that ask for it. The class of the
/// antibody stain follows from the grade that H&E shows (none: low or 0; low: intermediate or 1+;
/// high: high or 3+) unless the instruction names another one. For Ki-67 that is how grade and
/// proliferation go together; HER2 cannot be told from H&E in a patient, and the rule is only a
/// convention of these images.
pub(crate) fn staining(target: Target, split: Split, rng: &mut Rng) -> Plan {
    let mut scene = section(split, rng);
    scene.stain = Stain::HandE;
    let usual = scene.carcinoma;
    let named = rng.chance(1, 2);
    let (stain, class, mut after) = match target {
        Target::Ki67 => {
            let level = if named {
                rng.below(3)
            } else {
                usual.map_or(0, |grade| [1, 2][grade as usize])
            };
            let mut after = scene.clone();
            after.set_ki67(level, rng);
            (Stain::Ki67, KI67_LEVELS[level], after)
        }
        Target::Her2 => {
            let score = if named {
                rng.below(4)
            } else {
                usual.map_or(0, |grade| [1, 3][grade as usize])
            };
            let mut after = scene.clone();
            after.set_her2(score);
            (Stain::Her2, HER2_SCORES[score], after)
        }
    };
    after.stain = stain;
    after.findings.retain(|f| KINDS[MITOSES].key != f.kind.key);
    let name = stain.word();
    let level = match target {
        Target::Ki67 => format!("a {class} index").replace("a intermediate", "an intermediate"),
        Target::Her2 => format!("score {class}"),
    };
    let instruction = if named {
        match rng.below(3) {
            0 => format!("Make the H&E into {name} with {level}."),
            1 => format!("Turn this H&E image into {name} with {level}."),
            _ => format!("Show this section in {name} stain with {level}."),
        }
    } else {
        match rng.below(5) {
            0 => format!("Make the H&E into {name}."),
            1 => format!("Turn this H&E image into {name}."),
            2 => format!("Show this section in {name} stain."),
            3 => format!("Stain this tissue with {name}."),
            _ => format!("What would this section look like in {name}?"),
        }
    };
    let response = match rng.below(3) {
        0 => format!("Here is the same section in {name} stain with {level}."),
        1 => format!("Here is the {name} image with {level}."),
        _ => format!("This is the same tissue in {name} with {level}."),
    };
    let draw = move || {
        let [source, target] = render_both(&after, Stain::HandE, stain);
        Drawn {
            source,
            target,
            changed: None,
            after: scene::Scene::Histo(after),
        }
    };
    Plan {
        instruction,
        response,
        finding: None,
        name: None,
        draw: Box::new(draw),
    }
}

/// A section, two in three with a carcinoma, some with something else beside it.
fn section(split: Split, rng: &mut Rng) -> Scene {
    let mut scene = Scene::normal(rng);
    scene.stain = Stain::HandE;
    if split == Split::HeldOut {
        add_held_out(&mut scene, rng);
        return scene;
    }
    if rng.chance(2, 3) {
        scene.add(CARCINOMA, rng);
    }
    if rng.chance(1, 3) {
        scene.add(rng.pick(&[NECROSIS, LYMPHOCYTES, MITOSES]), rng);
    }
    if scene.carcinoma == Some(Grade::High) && scene.findings.len() == 1 && rng.chance(1, 2) {
        scene.add(MITOSES, rng);
    }
    scene
}
