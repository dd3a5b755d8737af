//! What is sampled for a scan.

use super::kinds::{DETACHMENT, DRUSEN, HOLE, INTRARETINAL, KINDS, MEMBRANE, SUBRETINAL};
use super::lesions::{self, Bump, Cyst, Hole, Membrane};
use crate::finding::{Finding, SIZES};
use crate::rng::Rng;

const GRADES: [&str; 2] = ["mild", "severe"];
const PLACES: [&str; 3] = [
    "at the fovea",
    "nasal to the fovea",
    "temporal to the fovea",
];

/// Everything that decides what a scan looks like and what is said about it. Lateral positions are
/// in mm from the fovea, to the picture's right; depths in micrometres.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    /// Whether it is the patient's left eye: the nose is on the left of the picture.
    pub(crate) left_eye: bool,
    /// Length of the scan, mm, and depth of the picture, micrometres.
    pub(crate) width: f32,
    pub(crate) depth: f32,
    /// Place of the fovea from the middle of the picture, mm.
    pub(crate) fovea: f32,
    /// Depth of Bruch's membrane under the fovea as a share of the picture's height.
    pub(crate) level: f32,
    /// Slope and bend of the eye's wall, micrometres per mm and per square mm.
    pub(crate) tilt: f32,
    pub(crate) bend: f32,
    /// Width of the foveal pit (standard deviation, mm) and its depth as a share of the inner
    /// layers.
    pub(crate) pit: [f32; 2],
    /// Scale of all layers (1 = mean) and thickness of the nerve fibres on the nasal side.
    pub(crate) thickness: f32,
    pub(crate) fibres: f32,
    pub(crate) choroid: f32,
    /// Brightness of the choroid's vessels.
    pub(crate) lumen: f32,
    /// Retinal vessels: place, radius in mm, share of light that is left below.
    pub(crate) vessels: Vec<[f32; 3]>,
    /// Distance of the detached vitreous from the retina, micrometres; `None` while attached.
    pub(crate) hyaloid: Option<f32>,
    pub(crate) cysts: Vec<Cyst>,
    pub(crate) swelling: Option<Bump>,
    pub(crate) subretinal: Option<Bump>,
    pub(crate) detachment: Option<Bump>,
    /// Brightness of what fills the detachment.
    pub(crate) filling: f32,
    pub(crate) drusen: Vec<Bump>,
    pub(crate) membrane: Option<Membrane>,
    pub(crate) hole: Option<Hole>,
    pub(crate) findings: Vec<Finding>,
    /// Independent looks that are averaged, display range in dB, brightness, loss of light.
    pub(crate) looks: usize,
    pub(crate) range: f32,
    pub(crate) gain: f32,
    pub(crate) loss: f32,
    pub(crate) floor: f32,
    pub(crate) blur: f32,
    pub(crate) gamma: f32,
    pub(crate) texture_seed: u64,
    pub(crate) noise_seed: u64,
}

impl Scene {
    /// A scene without findings.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        let vessels = (0..2 + rng.below(4))
            .map(|_| {
                let sign = rng.pick(&[-1.0, 1.0]);
                // The fovea itself has no vessels.
                let at = sign * rng.range(0.8, 3.0);
                [at, rng.range(0.03, 0.07), rng.range(0.3, 0.6)]
            })
            .collect();
        Self {
            left_eye: rng.chance(1, 2),
            width: rng.range(5.2, 6.4),
            depth: rng.range(880.0, 1120.0),
            fovea: rng.range(-0.35, 0.35),
            level: rng.range(0.61, 0.69),
            tilt: rng.range(-16.0, 16.0),
            bend: rng.range(2.0, 11.0),
            pit: [rng.range(0.24, 0.36), rng.range(0.86, 1.0)],
            thickness: rng.range(0.93, 1.07),
            fibres: rng.range(54.0, 74.0),
            choroid: rng.range(150.0, 330.0),
            lumen: rng.range(0.30, 0.48),
            vessels,
            hyaloid: rng.chance(1, 4).then(|| rng.range(60.0, 160.0)),
            cysts: Vec::new(),
            swelling: None,
            subretinal: None,
            detachment: None,
            filling: rng.range(0.10, 0.42),
            drusen: Vec::new(),
            membrane: None,
            hole: None,
            findings: Vec::new(),
            looks: 1 + rng.below(4),
            range: rng.range(30.0, 40.0),
            gain: rng.range(0.86, 1.04),
            loss: rng.range(0.6, 1.3),
            floor: rng.range(0.05, 0.14),
            blur: rng.range(0.35, 0.75),
            gamma: rng.range(0.8, 1.3),
            texture_seed: rng.next(),
            noise_seed: rng.next(),
        }
    }

    /// +1 where the nose is on the right of the picture.
    pub(crate) const fn nasal(&self) -> f32 {
        if self.left_eye { -1.0 } else { 1.0 }
    }

    /// `increased` or `normal` where everybody would agree on the thickness of the retina at the
    /// fovea; not where fluid, a detachment or a hole make it a matter of definition.
    pub(crate) fn central_thickness(&self) -> Option<&'static str> {
        let foveal = |f: &&Finding| f.place == Some(PLACES[0]);
        let severe = |kind: usize| {
            let mut findings = self.findings.iter();
            findings.any(|f| f.is(kind) && f.severity == Some(GRADES[1]))
        };
        match self.findings.iter().find(foveal) {
            Some(f) if f.is(INTRARETINAL) && severe(INTRARETINAL) => Some("increased"),
            Some(_) => None,
            None if severe(MEMBRANE) => Some("increased"),
            None if self.hole.is_some() || self.membrane.is_some() => None,
            None => Some("normal"),
        }
    }

    /// Lateral centre of a place, mm.
    pub(super) fn centre(&self, place: usize, rng: &mut Rng) -> f32 {
        match place {
            0 => rng.range(-0.10, 0.10),
            1 => self.nasal() * rng.range(1.40, 1.60),
            _ => -self.nasal() * rng.range(1.40, 1.60),
        }
    }

    /// Adds a finding of the given kind with sampled attributes.
    pub(crate) fn add(&mut self, kind: usize, rng: &mut Rng) {
        let mut finding = Finding::new(&KINDS[kind]);
        match kind {
            INTRARETINAL => {
                let (place, grade) = (rng.below(3), rng.below(2));
                let at = self.centre(place, rng);
                let (swelling, cysts) = lesions::edema(at, grade, rng);
                self.swelling = Some(swelling);
                self.cysts = cysts;
                finding.place = Some(PLACES[place]);
                finding.severity = Some(GRADES[grade]);
            }
            SUBRETINAL => {
                let (place, grade) = (rng.below(3), rng.below(2));
                self.subretinal = Some(Bump {
                    at: self.centre(place, rng),
                    half_width: [0.50, 0.90][grade] + rng.range(0.0, 0.12),
                    height: [58.0, 128.0][grade] + rng.range(0.0, 30.0),
                });
                finding.place = Some(PLACES[place]);
                finding.severity = Some(GRADES[grade]);
            }
            DETACHMENT => {
                let (place, grade) = (rng.below(3), rng.below(3));
                self.detachment = Some(Bump {
                    at: self.centre(place, rng),
                    half_width: [0.32, 0.54, 0.82][grade] + rng.range(0.0, 0.08),
                    height: [66.0, 116.0, 180.0][grade] + rng.range(0.0, 30.0),
                });
                finding.place = Some(PLACES[place]);
                finding.size = Some(SIZES[grade]);
            }
            DRUSEN => {
                let many = rng.below(2);
                let count = [2 + rng.below(2), 8 + rng.below(4)][many];
                self.drusen = lesions::drusen(count, rng);
                finding.amount = Some(["few", "many"][many]);
            }
            MEMBRANE => {
                let grade = rng.below(2);
                self.membrane = Some(Membrane {
                    severe: grade == 1,
                    folds: rng.range(3.6, 5.2),
                    phase: rng.range(0.0, std::f32::consts::TAU),
                });
                // A membrane needs a detached vitreous, which is then far from it.
                self.hyaloid = None;
                finding.severity = Some(GRADES[grade]);
            }
            _ => {
                let grade = rng.below(3);
                // The classes of Duker et al. 2013 end at 250 and 400 micrometres; the gaps keep
                // them apart.
                self.hole = Some(Hole {
                    waist: [0.20, 0.32, 0.52][grade] + rng.range(0.0, [0.03, 0.05, 0.16][grade]),
                    operculum: rng.chance(1, 2),
                });
                self.hyaloid = None;
                finding.size = Some(SIZES[grade]);
            }
        }
        self.findings.push(finding);
    }

    /// The same scene without the finding of this kind.
    pub(crate) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        match kind {
            INTRARETINAL => {
                scene.cysts.clear();
                scene.swelling = None;
            }
            SUBRETINAL => scene.subretinal = None,
            DETACHMENT => scene.detachment = None,
            DRUSEN => scene.drusen.clear(),
            MEMBRANE => scene.membrane = None,
            _ => scene.hole = None,
        }
        scene
    }
}

/// Combinations that are drawn. What lies at the same place would hide each other; a hole takes the
/// fovea and, with a membrane, its surface; a detachment is a larger bump of what drusen raise.
pub(super) fn pairs_allowed(a: &Finding, b: &Finding) -> bool {
    let both = |p: usize, q: usize| [(a, b), (b, a)].iter().any(|(a, b)| a.is(p) && b.is(q));
    let hole = a.is(HOLE) || b.is(HOLE);
    let foveal = a.place == Some(PLACES[0]) || b.place == Some(PLACES[0]);
    let same_place = a.place.is_some() && a.place == b.place;
    !(same_place || (hole && foveal) || both(HOLE, MEMBRANE) || both(DETACHMENT, DRUSEN))
}

impl Finding {
    /// Whether it is of this kind of the OCT list.
    pub(super) fn is(&self, kind: usize) -> bool {
        self.kind.key == KINDS[kind].key
    }
}

/// Combinations that only the held-out split shows.
pub(super) fn is_held_out(findings: &[Finding]) -> bool {
    let has = |kind: usize| findings.iter().any(|f| f.is(kind));
    HELD_OUT.iter().any(|pair| has(pair[0]) && has(pair[1]))
}

const HELD_OUT: [[usize; 2]; 3] = [
    [INTRARETINAL, DETACHMENT],
    [SUBRETINAL, MEMBRANE],
    [DRUSEN, HOLE],
];

/// Adds one of the held-out combinations, at places where both can be read.
pub(crate) fn add_held_out(scene: &mut Scene, rng: &mut Rng) {
    let pair = rng.pick(&HELD_OUT);
    loop {
        let mut trial = scene.clone();
        for kind in pair {
            trial.add(kind, rng);
        }
        if pairs_allowed(&trial.findings[0], &trial.findings[1]) {
            *scene = trial;
            return;
        }
    }
}
