//! What the words of an OCT scan need to know, and the simulator as the others see it.

use super::kinds::KINDS;
use super::render;
use super::scene::{Scene, add_held_out, is_held_out, pairs_allowed};
use crate::fact::Fact;
use crate::finding::Finding;
use crate::image::Image;
use crate::image::grey;
use crate::plane::Resolution;
use crate::qa::Sheet;
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "oct",
    phrase: "OCT scan",
    kinds: &KINDS,
    forms: ["is-modality.oct", "oct.abnormality", "oct.normal"],
};

/// Of 100 scenes with a normal central thickness, how many are asked about.
const NORMAL_ASKED: usize = 16;

impl Scene {
    const fn eye(&self) -> &'static str {
        if self.left_eye { "left" } else { "right" }
    }
}

impl Simulated for Scene {
    fn organ(&self) -> &'static str {
        "eye"
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
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
        let eye = self.eye();
        match rng.below(4) {
            0 | 1 => format!("OCT scan of the {eye} eye"),
            2 => format!("macular OCT scan of the {eye} eye"),
            _ => format!("OCT of the macula of the {eye} eye"),
        }
    }

    fn acquisition(&self) -> Vec<Fact> {
        let mut facts = vec![Fact {
            key: "eye",
            value: self.eye().to_owned(),
        }];
        facts.extend(self.central_thickness().map(|value| Fact {
            key: "central-thickness",
            value: value.to_owned(),
        }));
        facts
    }

    fn ask(&self, sheet: &mut Sheet<'_>) {
        // The nerve fibres are thick on the side of the nose.
        sheet.add_eye(self.left_eye, "oct.eye", "oct.is-left-eye");
        // One thick retina comes on six that are not: asking about one in six of these balances
        // the answers.
        let thickness = self.central_thickness();
        let thick = thickness == Some("increased");
        if let Some(thickness) = thickness.filter(|_| thick || sheet.rng.chance(NORMAL_ASKED, 100))
        {
            sheet.add_fixed(
                &[
                    "Is the central retinal thickness normal or increased?",
                    "Is the retinal thickness at the fovea normal or increased?",
                    "How thick is the retina at the fovea, normal or increased?",
                ],
                thickness,
                "thickness",
                "oct.central-thickness",
            );
        }
    }

    fn render_at(&self, resolution: Resolution) -> Image {
        grey(&render::render_at(self, resolution))
    }

    fn render_without(&self, kind: usize) -> (Image, f32) {
        let image = grey(&render::render(&self.without(kind)));
        (image, 0.02 + 2.0 * render::noise(self))
    }
}
