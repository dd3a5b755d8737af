//! What the words of an endoscopy image need to know, and the simulator as the others see it.

use super::kinds::KINDS;
use super::render;
use super::scene::{Scene, add_held_out, is_held_out, pairs_allowed};
use crate::finding::Finding;
use crate::image::Image;
use crate::plane::Resolution;
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "endoscopy",
    phrase: "endoscopy image",
    kinds: &KINDS,
    forms: [
        "is-modality.endoscopy",
        "endoscopy.abnormality",
        "endoscopy.normal",
    ],
};

impl Simulated for Scene {
    fn organ(&self) -> &'static str {
        "colon"
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
        pairs_allowed(self, a, b)
    }

    fn lead(&self, rng: &mut Rng) -> String {
        let names = [
            "endoscopy image",
            "endoscopy image of the colon",
            "colonoscopy image",
            "endoscopic view of the colon",
        ];
        rng.pick(&names).to_owned()
    }

    fn render_at(&self, resolution: Resolution) -> Image {
        render::render(self, resolution)
    }

    fn render_without(&self, kind: usize) -> (Image, f32) {
        (self.without(kind).render(), 0.02 + 2.0 * self.look.noise)
    }
}
