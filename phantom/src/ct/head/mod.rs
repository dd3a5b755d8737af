//! The head at the level of the ventricles.

mod folds;
mod paint;

use super::kinds::{HEMORRHAGE, SUBDURAL};
use super::side::sign;
use super::tissue::{
    ACUTE_BLOOD, FAT, FLUID, GREY_MATTER, HARD_BONE, MUSCLE, Tissue, WHITE_MATTER, sample, tissue,
};
use crate::finding::{Finding, SIZES, Side};
use crate::rng::Rng;

/// Where blood vessels of the brain burst, mm from the middle (x away from the midline): basal
/// ganglia, parietal, frontal and occipital lobe.
const PLACES: [[f32; 2]; 4] = [[28.0, -4.0], [38.0, 18.0], [28.0, -36.0], [26.0, 48.0]];

/// A bleeding into the brain.
#[derive(Clone, Copy, Debug)]
struct Bleed {
    at: [f32; 2],
    axes: [f32; 2],
    turn: f32,
}

/// Blood between the skull and the brain.
#[derive(Clone, Copy, Debug)]
struct Subdural {
    /// Sign of x.
    side: f32,
    /// Largest thickness, mm.
    thickness: f32,
    /// Unit vector from the middle of the head to the thickest part.
    towards: [f32; 2],
    /// Cosine of half the angle that it spans.
    span: f32,
}

/// What a slice of the head is made of.
#[derive(Clone, Copy, Debug)]
struct Materials {
    skin: Tissue,
    fat: Tissue,
    hard_bone: Tissue,
    marrow: Tissue,
    fluid: Tissue,
    white: Tissue,
    grey: Tissue,
    blood: Tissue,
}

/// Everything that is sampled for a head.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Half width and half length, mm.
    half: [f32; 2],
    /// Egg shape: how much wider the back is than the front.
    egg: f32,
    /// Thickness of scalp, skull and the fluid around the brain, mm.
    scalp: f32,
    skull: f32,
    fluid: f32,
    /// Half width of the sulci, mm: narrow in the young, wide in the old.
    sulcus: f32,
    /// Scale of the ventricles (1 = normal).
    ventricles: f32,
    /// True for the level of the ventricle bodies, false for the level of the basal ganglia.
    high: bool,
    /// Calcified pineal gland and choroid plexus, and a head holder below.
    calcified: bool,
    holder: bool,
    materials: Materials,
    bleed: Option<Bleed>,
    subdural: Option<Subdural>,
    word: u64,
}

impl Head {
    /// A head without findings.
    pub(super) fn normal(rng: &mut Rng) -> Self {
        let width = rng.range(67.0, 74.0);
        // Age widens sulci and ventricles together.
        let age = rng.unit();
        Self {
            half: [width, width * rng.range(1.18, 1.28)],
            egg: rng.range(0.03, 0.11),
            scalp: rng.range(4.0, 7.0),
            skull: rng.range(4.5, 7.5),
            fluid: 0.8 + 2.2 * age,
            sulcus: 0.2 + 1.0 * age,
            ventricles: 0.75 + 0.35 * age + rng.range(-0.05, 0.05),
            high: rng.chance(2, 5),
            calcified: rng.chance(3, 5),
            holder: rng.chance(2, 5),
            materials: Materials {
                skin: tissue(sample(MUSCLE, rng), 4.0),
                fat: tissue(sample(FAT, rng), 10.0),
                hard_bone: tissue(sample(HARD_BONE, rng), 100.0),
                marrow: tissue(rng.range(350.0, 600.0), 120.0),
                fluid: tissue(sample(FLUID, rng), 0.8),
                white: tissue(sample(WHITE_MATTER, rng), 1.2),
                grey: tissue(sample(GREY_MATTER, rng), 1.2),
                blood: tissue(sample(ACUTE_BLOOD, rng), 3.5),
            },
            bleed: None,
            subdural: None,
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
        let side = side.unwrap_or_else(|| rng.pick(&[Side::Left, Side::Right]));
        let sign = sign(side);
        match kind {
            HEMORRHAGE => {
                let grade = rng.below(3);
                let radius = [8.5, 14.0, 20.5][grade] + rng.range(0.0, 2.5);
                let [x, y] = rng.pick(&PLACES);
                let stretch = rng.range(1.0, 1.25);
                self.bleed = Some(Bleed {
                    at: [sign * (x + rng.range(-3.0, 3.0)), y + rng.range(-4.0, 4.0)],
                    axes: [radius / stretch, radius * stretch],
                    turn: rng.range(-0.6, 0.6),
                });
                finding.side = Some(side);
                finding.size = Some(SIZES[grade]);
            }
            SUBDURAL => {
                let grade = rng.below(3);
                let angle = rng.range(-0.4, 0.4);
                self.subdural = Some(Subdural {
                    side: sign,
                    thickness: [9.0, 14.5, 21.0][grade] + rng.range(0.0, 2.5),
                    towards: [sign * crate::math::cos(angle), crate::math::sin(angle)],
                    span: crate::math::cos(rng.range(1.0, 1.25)),
                });
                finding.side = Some(side);
                finding.size = Some(SIZES[grade]);
            }
            _ => {
                let grade = rng.below(2);
                self.ventricles = [1.7, 2.4][grade] + rng.range(0.0, 0.25);
                // The pressure closes the sulci.
                self.sulcus *= [0.7, 0.5][grade];
                finding.severity = Some(["moderate", "severe"][grade]);
            }
        }
    }

    /// Takes a finding back.
    pub(super) fn remove(&mut self, kind: usize) {
        match kind {
            HEMORRHAGE => self.bleed = None,
            SUBDURAL => self.subdural = None,
            _ => self.ventricles = 1.0,
        }
    }
}
