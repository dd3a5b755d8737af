//! What the words of an ultrasound image need to know, and the simulator as the others see it.

use super::organ::{KINDS, MASS, NODULE, Organ};
use super::render;
use super::scene::{Scene, add_held_out, is_held_out, pairs_allowed};
use crate::fact::Fact;
use crate::finding::{Finding, Kind};
use crate::image::Image;
use crate::image::grey;
use crate::plane::Resolution;
use crate::qa::Sheet;
use crate::rng::Rng;
use crate::simulated::{Simulated, Traits};

pub(crate) static TRAITS: Traits = Traits {
    key: "ultrasound",
    phrase: "ultrasound image",
    kinds: &KINDS,
    forms: [
        "is-modality.ultrasound",
        "ultrasound.abnormality",
        "ultrasound.normal",
    ],
};

impl Scene {
    const fn probe(&self) -> &'static str {
        if self.organ.is_deep() {
            "curved"
        } else {
            "linear"
        }
    }

    /// The margin of a nodule of the thyroid or a mass of the breast: key of the fact, form of the
    /// question, name, and value.
    fn margin(&self) -> Option<[&'static str; 4]> {
        let (kind, key, form) = match self.organ {
            Organ::Thyroid => (
                NODULE,
                "thyroid-nodule.margin",
                "ultrasound.margin.thyroid-nodule",
            ),
            Organ::Breast => (MASS, "solid-mass.margin", "ultrasound.margin.solid-mass"),
            _ => return None,
        };
        let value = if self.irregular {
            "irregular"
        } else {
            "smooth"
        };
        let name = KINDS[kind].name;
        let found = self.findings.iter().any(|f| f.kind.key == KINDS[kind].key);
        found.then_some([key, form, name, value])
    }
}

impl Simulated for Scene {
    fn organ(&self) -> &'static str {
        self.organ.word()
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn can_show(&self, kind: &Kind) -> bool {
        let kinds = self.organ.kinds();
        kinds.iter().any(|&k| KINDS[k].key == kind.key)
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
        let organ = self.organ.word();
        match rng.below(4) {
            0 | 1 => format!("ultrasound image of the {organ}"),
            2 => format!("ultrasound of the {organ}"),
            _ => format!("{organ} ultrasound"),
        }
    }

    fn acquisition(&self) -> Vec<Fact> {
        let mut facts = vec![
            Fact {
                key: "organ",
                value: self.organ.word().to_owned(),
            },
            Fact {
                key: "probe",
                value: self.probe().to_owned(),
            },
        ];
        if let Some([key, _, _, value]) = self.margin() {
            facts.push(Fact {
                key,
                value: value.to_owned(),
            });
        }
        facts
    }

    fn ask(&self, sheet: &mut Sheet<'_>) {
        sheet.add_fixed(
            &[
                "Which probe was used, curved or linear?",
                "Was this taken with a curved or a linear probe?",
                "Is the probe curved or linear?",
            ],
            self.probe(),
            "probe",
            "ultrasound.probe",
        );
        if let Some([_, form, name, value]) = self.margin() {
            let wordings = [
                format!("Is the margin of the {name} smooth or irregular?"),
                format!("Does the {name} have a smooth or an irregular margin?"),
            ];
            sheet.add(&wordings, value, "margin", form);
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
