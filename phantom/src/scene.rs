//! A scene of any modality, and how scenes are drawn for the splits.

use std::ops::{Deref, DerefMut};

use crate::modality::Modality;
use crate::rng::Rng;
use crate::simulated::Simulated;
use crate::split::Split;
use crate::{brain, chest, ct, endoscopy, fundus, histo, oct, ultrasound};

/// What a picture and its text are made from.
#[derive(Clone, Debug)]
pub(crate) enum Scene {
    Chest(chest::Scene),
    Fundus(fundus::Scene),
    Brain(brain::Scene),
    Ct(ct::Scene),
    Oct(oct::Scene),
    Ultrasound(ultrasound::Scene),
    Histo(histo::Scene),
    Endoscopy(endoscopy::Scene),
}

impl Scene {
    pub(crate) fn normal(modality: Modality, rng: &mut Rng) -> Self {
        match modality {
            Modality::ChestXray => Self::Chest(chest::Scene::normal(rng)),
            Modality::Fundus => Self::Fundus(fundus::Scene::normal(rng)),
            Modality::BrainMri => Self::Brain(brain::Scene::normal(rng)),
            Modality::Ct => Self::Ct(ct::Scene::normal(rng)),
            Modality::Oct => Self::Oct(oct::Scene::normal(rng)),
            Modality::Ultrasound => Self::Ultrasound(ultrasound::Scene::normal(rng)),
            Modality::Histopathology => Self::Histo(histo::Scene::normal(rng)),
            Modality::Endoscopy => Self::Endoscopy(endoscopy::Scene::normal(rng)),
        }
    }

    pub(crate) fn modality(&self) -> Modality {
        match self {
            Self::Chest(_) => Modality::ChestXray,
            Self::Fundus(_) => Modality::Fundus,
            Self::Brain(_) => Modality::BrainMri,
            Self::Ct(_) => Modality::Ct,
            Self::Oct(_) => Modality::Oct,
            Self::Ultrasound(_) => Modality::Ultrasound,
            Self::Histo(_) => Modality::Histopathology,
            Self::Endoscopy(_) => Modality::Endoscopy,
        }
    }

    /// Whether the two findings, if there are two, can be told apart.
    pub(crate) fn is_readable(&self) -> bool {
        let [a, b] = self.findings() else { return true };
        self.pairs_allowed(a, b)
    }
}

impl Deref for Scene {
    type Target = dyn Simulated;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Chest(scene) => scene,
            Self::Fundus(scene) => scene,
            Self::Brain(scene) => scene,
            Self::Ct(scene) => scene,
            Self::Oct(scene) => scene,
            Self::Ultrasound(scene) => scene,
            Self::Histo(scene) => scene,
            Self::Endoscopy(scene) => scene,
        }
    }
}

impl DerefMut for Scene {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Chest(scene) => scene,
            Self::Fundus(scene) => scene,
            Self::Brain(scene) => scene,
            Self::Ct(scene) => scene,
            Self::Oct(scene) => scene,
            Self::Ultrasound(scene) => scene,
            Self::Histo(scene) => scene,
            Self::Endoscopy(scene) => scene,
        }
    }
}

/// What a random stream is for; part of the key, so that streams never meet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Case,
    Pair,
    Comparison,
}

/// The generator for one sample.
pub(crate) fn stream(
    modality: Modality,
    purpose: Purpose,
    split: Split,
    seed: u64,
    index: u64,
) -> Rng {
    let domain = modality as u64 | (split as u64) << 8 | (purpose as u64) << 16;
    Rng::keyed(domain, seed, index)
}

/// A scene, and a generator for the choice of words.
pub(crate) fn sample(modality: Modality, split: Split, seed: u64, index: u64) -> (Scene, Rng) {
    let mut rng = stream(modality, Purpose::Case, split, seed, index);
    sample_from(modality, split, &mut rng)
}

/// As [`sample`], from a generator.
pub(crate) fn sample_from(modality: Modality, split: Split, rng: &mut Rng) -> (Scene, Rng) {
    let mut scene = Scene::normal(modality, rng);
    if split == Split::HeldOut {
        scene.add_held_out(rng);
    } else {
        // Three in ten normal, five with one finding, two with two.
        let count = [0, 0, 0, 1, 1, 1, 1, 1, 2, 2][rng.below(10)];
        add_findings(&mut scene, count, rng);
    }
    let words = Rng::from_word(rng.next());
    (scene, words)
}

/// Adds up to `count` findings that can be read together and are not held out.
fn add_findings(scene: &mut Scene, count: usize, rng: &mut Rng) {
    let all = scene.modality().kinds();
    let kinds: Vec<usize> = (0..all.len())
        .filter(|&kind| scene.can_show(&all[kind]))
        .collect();
    if count == 0 {
        return;
    }
    scene.add(rng.pick(&kinds), rng);
    if count == 2 {
        for _ in 0..30 {
            let kind = rng.pick(&kinds);
            if scene.findings()[0].kind == &all[kind] {
                continue;
            }
            let mut trial = scene.clone();
            trial.add(kind, rng);
            if trial.is_readable() && !trial.is_held_out() {
                *scene = trial;
                return;
            }
        }
    }
}
