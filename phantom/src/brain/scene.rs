//! What is sampled for a slice of the brain.

use super::kinds::{GLIOMA, HEMORRHAGE, INFARCT, KINDS, PLAQUES, VENTRICULOMEGALY};
use super::sequence::Sequence;
use crate::finding::{Finding, Side};
use crate::plane::View;
use crate::rng::Rng;

const LOBES: [&str; 3] = ["frontal lobe", "parietal lobe", "occipital lobe"];
/// Centres of the lobes at this level, mm from the middle (x away from the midline).
const LOBE_CENTRES: [[f32; 2]; 3] = [[27.0, -38.0], [37.0, 6.0], [25.0, 50.0]];
/// Places for plaques beside the ventricles, mm (x away from the midline).
const PLAQUE_PLACES: [[f32; 2]; 4] = [[24.0, -34.0], [31.0, -16.0], [33.0, 16.0], [31.0, 37.0]];

/// A lesion of one tissue or of nested tissues; positions and sizes in mm, x to the picture's right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lesion {
    pub(crate) kind: usize,
    pub(crate) at: [f32; 2],
    /// Semi-axes.
    pub(crate) axes: [f32; 2],
    /// Angle of the first axis.
    pub(crate) turn: f32,
    pub(crate) word: u64,
}

/// Everything that decides what a brain MRI looks like and what is said about it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) view: View,
    pub(crate) sequence: Sequence,
    /// Half width and half length of the head, mm.
    pub(crate) head: [f32; 2],
    /// Egg shape: how much wider the back is than the front.
    pub(crate) egg: f32,
    /// Thickness of scalp and skull, and of the fluid around the brain, mm.
    pub(crate) scalp: f32,
    pub(crate) skull: f32,
    pub(crate) fluid: f32,
    /// Width of the sulci and of the cortex, mm.
    pub(crate) sulcus: f32,
    pub(crate) cortex: f32,
    /// Scale of the ventricles (1 = normal).
    pub(crate) ventricles: f32,
    /// True for the level of the ventricle bodies, false for the level of the basal ganglia.
    pub(crate) high: bool,
    pub(crate) lesions: Vec<Lesion>,
    pub(crate) findings: Vec<Finding>,
    /// Acquisition: gamma, noise as a share of white, blur in drawing pixels, white level,
    /// coefficients of the bias field.
    pub(crate) gamma: f32,
    pub(crate) noise: f32,
    pub(crate) blur: f32,
    pub(crate) white: f32,
    pub(crate) bias: [f32; 5],
    pub(crate) texture_seed: u64,
    pub(crate) noise_seed: u64,
}

impl Scene {
    /// A scene without findings.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        let width = rng.range(69.0, 77.0);
        let b = 0.08;
        Self {
            view: View::new(
                99.0,
                rng.range(0.92, 1.09),
                rng.range(-0.12, 0.12),
                [rng.range(-5.0, 5.0), rng.range(-4.0, 4.0)],
            ),
            sequence: rng.pick(&Sequence::ALL),
            head: [width, width * rng.range(1.19, 1.30)],
            egg: rng.range(0.04, 0.12),
            scalp: rng.range(3.2, 6.0),
            skull: rng.range(5.5, 8.0),
            fluid: rng.range(1.0, 2.6),
            sulcus: rng.range(0.55, 1.05),
            cortex: rng.range(3.0, 4.0),
            ventricles: rng.range(0.75, 1.15),
            high: rng.chance(2, 5),
            lesions: Vec::new(),
            findings: Vec::new(),
            gamma: rng.range(0.8, 1.25),
            noise: rng.range(0.010, 0.032),
            blur: rng.range(0.5, 1.0),
            white: rng.range(0.92, 1.12),
            bias: [
                rng.range(-b, b),
                rng.range(-b, b),
                rng.range(-b, b),
                rng.range(-b, b),
                rng.range(-b, b),
            ],
            texture_seed: rng.next(),
            noise_seed: rng.next(),
        }
    }

    /// Adds a finding of the given kind with sampled attributes. `side` forces the side.
    pub(crate) fn add(&mut self, kind: usize, side: Option<Side>, rng: &mut Rng) {
        let mut finding = Finding::new(&KINDS[kind]);
        let side = side.unwrap_or_else(|| rng.pick(&[Side::Left, Side::Right]));
        // Radiological convention: the patient's left is on the right of the picture.
        let sign = if side == Side::Left { 1.0 } else { -1.0 };
        match kind {
            PLAQUES => {
                let count = 1 + rng.below(4);
                // Different places, any side: an offset in a list of eight.
                let mut places: Vec<usize> = (0..8).collect();
                for _ in 0..count {
                    let slot = places.swap_remove(rng.below(places.len()));
                    let place = PLAQUE_PLACES[slot % 4];
                    let sign = if slot < 4 { 1.0 } else { -1.0 };
                    let out = 4.0 * (self.ventricles - 1.0).max(0.0);
                    let at = [
                        sign * (place[0] + out + rng.range(-1.5, 3.0)),
                        place[1] + rng.range(-2.5, 2.5),
                    ];
                    self.lesions.push(Lesion {
                        kind,
                        at,
                        axes: [rng.range(6.2, 8.2), rng.range(4.2, 5.4)],
                        // Dawson's fingers stand at right angles to the ventricles.
                        turn: sign * rng.range(-0.3, 0.3) + sign * 0.012 * place[1],
                        word: rng.next(),
                    });
                }
                finding.count = Some(count);
            }
            VENTRICULOMEGALY => {
                let grade = rng.below(2);
                self.ventricles = [1.75, 2.35][grade] + rng.range(0.0, 0.25);
                finding.severity = Some(["moderate", "severe"][grade]);
            }
            _ => {
                let lobe = rng.below(3);
                let grade = rng.below(3);
                let radius = [8.5, 13.5, 19.0][grade] + rng.range(0.0, 2.5);
                let [x, y] = LOBE_CENTRES[lobe];
                let at = [sign * (x + rng.range(-3.0, 3.0)), y + rng.range(-4.0, 4.0)];
                let stretch = rng.range(1.0, 1.25);
                self.lesions.push(Lesion {
                    kind,
                    at,
                    axes: [radius * stretch, radius / stretch],
                    turn: rng.range(0.0, std::f32::consts::PI),
                    word: rng.next(),
                });
                finding.side = Some(side);
                finding.place = Some(LOBES[lobe]);
                finding.size = Some(["small", "moderate", "large"][grade]);
            }
        }
        self.findings.push(finding);
    }

    /// The same scene without the finding of this kind.
    pub(crate) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        scene.lesions.retain(|lesion| lesion.kind != kind);
        if kind == VENTRICULOMEGALY {
            scene.ventricles = 1.0;
        }
        scene
    }
}

/// Combinations that are drawn: one focal lesion at most, with plaques or large ventricles.
pub(super) fn pairs_allowed(a: &Finding, b: &Finding) -> bool {
    let focal = |f: &Finding| f.size.is_some();
    // A large lesion over plaques would blur their count.
    let plaques = a.kind.key == "plaques" || b.kind.key == "plaques";
    let large = a.size == Some("large") || b.size == Some("large");
    !((focal(a) && focal(b)) || (plaques && large))
}

/// Combinations that only the held-out split shows: glioma on the left with large ventricles,
/// infarct on the right with plaques, hemorrhage on the left with plaques.
pub(super) fn is_held_out(findings: &[Finding]) -> bool {
    let has = |key: &str, side: Option<Side>| {
        findings
            .iter()
            .any(|f| f.kind.key == key && (side.is_none() || f.side == side))
    };
    (has("glioma", Some(Side::Left)) && has("ventriculomegaly", None))
        || (has("infarct", Some(Side::Right)) && has("plaques", None))
        || (has("hemorrhage", Some(Side::Left)) && has("plaques", None))
}

/// Adds one of the held-out combinations.
pub(crate) fn add_held_out(scene: &mut Scene, rng: &mut Rng) {
    match rng.below(3) {
        0 => {
            scene.add(VENTRICULOMEGALY, None, rng);
            scene.add(GLIOMA, Some(Side::Left), rng);
        }
        1 => {
            scene.add(PLAQUES, None, rng);
            scene.add(INFARCT, Some(Side::Right), rng);
        }
        _ => {
            scene.add(PLAQUES, None, rng);
            scene.add(HEMORRHAGE, Some(Side::Left), rng);
        }
    }
}
