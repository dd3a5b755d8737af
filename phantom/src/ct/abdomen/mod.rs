//! The upper abdomen, at the level of the kidneys.

mod bowel;
mod organs;
mod paint;

use super::kinds::LIVER_LESION;
use super::tissue::{
    BLOOD, FAT, FLUID, HARD_BONE, KIDNEY, LIVER, MUSCLE, SPLEEN, SPONGY_BONE, Tissue, sample,
    tissue,
};
use crate::finding::{Finding, SIZES};
use crate::math::lerp;
use crate::rng::Rng;

/// Places for lesions in the liver, mm, far enough from each other and from its border.
const PLACES: [[f32; 2]; 4] = [
    [-88.0, -34.0],
    [-50.0, -56.0],
    [-92.0, 12.0],
    [-54.0, -12.0],
];

/// What a slice of the abdomen is made of.
#[derive(Clone, Copy, Debug)]
struct Materials {
    fat: Tissue,
    muscle: Tissue,
    artery: Tissue,
    vein: Tissue,
    liver: Tissue,
    spleen: Tissue,
    kidney: Tissue,
    pancreas: Tissue,
    bowel: Tissue,
    /// What is in stomach and bowel: water or an oral contrast agent.
    meal: Tissue,
    fluid: Tissue,
    spongy_bone: Tissue,
    hard_bone: Tissue,
}

/// Everything that is sampled for an abdomen.
#[derive(Clone, Debug)]
pub(super) struct Abdomen {
    /// Half width and half depth of the inside of the abdominal wall, mm.
    cavity: [f32; 2],
    boxy: f32,
    /// Thickness of the muscles of the wall and of the fat under the skin, mm.
    wall: f32,
    fat: f32,
    /// How far the left lobe of the liver reaches, mm right of its usual end.
    left_lobe: f32,
    /// Half width of the cleft that parts the lobes of the liver, mm; 0 where it is closed.
    cleft: f32,
    gallbladder: bool,
    /// Share of gas in the stomach.
    gas: f32,
    /// Sizes against the usual ones: of the spleen, and of the right and left kidney, which the slice
    /// may cut near their upper ends.
    spleen: f32,
    kidneys: [f32; 2],
    rib_phase: f32,
    /// Calcium in the wall of the aorta.
    calcified: bool,
    table: bool,
    /// Radius of the aorta, mm.
    aorta: f32,
    lesions: Vec<([f32; 2], f32)>,
    /// How much darker than the liver its lesions are, HU.
    lesion_drop: f32,
    materials: Materials,
    word: u64,
}

impl Abdomen {
    /// An abdomen without findings.
    pub(super) fn normal(rng: &mut Rng) -> Self {
        // Three in four with contrast agent in the portal phase; the amount is a free choice.
        let contrast = if rng.chance(3, 4) {
            rng.range(0.55, 1.0)
        } else {
            0.0
        };
        let mut organ = |plain: [f32; 2], portal: f32, grain: f32| {
            tissue(lerp(sample(plain, rng), portal, contrast), grain)
        };
        let materials = Materials {
            fat: organ(FAT, FAT[0] + 8.0, 9.0),
            muscle: organ(MUSCLE, 64.0, 6.0),
            artery: organ(BLOOD, 175.0, 3.0),
            vein: organ(BLOOD, 150.0, 3.0),
            liver: organ(LIVER, 112.0, 5.0),
            spleen: organ(SPLEEN, 122.0, 5.0),
            kidney: organ(KIDNEY, 185.0, 8.0),
            pancreas: organ([36.0, 46.0], 95.0, 14.0),
            bowel: organ([30.0, 45.0], 80.0, 8.0),
            meal: tissue(15.0, 10.0),
            fluid: organ(FLUID, 9.0, 2.0),
            spongy_bone: organ(SPONGY_BONE, 220.0, 40.0),
            hard_bone: organ(HARD_BONE, 900.0, 60.0),
        };
        let meal = if rng.chance(1, 3) {
            tissue(rng.range(150.0, 260.0), 16.0)
        } else {
            tissue(rng.range(5.0, 35.0), 10.0)
        };
        let width = rng.range(116.0, 130.0);
        Self {
            cavity: [width, width * rng.range(0.64, 0.72)],
            boxy: rng.range(2.2, 2.6),
            wall: rng.range(8.0, 12.0),
            fat: rng.range(7.0, 27.0),
            left_lobe: rng.range(-22.0, 14.0),
            cleft: if rng.chance(2, 3) {
                rng.range(1.2, 3.2)
            } else {
                0.0
            },
            gallbladder: rng.chance(3, 5),
            gas: rng.range(0.1, 0.6),
            spleen: rng.range(0.82, 1.2),
            kidneys: [rng.range(0.7, 1.1), rng.range(0.7, 1.1)],
            rib_phase: rng.range(-0.12, 0.12),
            calcified: rng.chance(1, 3),
            table: rng.chance(3, 5),
            aorta: rng.range(9.5, 11.5),
            lesions: Vec::new(),
            lesion_drop: rng.range(45.0, 60.0) + 25.0 * contrast,
            materials: Materials { meal, ..materials },
            word: rng.next(),
        }
    }

    pub(super) fn add(&mut self, finding: &mut Finding, kind: usize, rng: &mut Rng) {
        if kind == LIVER_LESION {
            let count = 1 + rng.below(3);
            let mut places = PLACES.to_vec();
            for _ in 0..count {
                let [x, y] = places.swap_remove(rng.below(places.len()));
                let at = [x + rng.range(-3.0, 3.0), y + rng.range(-3.0, 3.0)];
                self.lesions.push((self.scaled(at), rng.range(12.5, 15.5)));
            }
            finding.count = Some(count);
        } else {
            let grade = rng.below(3);
            // Diameters of 38, 53 and 70 mm and up to 5 mm more; 30 mm is where an aneurysm begins.
            self.aorta = [19.0, 26.5, 35.0][grade] + rng.range(0.0, 2.5);
            finding.size = Some(SIZES[grade]);
        }
    }

    /// Takes a finding back.
    pub(super) fn remove(&mut self, kind: usize) {
        if kind == LIVER_LESION {
            self.lesions.clear();
        } else {
            self.aorta = 10.5;
        }
    }

    /// A position in the average abdomen, carried over to this one.
    fn scaled(&self, at: [f32; 2]) -> [f32; 2] {
        [
            at[0] * self.cavity[0] / 122.0,
            at[1] * self.cavity[1] / 84.0,
        ]
    }
}
