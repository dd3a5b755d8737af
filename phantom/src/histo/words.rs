//! What the words of a histopathology image need to know, and the simulator as the others see it.

use super::kinds::KINDS;
use super::scene::{Scene, add_held_out, is_held_out, pairs_allowed, shows};
use super::{render, stain::Stain};
use crate::fact::Fact;
use crate::finding::{Finding, Kind};
use crate::image::Image;
use crate::plane::Resolution;
use crate::qa::{Sheet, yes_no};
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "histopathology",
    phrase: "histopathology image",
    kinds: &KINDS,
    forms: [
        "is-modality.histopathology",
        "histopathology.abnormality",
        "histopathology.normal",
    ],
};

impl Simulated for Scene {
    fn organ(&self) -> &'static str {
        "breast"
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn can_show(&self, kind: &Kind) -> bool {
        let place = KINDS.iter().position(|k| k == kind);
        place.is_some_and(|kind| shows(self.stain, kind))
    }

    fn add(&mut self, kind: usize, rng: &mut Rng) {
        Self::add(self, kind, rng);
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
        let stain = self.stain.word();
        match rng.below(4) {
            0 => format!("{stain} histopathology image"),
            1 => format!("{stain} stain of breast tissue"),
            2 => format!("{stain} section of the breast"),
            _ => format!("histopathology image of the breast in {stain} stain"),
        }
    }

    fn acquisition(&self) -> Vec<Fact> {
        vec![Fact {
            key: "stain",
            value: self.stain.word().to_owned(),
        }]
    }

    fn ask(&self, sheet: &mut Sheet<'_>) {
        sheet.add_fixed(
            &[
                "Which stain is this?",
                "What stain is this?",
                "Is this H&E, Ki-67 or HER2?",
                "What is the stain?",
            ],
            self.stain.word(),
            "stain",
            "histopathology.stain",
        );
        let asked = sheet.truth_or_other(self.stain, &Stain::ALL);
        let form = match asked {
            Stain::HandE => "histopathology.is-he",
            Stain::Ki67 => "histopathology.is-ki-67",
            Stain::Her2 => "histopathology.is-her2",
        };
        let name = asked.word();
        let wordings = [
            format!("Is this {name}?"),
            format!("Is the stain {name}?"),
            format!("Is this stained with {name}?"),
        ];
        sheet.add(&wordings, yes_no(asked == self.stain), "stain", form);
    }

    fn render_at(&self, resolution: Resolution) -> Image {
        render::render(self, self.stain, resolution)
    }

    fn render_without(&self, kind: usize) -> (Image, f32) {
        (self.without(kind).render(), 0.02 + 2.0 * self.noise)
    }
}
