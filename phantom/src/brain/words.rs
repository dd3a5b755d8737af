//! What the words of a brain MRI need to know, and the simulator as the others see it.

use super::kinds::KINDS;
use super::render::render_at;
use super::scene::{Scene, add_held_out, is_held_out, pairs_allowed};
use super::sequence::Sequence;
use crate::fact::Fact;
use crate::finding::Finding;
use crate::image::Image;
use crate::image::grey;
use crate::plane::Resolution;
use crate::qa::{Sheet, yes_no};
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "brain-mri",
    phrase: "brain MRI",
    kinds: &KINDS,
    forms: ["is-modality.brain-mri", "brain.abnormality", "brain.normal"],
};

impl Simulated for Scene {
    fn organ(&self) -> &'static str {
        "brain"
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn add(&mut self, kind: usize, rng: &mut Rng) {
        Self::add(self, kind, None, rng);
    }

    fn add_held_out(&mut self, rng: &mut Rng) {
        add_held_out(self, rng);
    }

    fn is_held_out(&self) -> bool {
        is_held_out(&self.findings)
    }

    fn pairs_allowed(&self, a: &Finding, b: &Finding) -> bool {
        pairs_allowed(a, b)
    }

    fn lead(&self, rng: &mut Rng) -> String {
        let sequence = self.sequence.word();
        match rng.below(4) {
            0 => format!("{sequence} brain MRI"),
            1 => format!("{} brain MRI", self.sequence.weighted()),
            2 => format!("axial {sequence} brain MRI"),
            _ => format!("{sequence} MRI of the brain"),
        }
    }

    fn acquisition(&self) -> Vec<Fact> {
        vec![Fact {
            key: "sequence",
            value: self.sequence.word().to_owned(),
        }]
    }

    fn ask(&self, sheet: &mut Sheet<'_>) {
        sheet.add_fixed(
            &[
                "Which sequence is this?",
                "Which MRI sequence is this?",
                "How is this MRI weighted?",
                "What is the sequence?",
            ],
            self.sequence.word(),
            "sequence",
            "brain.sequence",
        );
        let asked = sheet.truth_or_other(self.sequence, &Sequence::ALL);
        let form = match asked {
            Sequence::T1 => "brain.is-t1",
            Sequence::T2 => "brain.is-t2",
            Sequence::Flair => "brain.is-flair",
            Sequence::Pd => "brain.is-pd",
            Sequence::T1Contrast => "brain.is-contrast-t1",
        };
        // A T1 image with contrast is a T1 image too, so the question says which one it means.
        let without = if asked == Sequence::T1 {
            " without contrast"
        } else {
            ""
        };
        let name = asked.word();
        let wordings = [
            format!("Is this a {name} image{without}?"),
            format!("Is this {name}{without}?"),
            format!("Is this a {} image{without}?", asked.weighted()),
        ];
        sheet.add(&wordings, yes_no(asked == self.sequence), "sequence", form);
    }

    fn render_at(&self, resolution: Resolution) -> Image {
        grey(&render_at(self, self.sequence, resolution))
    }

    fn render_without(&self, kind: usize) -> (Image, f32) {
        (self.without(kind).render(), 0.02 + 2.0 * self.noise)
    }
}
