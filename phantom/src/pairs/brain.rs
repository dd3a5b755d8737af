//! One slice in two sequences.

use super::pair::{Drawn, Plan};
use crate::brain::kinds::KINDS;
use crate::brain::render::render;
use crate::brain::scene::{Scene, add_held_out};
use crate::brain::sequence::Sequence;
use crate::image::grey;
use crate::rng::Rng;
use crate::scene;
use crate::split::Split;

/// The same slice in another sequence, and the words that ask for it.
pub(crate) fn sequences(from: Sequence, to: Sequence, split: Split, rng: &mut Rng) -> Plan {
    let mut scene = Scene::normal(rng);
    if split == Split::HeldOut {
        add_held_out(&mut scene, rng);
    } else if rng.chance(3, 5) {
        let kind = rng.below(KINDS.len());
        scene.add(kind, None, rng);
    }
    let (a, b) = (from.word(), to.word());
    let instruction = match rng.below(5) {
        0 => format!(
            "Turn this {} image into a {} image.",
            from.weighted(),
            to.weighted()
        ),
        1 => format!("Make a {b} image from this {a} image."),
        2 => format!("Show this slice as {b}."),
        3 => format!("Convert this {a} image to {b}."),
        _ => format!("What would this slice look like in {b}?"),
    };
    let response = match rng.below(3) {
        0 => format!("Here is the same slice as a {} image.", to.weighted()),
        1 => format!("Here is the {b} image."),
        _ => format!("This is the same slice in {b}."),
    };
    let draw = move || {
        let source = grey(&render(&scene, from));
        let target = grey(&render(&scene, to));
        scene.sequence = to;
        Drawn {
            source,
            target,
            changed: None,
            after: scene::Scene::Brain(scene),
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
