//! What is sampled for a section.

use super::kinds::{CARCINOMA, HER2, KI67, KINDS, LYMPHOCYTES, MITOSES, NECROSIS};
use super::stain::{Dyes, Stain};
use crate::finding::Finding;
use crate::plane::FINE;
use crate::rng::Rng;

/// How a carcinoma grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// Fused glands that still form lumens, nuclei moderately enlarged.
    Low,
    /// Solid nests of large, uneven nuclei.
    High,
}

impl Grade {
    const ALL: [Self; 2] = [Self::Low, Self::High];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Low => "low-grade",
            Self::High => "high-grade",
        }
    }
}

/// Classes of the Ki-67 labelling index. Below 5, 5 to 20 and above 20 percent of the epithelial
/// nuclei; the shares that are drawn keep away from the borders (see [`Scene::set_ki67`]).
pub(crate) const KI67_LEVELS: [&str; 3] = ["low", "intermediate", "high"];

/// HER2 scores of the ASCO/CAP guideline (Wolff et al. 2018): none, faint and incomplete, weak to
/// moderate and complete, intense and complete staining of the membrane.
pub(crate) const HER2_SCORES: [&str; 4] = ["0", "1+", "2+", "3+"];

/// Everything that decides what a section looks like and what is said about it. Lengths in pixels
/// of the drawing grid.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) stain: Stain,
    /// Size of cells relative to the average.
    pub(crate) scale: f32,
    /// Where the tissue has fat: a corner and how far it reaches.
    pub(crate) fat: Option<([f32; 2], f32)>,
    /// Quadrant towards which the first gland lies; dead tissue spares it.
    pub(crate) home: usize,
    /// Many small acini in place of a few ducts.
    pub(crate) lobular: bool,
    /// Direction of the collagen fibres.
    pub(crate) fibre: f32,
    /// How much fibres stand out.
    pub(crate) collagen: f32,
    pub(crate) carcinoma: Option<Grade>,
    /// Centre and radius of dead tissue.
    pub(crate) necrosis: Option<([f32; 2], f32)>,
    /// Mild (0) or severe (1).
    pub(crate) lymphocytes: Option<usize>,
    pub(crate) mitoses: usize,
    /// Share of epithelial nuclei that carry Ki-67.
    pub(crate) ki67: f32,
    /// Index into [`HER2_SCORES`].
    pub(crate) her2: usize,
    pub(crate) dyes: Dyes,
    pub(crate) findings: Vec<Finding>,
    pub(crate) blur: f32,
    pub(crate) noise: f32,
    pub(crate) tissue_seed: u64,
    pub(crate) noise_seed: u64,
}

/// Corners and quadrants of the picture.
pub(crate) const QUADRANTS: [(&str, [f32; 2]); 4] = [
    ("in the upper left", [0.0, 0.0]),
    ("in the upper right", [1.0, 0.0]),
    ("in the lower left", [0.0, 1.0]),
    ("in the lower right", [1.0, 1.0]),
];

impl Scene {
    /// A section without findings.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        let side = FINE as f32;
        let fat = rng.chance(1, 4).then(|| {
            let (_, [x, y]) = rng.pick(&QUADRANTS);
            ([x * side, y * side], rng.range(85.0, 120.0))
        });
        Self {
            stain: rng.pick(&Stain::ALL),
            scale: rng.range(0.92, 1.12),
            fat,
            home: rng.below(QUADRANTS.len()),
            lobular: rng.chance(2, 5),
            fibre: rng.range(0.0, std::f32::consts::PI),
            collagen: rng.range(0.6, 1.3),
            carcinoma: None,
            necrosis: None,
            lymphocytes: None,
            mitoses: 0,
            ki67: rng.range(0.005, 0.025),
            her2: 0,
            dyes: Dyes::sampled(rng),
            findings: Vec::new(),
            blur: rng.range(0.25, 0.6),
            noise: rng.range(0.004, 0.014),
            tissue_seed: rng.next(),
            noise_seed: rng.next(),
        }
    }

    /// Adds a finding of the given kind with sampled attributes.
    pub(crate) fn add(&mut self, kind: usize, rng: &mut Rng) {
        let mut finding = Finding::new(&KINDS[kind]);
        match kind {
            CARCINOMA => {
                let grade = rng.pick(&Grade::ALL);
                self.carcinoma = Some(grade);
                finding.severity = Some(grade.word());
            }
            NECROSIS => {
                let turn = 1 + rng.below(QUADRANTS.len() - 1);
                let (place, corner) = QUADRANTS[(self.home + turn) % QUADRANTS.len()];
                let centre = corner.map(|c| 74.0 + 108.0 * c + rng.range(-8.0, 8.0));
                self.necrosis = Some((centre, rng.range(50.0, 60.0)));
                finding.place = Some(place);
            }
            LYMPHOCYTES => {
                let severe = rng.below(2);
                self.lymphocytes = Some(severe);
                finding.severity = Some(["mild", "severe"][severe]);
            }
            MITOSES => {
                let many = rng.below(2);
                self.mitoses = [2 + rng.below(2), 8 + rng.below(3)][many];
                finding.amount = Some(["few", "many"][many]);
            }
            KI67 => return self.set_ki67(1 + rng.below(2), rng),
            _ => return self.set_her2(1 + rng.below(3)),
        }
        self.findings.push(finding);
    }

    /// Sets the class of the Ki-67 index, an index into [`KI67_LEVELS`].
    pub(crate) fn set_ki67(&mut self, level: usize, rng: &mut Rng) {
        if level == 0 {
            return;
        }
        self.ki67 = [rng.range(0.10, 0.15), rng.range(0.50, 0.80)][level - 1];
        let mut finding = Finding::new(&KINDS[KI67]);
        finding.severity = Some(KI67_LEVELS[level]);
        self.findings.push(finding);
    }

    /// Sets the HER2 score, an index into [`HER2_SCORES`].
    pub(crate) fn set_her2(&mut self, score: usize) {
        if score == 0 {
            return;
        }
        self.her2 = score;
        let mut finding = Finding::new(&KINDS[HER2]);
        finding.severity = Some(HER2_SCORES[score]);
        self.findings.push(finding);
    }

    /// The same scene without the finding of this kind.
    pub(crate) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        match kind {
            CARCINOMA => scene.carcinoma = None,
            NECROSIS => scene.necrosis = None,
            LYMPHOCYTES => scene.lymphocytes = None,
            MITOSES => scene.mitoses = 0,
            KI67 => scene.ki67 = 0.015,
            _ => scene.her2 = 0,
        }
        scene
    }
}

/// Whether this stain shows a kind of finding. Antibodies show their own protein; mitoses are
/// counted on H&E.
pub(crate) fn shows(stain: Stain, kind: usize) -> bool {
    match kind {
        MITOSES => stain == Stain::HandE,
        KI67 => stain == Stain::Ki67,
        HER2 => stain == Stain::Her2,
        _ => true,
    }
}

/// Combinations that are drawn: among crowds of dark lymphocytes nobody could count mitoses.
pub(crate) fn pairs_allowed(a: &Finding, b: &Finding) -> bool {
    let has = |kind: usize| a.kind.key == KINDS[kind].key || b.kind.key == KINDS[kind].key;
    !(has(LYMPHOCYTES) && has(MITOSES))
}

/// Combinations that only the held-out split shows.
pub(crate) fn is_held_out(findings: &[Finding]) -> bool {
    let has = |kind: usize| findings.iter().any(|f| f.kind.key == KINDS[kind].key);
    HELD_OUT.iter().any(|pair| has(pair[0]) && has(pair[1]))
}

const HELD_OUT: [[usize; 2]; 4] = [
    [NECROSIS, LYMPHOCYTES],
    [MITOSES, NECROSIS],
    [KI67, LYMPHOCYTES],
    [HER2, NECROSIS],
];

/// Adds one of the held-out combinations that the scene's stain shows.
pub(crate) fn add_held_out(scene: &mut Scene, rng: &mut Rng) {
    loop {
        let pair = rng.pick(&HELD_OUT);
        if pair.iter().all(|&kind| shows(scene.stain, kind)) {
            for kind in pair {
                scene.add(kind, rng);
            }
            return;
        }
    }
}
