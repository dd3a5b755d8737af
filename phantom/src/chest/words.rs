//! What the words of a chest X-ray need to know, and the simulator as the others see it.

use super::kinds::KINDS;
use super::render::{render, render_at};
use super::scene::{Scene, add_held_out, is_held_out, pairs_allowed};
use crate::finding::Finding;
use crate::image::Image;
use crate::image::grey;
use crate::plane::Resolution;
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "chest-xray",
    phrase: "chest X-ray",
    kinds: &KINDS,
    forms: ["is-modality.chest-xray", "cxr.abnormality", "cxr.normal"],
};

impl Simulated for Scene {
    fn organ(&self) -> &'static str {
        "chest"
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
        rng.pick(&[
            "chest X-ray",
            "chest X-ray",
            "frontal chest X-ray",
            "PA chest X-ray",
            "X-ray of the chest",
        ])
        .to_owned()
    }

    fn render_at(&self, resolution: Resolution) -> Image {
        grey(&render_at(self, resolution))
    }

    fn render_without(&self, kind: usize) -> (Image, f32) {
        let image = grey(&render(&self.without(kind)));
        (image, 0.02 + 1.5 * self.noise)
    }
}
