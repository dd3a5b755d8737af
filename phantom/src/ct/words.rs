//! What the words of a CT slice need to know, and the simulator as the others see it.

use super::kinds::KINDS;
use super::scene::Scene;
use super::tissue::Region;
use crate::fact::Fact;
use crate::finding::{Finding, Kind};
use crate::image::Image;
use crate::image::grey;
use crate::plane::Resolution;
use crate::qa::{Sheet, yes_no};
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "ct",
    phrase: "CT scan",
    kinds: &KINDS,
    forms: ["is-modality.ct", "ct.abnormality", "ct.normal"],
};

impl Simulated for Scene {
    fn organ(&self) -> &'static str {
        self.region.organ()
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn can_show(&self, kind: &Kind) -> bool {
        KINDS
            .iter()
            .position(|k| k.key == kind.key)
            .is_some_and(|kind| Self::can_show(self, kind))
    }

    fn add(&mut self, kind: usize, rng: &mut Rng) {
        Self::add(self, kind, None, rng);
    }

    fn add_held_out(&mut self, rng: &mut Rng) {
        Self::add_held_out(self, rng);
    }

    fn is_held_out(&self) -> bool {
        Self::is_held_out(self)
    }

    fn pairs_allowed(&self, a: &Finding, b: &Finding) -> bool {
        Self::pairs_allowed(self, a, b)
    }

    fn lead(&self, rng: &mut Rng) -> String {
        let (organ, window) = (self.region.organ(), self.region.window());
        match rng.below(5) {
            0 => format!("CT scan of the {organ}"),
            1 => format!("axial CT of the {organ}"),
            2 => format!("{organ} CT"),
            3 => format!("{organ} CT in the {window}"),
            _ => format!("CT scan of the {organ} in the {window}"),
        }
    }

    fn acquisition(&self) -> Vec<Fact> {
        vec![Fact {
            key: "window",
            value: self.region.window().to_owned(),
        }]
    }

    fn ask(&self, sheet: &mut Sheet<'_>) {
        sheet.add_fixed(
            &[
                "Which window is this?",
                "Which CT window is this?",
                "What is the window?",
                "Is this the brain window, the lung window or the abdomen window?",
            ],
            self.region.window(),
            "window",
            "ct.window",
        );
        let asked = sheet.truth_or_other(self.region, &Region::ALL);
        let form = match asked {
            Region::Head => "ct.is-brain-window",
            Region::Chest => "ct.is-lung-window",
            Region::Abdomen => "ct.is-abdomen-window",
        };
        let window = asked.window();
        let wordings = [
            format!("Is this the {window}?"),
            format!("Is this image in the {window}?"),
            format!("Is this shown in the {window}?"),
        ];
        sheet.add(&wordings, yes_no(asked == self.region), "window", form);
    }

    fn render_at(&self, resolution: Resolution) -> Image {
        grey(&self.draw(resolution))
    }

    fn render_without(&self, kind: usize) -> (Image, f32) {
        let noise = self.scan.noise / self.scan.width;
        (
            grey(&self.without(kind).draw(Resolution::Half)),
            0.02 + 2.0 * noise,
        )
    }
}
