//! What is sampled for a fundus.

use super::kinds::{COTTON_WOOL, CUPPING, DRUSEN, EXUDATES, HEMORRHAGES, KINDS};
use crate::finding::Finding;
use crate::math::{cos, sin};
use crate::plane::View;
use crate::rng::Rng;

/// A round spot: centre and radius in units of the aperture's radius, and a strength of about 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) at: [f32; 2],
    pub(crate) radius: f32,
    pub(crate) strength: f32,
}

/// Everything that decides what a fundus photograph looks like and what is said about it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) view: View,
    /// Whether it is the patient's left eye: the disc lies on the left of the picture.
    pub(crate) left_eye: bool,
    /// Centres of disc and fovea; units: radius of the aperture.
    pub(crate) disc: [f32; 2],
    pub(crate) fovea: [f32; 2],
    /// Semi-axes of the disc.
    pub(crate) disc_axes: [f32; 2],
    /// Vertical cup-to-disc ratio.
    pub(crate) cup: f32,
    /// Colour of the retina in linear shares of full scale, and how much of the choroid shows.
    pub(crate) base: [f32; 3],
    pub(crate) choroid: f32,
    pub(crate) vignette: f32,
    /// Direction and strength of uneven light.
    pub(crate) tilt: [f32; 2],
    pub(crate) macula: f32,
    pub(crate) vessel_width: f32,
    pub(crate) tortuosity: f32,
    /// Height of the straight cut of the aperture at top and bottom (1 = none).
    pub(crate) crop: f32,
    pub(crate) notch: bool,
    pub(crate) exudates: Vec<Spot>,
    pub(crate) hemorrhages: Vec<Spot>,
    pub(crate) cotton: Vec<Spot>,
    pub(crate) drusen: Vec<Spot>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) gamma: f32,
    pub(crate) noise: f32,
    pub(crate) blur: f32,
    pub(crate) texture_seed: u64,
    pub(crate) noise_seed: u64,
}

impl Scene {
    /// A scene without findings.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        let left_eye = rng.chance(1, 2);
        // The disc lies 15 degrees nasal to the fovea: a third of the field of 45 degrees.
        let side = if left_eye { -1.0 } else { 1.0 };
        let fovea = [-side * rng.range(-0.04, 0.16), rng.range(-0.06, 0.08)];
        let reach = rng.range(0.60, 0.70);
        let disc = [fovea[0] + side * reach, fovea[1] - rng.range(0.02, 0.09)];
        let radius = rng.range(0.140, 0.165);
        let pigment = rng.unit();
        let base = [
            crate::math::lerp(0.92, 0.66, pigment) + rng.range(-0.05, 0.05),
            crate::math::lerp(0.43, 0.27, pigment) + rng.range(-0.05, 0.05),
            crate::math::lerp(0.27, 0.12, pigment) + rng.range(-0.05, 0.05),
        ];
        Self {
            view: View::new(
                1.04,
                rng.range(0.97, 1.12),
                rng.range(-0.14, 0.14),
                [rng.range(-0.02, 0.02), rng.range(-0.02, 0.02)],
            ),
            left_eye,
            disc,
            fovea,
            disc_axes: [radius * rng.range(0.88, 0.96), radius],
            cup: rng.range(0.22, 0.46),
            base,
            choroid: rng.range(0.04, 0.13),
            vignette: rng.range(0.18, 0.42),
            tilt: [rng.range(-0.15, 0.15), rng.range(-0.12, 0.12)],
            macula: rng.range(0.28, 0.45),
            vessel_width: rng.range(0.85, 1.15),
            tortuosity: rng.range(0.5, 1.5),
            crop: if rng.chance(1, 3) {
                rng.range(0.78, 0.95)
            } else {
                1.0
            },
            notch: rng.chance(1, 5),
            exudates: Vec::new(),
            hemorrhages: Vec::new(),
            cotton: Vec::new(),
            drusen: Vec::new(),
            findings: Vec::new(),
            gamma: rng.range(0.8, 1.25),
            noise: rng.range(0.006, 0.022),
            blur: rng.range(0.4, 1.0),
            texture_seed: rng.next(),
            noise_seed: rng.next(),
        }
    }

    /// A position that is well inside the aperture and away from the disc.
    fn free_place(&self, rng: &mut Rng, margin: f32) -> [f32; 2] {
        loop {
            let at = [rng.range(-0.8, 0.8), rng.range(-0.7, 0.7)];
            let (dx, dy) = (at[0] - self.disc[0], at[1] - self.disc[1]);
            let inside = at[0] * at[0] + at[1] * at[1] < 0.72 * 0.72;
            if inside && at[1].abs() < self.crop - 0.2 && dx * dx + dy * dy > margin * margin {
                return at;
            }
        }
    }

    /// Adds a finding of the given kind with sampled attributes.
    pub(crate) fn add(&mut self, kind: usize, rng: &mut Rng) {
        let mut finding = Finding::new(&KINDS[kind]);
        match kind {
            EXUDATES => {
                let place = rng.below(2);
                let drop = [-0.34, 0.34][place] + rng.range(-0.04, 0.04);
                let centre = [self.fovea[0] + rng.range(-0.22, 0.12), self.fovea[1] + drop];
                for _ in 0..10 + rng.below(9) {
                    let (r, a) = (
                        0.17 * rng.unit().sqrt(),
                        rng.range(0.0, std::f32::consts::TAU),
                    );
                    self.exudates.push(Spot {
                        at: [centre[0] + r * cos(a), centre[1] + r * sin(a)],
                        radius: rng.range(0.016, 0.036),
                        strength: rng.range(0.75, 1.0),
                    });
                }
                finding.place = Some(["above the macula", "below the macula"][place]);
            }
            HEMORRHAGES => {
                let many = rng.below(2);
                let count = [4 + rng.below(3), 14 + rng.below(7)][many];
                for _ in 0..count {
                    let at = self.free_place(rng, 0.24);
                    self.hemorrhages.push(Spot {
                        at,
                        radius: rng.range(0.030, 0.055),
                        strength: rng.range(0.7, 1.0),
                    });
                }
                finding.amount = Some(["few", "many"][many]);
            }
            COTTON_WOOL => {
                let count = 1 + rng.below(3);
                while self.cotton.len() < count {
                    let at = self.free_place(rng, 0.30);
                    let far = |other: [f32; 2], d: f32| {
                        let (x, y) = (at[0] - other[0], at[1] - other[1]);
                        x * x + y * y > d * d
                    };
                    if far(self.fovea, 0.25) && self.cotton.iter().all(|s| far(s.at, 0.28)) {
                        self.cotton.push(Spot {
                            at,
                            radius: rng.range(0.060, 0.085),
                            strength: rng.range(0.65, 0.9),
                        });
                    }
                }
                finding.count = Some(count);
            }
            DRUSEN => {
                let many = rng.below(2);
                let count = [6 + rng.below(3), 20 + rng.below(8)][many];
                let spread = [0.16, 0.27][many];
                for _ in 0..count {
                    let (r, a) = (
                        spread * rng.unit().sqrt(),
                        rng.range(0.0, std::f32::consts::TAU),
                    );
                    self.drusen.push(Spot {
                        at: [self.fovea[0] + r * cos(a), self.fovea[1] + r * sin(a)],
                        radius: rng.range(0.024, 0.042),
                        strength: rng.range(0.6, 0.9),
                    });
                }
                finding.amount = Some(["few", "many"][many]);
            }
            _ => {
                let severe = rng.below(2);
                // Normal discs have a ratio below 0.5; the gap keeps the grades apart.
                self.cup = [0.64, 0.80][severe] + rng.range(0.0, 0.06);
                finding.severity = Some(["moderate", "severe"][severe]);
            }
        }
        self.findings.push(finding);
    }

    /// The same scene without the finding of this kind.
    pub(crate) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        match kind {
            EXUDATES => scene.exudates.clear(),
            HEMORRHAGES => scene.hemorrhages.clear(),
            COTTON_WOOL => scene.cotton.clear(),
            DRUSEN => scene.drusen.clear(),
            _ => scene.cup = 0.35,
        }
        scene
    }
}

/// Combinations that are drawn: exudates and drusen look too much alike side by side.
pub(super) fn pairs_allowed(a: &Finding, b: &Finding) -> bool {
    let yellow = |f: &Finding| f.kind.key == "exudates" || f.kind.key == "drusen";
    !(yellow(a) && yellow(b))
}

/// Combinations that only the held-out split shows.
pub(super) fn is_held_out(findings: &[Finding]) -> bool {
    let has = |kind: usize| findings.iter().any(|f| f.kind.key == KINDS[kind].key);
    HELD_OUT.iter().any(|pair| has(pair[0]) && has(pair[1]))
}

const HELD_OUT: [[usize; 2]; 3] = [
    [EXUDATES, CUPPING],
    [HEMORRHAGES, DRUSEN],
    [COTTON_WOOL, CUPPING],
];

/// Adds one of the held-out combinations.
pub(crate) fn add_held_out(scene: &mut Scene, rng: &mut Rng) {
    for kind in rng.pick(&HELD_OUT) {
        scene.add(kind, rng);
    }
}
