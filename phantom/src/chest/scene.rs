//! What is sampled for a chest.

use super::kinds::{CARDIOMEGALY, CONSOLIDATION, EFFUSION, KINDS, MASS, NODULE, PNEUMOTHORAX};
use crate::finding::{Finding, SEVERITIES, SIZES, Side};
use crate::plane::View;
use crate::rng::Rng;

const ZONES: [&str; 3] = ["upper zone", "middle zone", "lower zone"];

/// One lung of a scene with what is wrong in it. Sizes of 0 mean absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lung {
    /// Height of the fluid as a share of the lung's height.
    pub(crate) effusion: f32,
    /// How far the lung has withdrawn from the wall, as a share of its width.
    pub(crate) pneumothorax: f32,
    /// Centre (share of width from the mediastinum, share of height from the apex) and radius in cm.
    pub(crate) consolidation: Option<([f32; 2], f32)>,
    /// Round opacities: centre as above, radius in cm.
    pub(crate) spheres: Vec<([f32; 2], f32)>,
}

/// Everything that decides what a chest X-ray looks like and what is said about it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) view: View,
    /// Half of the inner width of the rib cage at its widest, cm.
    pub(crate) half_width: f32,
    /// Height of the lung's apex and of the right dome of the diaphragm, cm below the centre.
    pub(crate) apex: f32,
    pub(crate) dome: f32,
    /// How much lower the left dome is, cm.
    pub(crate) dome_step: f32,
    /// Half of the body's depth, cm.
    pub(crate) depth: f32,
    /// Chest wall thickness, cm.
    pub(crate) wall: f32,
    /// Cardiothoracic ratio: heart width over inner chest width.
    pub(crate) ratio: f32,
    /// Tilt of the heart's long axis, radians below the horizontal.
    pub(crate) tilt: f32,
    pub(crate) knob: f32,
    pub(crate) rib_phase: f32,
    pub(crate) rib_strength: f32,
    pub(crate) vessel_strength: f32,
    pub(crate) bubble: f32,
    pub(crate) breast: f32,
    /// Lungs of the patient's right (left in the picture) and left side.
    pub(crate) lungs: [Lung; 2],
    pub(crate) findings: Vec<Finding>,
    /// Acquisition: gamma, lower and upper end of the window in optical path, noise, blur.
    pub(crate) gamma: f32,
    pub(crate) window: [f32; 2],
    pub(crate) noise: f32,
    pub(crate) blur: f32,
    pub(crate) scatter: f32,
    pub(crate) texture_seed: u64,
    pub(crate) noise_seed: u64,
}

/// Index into `Scene::lungs`.
fn lung_index(side: Side) -> usize {
    usize::from(side == Side::Left)
}

impl Scene {
    /// A scene without findings.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        Self {
            view: View::new(
                17.2,
                rng.range(0.92, 1.08),
                rng.range(-0.09, 0.09),
                [rng.range(-1.2, 1.2), rng.range(-1.0, 1.0)],
            ),
            half_width: rng.range(12.9, 14.8),
            apex: rng.range(-13.6, -12.6),
            dome: rng.range(7.2, 9.6),
            dome_step: rng.range(0.3, 1.8),
            depth: rng.range(9.5, 11.5),
            wall: rng.range(1.6, 3.2),
            ratio: rng.range(0.41, 0.49),
            tilt: rng.range(0.45, 0.85),
            knob: rng.range(0.8, 1.2),
            rib_phase: rng.range(-0.6, 0.6),
            rib_strength: rng.range(0.7, 1.3),
            vessel_strength: rng.range(0.9, 1.6),
            bubble: if rng.chance(1, 2) {
                rng.range(1.2, 2.6)
            } else {
                0.0
            },
            breast: if rng.chance(2, 5) {
                rng.range(0.5, 1.6)
            } else {
                0.0
            },
            lungs: [Lung::default(), Lung::default()],
            findings: Vec::new(),
            gamma: rng.range(0.75, 1.3),
            window: [rng.range(1.25, 1.65), rng.range(4.5, 5.3)],
            noise: rng.range(0.008, 0.022),
            blur: rng.range(0.5, 1.3),
            scatter: rng.range(0.25, 0.5),
            texture_seed: rng.next(),
            noise_seed: rng.next(),
        }
    }

    /// Adds a finding of the given kind with sampled attributes. `side` forces the side.
    pub(crate) fn add(&mut self, kind: usize, side: Option<Side>, rng: &mut Rng) {
        let one = side.unwrap_or_else(|| rng.pick(&[Side::Left, Side::Right]));
        let mut finding = Finding::new(&KINDS[kind]);
        match kind {
            CARDIOMEGALY => {
                let grade = rng.below(3);
                // Gaps of 0.03 keep the grades apart; 0.50-0.55 is borderline and not drawn.
                self.ratio = [0.56, 0.63, 0.70][grade] + rng.range(0.0, 0.035);
                finding.severity = Some(SEVERITIES[grade]);
            }
            EFFUSION => {
                let side = side.unwrap_or_else(|| rng.pick(&[Side::Left, Side::Right, Side::Both]));
                let grade = rng.below(3);
                let height = [0.17, 0.36, 0.58][grade] + rng.range(0.0, 0.07);
                for one in [Side::Right, Side::Left] {
                    if side == one || side == Side::Both {
                        let jitter = rng.range(0.0, 0.02);
                        self.lungs[lung_index(one)].effusion = height + jitter;
                    }
                }
                finding.side = Some(side);
                finding.size = Some(SIZES[grade]);
            }
            PNEUMOTHORAX => {
                let grade = rng.below(3);
                self.lungs[lung_index(one)].pneumothorax =
                    [0.19, 0.33, 0.50][grade] + rng.range(0.0, 0.06);
                finding.side = Some(one);
                finding.size = Some(SIZES[grade]);
            }
            CONSOLIDATION => {
                let zone = rng.below(3);
                let centre = [
                    rng.range(0.42, 0.68),
                    [0.20, 0.48, 0.80][zone] + rng.range(-0.05, 0.05),
                ];
                self.lungs[lung_index(one)].consolidation = Some((centre, rng.range(2.8, 4.2)));
                finding.side = Some(one);
                finding.place = Some(ZONES[zone]);
            }
            NODULE => {
                let count = 1 + rng.below(3);
                let lung = &mut self.lungs[lung_index(one)];
                // One in each third, so that they never merge.
                let first = rng.below(3);
                for i in 0..count {
                    let third = (first + i) % 3;
                    let centre = [
                        rng.range(0.35, 0.75),
                        [0.22, 0.47, 0.72][third] + rng.range(-0.06, 0.06),
                    ];
                    lung.spheres.push((centre, rng.range(1.15, 1.45)));
                }
                finding.side = Some(one);
                finding.count = Some(count);
            }
            _ => {
                let zone = rng.below(3);
                let centre = [
                    rng.range(0.40, 0.66),
                    [0.22, 0.48, 0.74][zone] + rng.range(-0.04, 0.04),
                ];
                self.lungs[lung_index(one)]
                    .spheres
                    .push((centre, rng.range(2.1, 3.0)));
                finding.side = Some(one);
                finding.place = Some(ZONES[zone]);
            }
        }
        self.findings.push(finding);
    }

    /// The same scene without the finding of this kind.
    pub(crate) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        for lung in &mut scene.lungs {
            match kind {
                EFFUSION => lung.effusion = 0.0,
                PNEUMOTHORAX => lung.pneumothorax = 0.0,
                CONSOLIDATION => lung.consolidation = None,
                NODULE | MASS => lung.spheres.clear(),
                _ => {}
            }
        }
        if kind == CARDIOMEGALY {
            scene.ratio = 0.45;
        }
        scene
    }
}

/// Sampled combinations of two findings that a radiograph can show at once, on any sides.
/// Opacities share a side only with what does not hide them.
pub(super) fn pairs_allowed(a: &Finding, b: &Finding) -> bool {
    let hides = |k: &str| k == "effusion" || k == "pneumothorax" || k == "cardiomegaly";
    let lung = |k: &str| k == "consolidation" || k == "nodule" || k == "mass";
    let both_lung = lung(a.kind.key) && lung(b.kind.key);
    let one_hides =
        (hides(a.kind.key) && lung(b.kind.key)) || (lung(a.kind.key) && hides(b.kind.key));
    let same_side = match (a.side, b.side) {
        (Some(a), Some(b)) => a == b || a == Side::Both || b == Side::Both,
        _ => false,
    };
    let both_hide = same_side && hides(a.kind.key) && hides(b.kind.key);
    let heart = a.kind.key == "cardiomegaly" || b.kind.key == "cardiomegaly";
    // A large heart covers the left lower and middle zone; much fluid on the left covers the heart.
    let behind_heart = heart
        && [a, b].iter().any(|f| {
            let left = f.side == Some(Side::Left) || f.side == Some(Side::Both);
            left && (lung(f.kind.key) || (f.kind.key == "effusion" && f.size != Some("small")))
        });
    !(both_lung || (one_hides && same_side) || both_hide || behind_heart)
}

/// Combinations that only the held-out split shows: pneumothorax on the left with cardiomegaly,
/// effusion on the right with consolidation on the left, nodules on the right with effusion on the
/// left.
pub(super) fn is_held_out(findings: &[Finding]) -> bool {
    let has = |key: &str, side: Option<Side>| {
        findings
            .iter()
            .any(|f| f.kind.key == key && (side.is_none() || f.side == side))
    };
    (has("pneumothorax", Some(Side::Left)) && has("cardiomegaly", None))
        || (has("effusion", Some(Side::Right)) && has("consolidation", Some(Side::Left)))
        || (has("nodule", Some(Side::Right)) && has("effusion", Some(Side::Left)))
}

/// Adds one of the held-out combinations.
pub(crate) fn add_held_out(scene: &mut Scene, rng: &mut Rng) {
    match rng.below(3) {
        0 => {
            scene.add(CARDIOMEGALY, None, rng);
            scene.add(PNEUMOTHORAX, Some(Side::Left), rng);
        }
        1 => {
            scene.add(EFFUSION, Some(Side::Right), rng);
            scene.add(CONSOLIDATION, Some(Side::Left), rng);
        }
        _ => {
            scene.add(EFFUSION, Some(Side::Left), rng);
            scene.add(NODULE, Some(Side::Right), rng);
        }
    }
}
