//! What the words of a fundus photograph need to know, and the simulator as the others see it.

use super::kinds::KINDS;
use super::render::render;
use super::scene::{Scene, add_held_out, is_held_out, pairs_allowed};
use crate::fact::Fact;
use crate::finding::Finding;
use crate::image::Image;
use crate::image::rgb;
use crate::plane::Resolution;
use crate::qa::Sheet;
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "fundus",
    phrase: "fundus photograph",
    kinds: &KINDS,
    forms: ["is-modality.fundus", "fundus.abnormality", "fundus.normal"],
};

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
            0 | 1 => format!("fundus photograph of the {eye} eye"),
            2 => format!("color fundus photograph of the {eye} eye"),
            _ => format!("retinal photograph of the {eye} eye"),
        }
    }

    fn acquisition(&self) -> Vec<Fact> {
        vec![Fact {
            key: "eye",
            value: self.eye().to_owned(),
        }]
    }

    fn ask(&self, sheet: &mut Sheet<'_>) {
        sheet.add_eye(self.left_eye, "fundus.eye", "fundus.is-left-eye");
    }

    fn render_at(&self, resolution: Resolution) -> Image {
        let [red, green, blue] = render(self, resolution);
        rgb(&red, &green, &blue)
    }

    fn render_without(&self, kind: usize) -> (Image, f32) {
        (self.without(kind).render(), 0.02 + 2.0 * self.noise)
    }
}
