//! What is sampled for an examination.

use super::beam::Machine;
use super::canvas::Oval;
use super::grid;
use super::organ::{ASCITES, CYST, HYDRONEPHROSIS, KINDS, MASS, Organ, STONES};
use crate::finding::{Finding, SEVERITIES, SIZES};
use crate::math::{cos, sin};
use crate::rng::Rng;

/// A focal lesion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    pub(crate) kind: usize,
    pub(crate) oval: Oval,
    /// Brightness of a solid one.
    pub(crate) level: f32,
}

/// Everything that decides what a picture looks like and what is said about it. Positions in cm, x
/// to the picture's right, z down from the middle of the probe's face.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) organ: Organ,
    /// Which of the probe's pictures (see `grid`), and its depth.
    pub(crate) shape: usize,
    pub(crate) depth: f32,
    /// -1 where the picture is a mirror image (the other side of the neck).
    pub(crate) flip: f32,
    /// Thickness of the tissue over the organ.
    pub(crate) wall: f32,
    /// The gallbladder, the kidney, the lobe of the thyroid, or the gland of the breast (of which
    /// only the lower end is used).
    pub(crate) hollow: Oval,
    /// Brightness of the organ.
    pub(crate) echo: f32,
    pub(crate) bodies: Vec<Body>,
    pub(crate) stones: Vec<Oval>,
    /// Grade of hydronephrosis plus 1; 0 = none.
    pub(crate) dilation: usize,
    /// Thickness of the free fluid.
    pub(crate) ascites: f32,
    /// Margin of the thyroid nodule or breast mass.
    pub(crate) irregular: bool,
    pub(crate) findings: Vec<Finding>,
    pub(crate) machine: Machine,
    pub(crate) gamma: f32,
    pub(crate) texture_seed: u64,
    pub(crate) noise_seed: u64,
}

impl Scene {
    /// A scene without findings.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        let organ = rng.pick(&Organ::ALL);
        Self::of(organ, rng)
    }

    /// A scene of an organ without findings.
    pub(super) fn of(organ: Organ, rng: &mut Rng) -> Self {
        let shape = if organ.is_deep() {
            rng.below(grid::CURVED)
        } else {
            grid::CURVED + rng.below(grid::LINEAR)
        };
        let [shallow, deep] = match organ {
            Organ::Liver => [13.6, 15.8],
            Organ::Kidney => [10.2, 12.6],
            Organ::Thyroid => [3.3, 3.9],
            Organ::Breast => [3.4, 4.1],
        };
        let flip = rng.pick(&[-1.0, 1.0]);
        let hollow = match organ {
            Organ::Liver => Oval::new(
                [rng.range(2.2, 2.8), rng.range(5.6, 6.4)],
                [rng.range(2.9, 3.3), rng.range(1.25, 1.5)],
                rng.range(0.15, 0.5),
            ),
            Organ::Kidney => Oval::new(
                [rng.range(-0.2, 0.5), rng.range(5.5, 6.3)],
                [rng.range(4.8, 5.5), rng.range(2.25, 2.65)],
                rng.range(-0.25, 0.25),
            ),
            Organ::Thyroid | Organ::Breast => Oval::new(
                [flip * rng.range(0.18, 0.32), rng.range(1.62, 1.74)],
                [rng.range(1.12, 1.26), rng.range(0.74, 0.84)],
                flip * rng.range(0.0, 0.14),
            ),
        };
        Self {
            organ,
            shape,
            depth: rng.range(shallow, deep),
            flip,
            wall: rng.range(1.2, 2.1),
            hollow,
            echo: rng.range(0.44, 0.56),
            bodies: Vec::new(),
            stones: Vec::new(),
            dilation: 0,
            ascites: 0.0,
            irregular: false,
            findings: Vec::new(),
            machine: Machine {
                range: rng.range(52.0, 70.0),
                gain: rng.range(-0.04, 0.10),
                axial: rng.range(0.6, 1.1),
                lateral: rng.range(0.8, 1.6),
                spread: rng.range(0.6, 2.0),
                focus: rng.range(0.3, 0.6),
                fall: rng.range(-2.0, 9.0),
            },
            gamma: rng.range(0.8, 1.3),
            texture_seed: rng.next(),
            noise_seed: rng.next(),
        }
    }

    /// A point in the frame of the kidney or gallbladder, in its half axes' directions, cm.
    pub(crate) fn in_hollow(&self, at: [f32; 2]) -> [f32; 2] {
        let (s, c) = (sin(self.hollow.turn), cos(self.hollow.turn));
        [
            self.hollow.at[0] + c * at[0] - s * at[1],
            self.hollow.at[1] + s * at[0] + c * at[1],
        ]
    }

    /// Centre for a focal lesion: a second one gets a place away from the first.
    fn slot(&self, rng: &mut Rng) -> [f32; 2] {
        let second = usize::from(!self.bodies.is_empty());
        let small = |rng: &mut Rng, r: f32| [rng.range(-r, r), rng.range(-r, r)];
        match self.organ {
            Organ::Liver => {
                let [x, z] = [[-3.3, 5.9], [-0.7, 9.9]][second];
                let [dx, dz] = small(rng, 0.3);
                [x + dx, z + dz]
            }
            Organ::Kidney => {
                let [x, z] = [[-3.9, -0.4], [3.9, 0.35]][second];
                let [dx, dz] = small(rng, 0.25);
                self.in_hollow([x + dx, z + dz])
            }
            Organ::Thyroid => {
                let [x, z] = [[-0.30, 1.65], [0.86, 1.72]][second];
                let [dx, dz] = small(rng, 0.07);
                [self.flip * (x + dx), z + dz]
            }
            Organ::Breast => {
                let [x, z] = [[-0.5, 1.5], [0.95, 1.6]][second];
                let [dx, dz] = small(rng, 0.10);
                [self.flip * (x + dx), z + dz]
            }
        }
    }

    /// Adds a finding of the given kind with sampled attributes.
    pub(crate) fn add(&mut self, kind: usize, rng: &mut Rng) {
        let mut finding = Finding::new(&KINDS[kind]);
        match kind {
            STONES => {
                let count = 1 + rng.below(3);
                self.add_stones(count, rng);
                finding.count = Some(count);
            }
            HYDRONEPHROSIS => {
                let grade = rng.below(3);
                self.dilation = grade + 1;
                finding.severity = Some(SEVERITIES[grade]);
            }
            ASCITES => {
                let grade = rng.below(3);
                self.ascites = [0.75, 1.75, 3.1][grade] + rng.range(0.0, 0.4);
                finding.severity = Some(SEVERITIES[grade]);
            }
            _ => {
                let grade = rng.below(3);
                let [least, more] = self.organ.radii()[grade];
                let radius = least + rng.range(0.0, more);
                let solid = kind != CYST;
                let margin = solid && !self.organ.is_deep();
                if margin {
                    self.irregular = rng.chance(1, 2);
                }
                let rough = margin && self.irregular;
                let mut stretch = rng.range(1.0, 1.18);
                if rough && self.organ == Organ::Breast {
                    // Suspicious masses of the breast are taller than wide (BI-RADS).
                    stretch = rng.range(0.80, 0.95);
                }
                let mut oval = Oval::new(
                    self.slot(rng),
                    [radius * stretch, radius / stretch],
                    rng.range(-0.3, 0.3),
                );
                oval.ragged = match (solid, rough) {
                    (true, true) => 0.34,
                    (true, false) => 0.07,
                    _ => 0.02,
                };
                // Clearly darker or brighter than the organ, and never as dark as fluid; brighter
                // than the dark cortex in a kidney.
                let level = match (self.organ, rng.chance(1, 2)) {
                    (Organ::Kidney, _) => self.echo + rng.range(0.12, 0.18),
                    (Organ::Liver, true) => self.echo + rng.range(0.24, 0.30),
                    _ => self.echo - rng.range(0.22, 0.27),
                };
                self.bodies.push(Body { kind, oval, level });
                finding.size = Some(SIZES[grade]);
            }
        }
        self.findings.push(finding);
    }

    /// Stones on the lower wall of the gallbladder.
    fn add_stones(&mut self, count: usize, rng: &mut Rng) {
        let [long, short] = self.hollow.axes;
        let first = rng.range(-0.08, 0.08);
        for i in 0..count {
            let t = first + 0.60 * (i as f32 - 0.5 * (count - 1) as f32);
            let radius = rng.range(0.50, 0.58);
            let floor = short * (1.0 - t * t).sqrt() - radius - 0.05;
            self.stones.push(Oval::new(
                self.in_hollow([t * long, floor]),
                [radius, 0.85 * radius],
                rng.range(-0.3, 0.3),
            ));
        }
    }

    /// The same scene without the finding of this kind.
    pub(crate) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        scene.bodies.retain(|body| body.kind != kind);
        match kind {
            STONES => scene.stones.clear(),
            HYDRONEPHROSIS => scene.dilation = 0,
            ASCITES => scene.ascites = 0.0,
            _ => {}
        }
        scene
    }
}

/// Combinations that are drawn: two large things have no room in a kidney; in a thyroid or a breast
/// a large one leaves room for a small one only.
pub(super) fn pairs_allowed(scene: &Scene, a: &Finding, b: &Finding) -> bool {
    let large = |f: &Finding| f.size == Some("large") || f.severity == Some("severe");
    let small = |f: &Finding| f.size == Some("small");
    match scene.organ {
        Organ::Liver => true,
        Organ::Kidney => !(large(a) && large(b)),
        Organ::Thyroid | Organ::Breast => !(large(a) || large(b)) || (small(a) || small(b)),
    }
}

/// Combinations that only the held-out split shows.
pub(super) fn is_held_out(findings: &[Finding]) -> bool {
    let has = |kind: usize| findings.iter().any(|f| f.kind.key == KINDS[kind].key);
    HELD_OUT
        .iter()
        .any(|(_, pair)| has(pair[0]) && has(pair[1]))
}

const HELD_OUT: [(Organ, [usize; 2]); 3] = [
    (Organ::Liver, [CYST, STONES]),
    (Organ::Liver, [MASS, ASCITES]),
    (Organ::Kidney, [MASS, HYDRONEPHROSIS]),
];

/// Turns the scene into one with a held-out combination; of another organ if its own has none.
pub(super) fn add_held_out(scene: &mut Scene, rng: &mut Rng) {
    let (organ, pair) = rng.pick(&HELD_OUT);
    loop {
        let mut trial = Scene::of(organ, rng);
        for kind in pair {
            trial.add(kind, rng);
        }
        if pairs_allowed(&trial, &trial.findings[0], &trial.findings[1]) {
            *scene = trial;
            return;
        }
    }
}
