//! The chest, at the level of the heart or of the main bronchi.

mod paint;
mod vessels;

use super::kinds::{EFFUSION, NODULE};
use super::side::sign;
use super::tissue::{BLOOD, FAT, FLUID, LUNG, MUSCLE, Tissue, sample, tissue};
use crate::finding::{Finding, SIZES, Side};
use crate::math::lerp;
use crate::rng::Rng;

/// Places for nodules, as shares of the rib cage's half width and half depth, away from the hila and
/// the heart and from each other: in the right lung, and in the left.
const PLACES: [[[f32; 2]; 3]; 2] = [
    [[0.62, -0.45], [0.77, 0.10], [0.52, 0.62]],
    [[0.80, -0.22], [0.76, 0.29], [0.48, 0.68]],
];

/// What is wrong with one lung. Sizes of 0 mean absent.
#[derive(Clone, Debug, Default)]
struct Lung {
    /// Depth of the fluid behind the lung, mm.
    effusion: f32,
    /// Depth of the air in front of the lung, mm.
    pneumothorax: f32,
    /// Centres and radii, mm.
    nodules: Vec<([f32; 2], f32)>,
}

/// What a slice of the chest is made of.
#[derive(Clone, Copy, Debug)]
struct Materials {
    fat: Tissue,
    muscle: Tissue,
    blood: Tissue,
    fluid: Tissue,
    lung: Tissue,
}

/// Everything that is sampled for a chest.
#[derive(Clone, Debug)]
pub(super) struct Chest {
    /// Half width and half depth of the rib cage's inside, mm, and how boxy it is.
    cage: [f32; 2],
    boxy: f32,
    /// Thickness of the chest wall and of the fat over it, mm.
    wall: f32,
    fat: f32,
    /// True for the level of the main bronchi, false for the level of the heart.
    upper: bool,
    /// Whether the windpipe has divided at this level.
    divided: bool,
    /// Scale of the heart and its tilt, radians.
    heart: f32,
    tilt: f32,
    /// How far the breasts stand out, as a share of the body's radius.
    breast: f32,
    rib_phase: f32,
    table: bool,
    materials: Materials,
    /// Lungs of the patient's right and left side.
    lungs: [Lung; 2],
    word: u64,
}

impl Chest {
    /// A chest without findings.
    pub(super) fn normal(rng: &mut Rng) -> Self {
        let upper = rng.chance(1, 2);
        let width = rng.range(122.0, 138.0);
        // Contrast agent in half of the scans.
        let blood = if rng.chance(1, 2) {
            rng.range(120.0, 260.0)
        } else {
            sample(BLOOD, rng)
        };
        Self {
            cage: [width, width * rng.range(0.66, 0.76)],
            boxy: rng.range(2.15, 2.5),
            wall: rng.range(12.0, 17.0) + if upper { 6.0 } else { 0.0 },
            fat: lerp(5.0, 19.0, rng.unit()),
            upper,
            divided: rng.chance(3, 5),
            heart: rng.range(0.88, 1.05),
            tilt: rng.range(-0.75, -0.45),
            breast: if !upper && rng.chance(2, 5) {
                rng.range(0.05, 0.20)
            } else {
                0.0
            },
            rib_phase: rng.range(-0.2, 0.2),
            table: rng.chance(3, 5),
            materials: Materials {
                fat: tissue(sample(FAT, rng), 12.0),
                muscle: tissue(sample(MUSCLE, rng), 10.0),
                blood: tissue(blood, 6.0),
                fluid: tissue(sample(FLUID, rng), 6.0),
                lung: tissue(sample(LUNG, rng), 24.0),
            },
            lungs: [Lung::default(), Lung::default()],
            word: rng.next(),
        }
    }

    pub(super) fn add(
        &mut self,
        finding: &mut Finding,
        kind: usize,
        side: Option<Side>,
        rng: &mut Rng,
    ) {
        let one = side.unwrap_or_else(|| rng.pick(&[Side::Left, Side::Right]));
        let index = usize::from(one == Side::Left);
        match kind {
            NODULE => {
                let count = 1 + rng.below(3);
                let first = rng.below(3);
                for i in 0..count {
                    let [x, y] = PLACES[index][(first + i) % 3];
                    let at = [
                        sign(one) * (x * self.cage[0] + rng.range(-4.0, 4.0)),
                        y * self.cage[1] + rng.range(-4.0, 4.0),
                    ];
                    self.lungs[index].nodules.push((at, rng.range(11.5, 14.5)));
                }
                finding.side = Some(one);
                finding.count = Some(count);
            }
            EFFUSION => {
                let side = side.unwrap_or_else(|| rng.pick(&[Side::Left, Side::Right, Side::Both]));
                let grade = rng.below(3);
                let depth = [24.0, 50.0, 80.0][grade] + rng.range(0.0, 8.0);
                for one in [Side::Right, Side::Left] {
                    if side == one || side == Side::Both {
                        let lung = &mut self.lungs[usize::from(one == Side::Left)];
                        lung.effusion = depth + rng.range(0.0, 4.0);
                    }
                }
                finding.side = Some(side);
                finding.size = Some(SIZES[grade]);
            }
            _ => {
                let grade = rng.below(3);
                let depth = [22.0, 44.0, 70.0][grade] + rng.range(0.0, 8.0);
                self.lungs[index].pneumothorax = depth;
                finding.side = Some(one);
                finding.size = Some(SIZES[grade]);
            }
        }
    }

    /// Takes a finding back.
    pub(super) fn remove(&mut self, kind: usize) {
        for lung in &mut self.lungs {
            match kind {
                NODULE => lung.nodules.clear(),
                EFFUSION => lung.effusion = 0.0,
                _ => lung.pneumothorax = 0.0,
            }
        }
    }
}
