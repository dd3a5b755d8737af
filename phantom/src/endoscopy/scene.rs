//! What is sampled for a view of the gut.

use super::kinds::{BLEEDING, INFLAMMATION, INSTRUMENT, KINDS, POLYP, STOOL, ULCER};
use crate::finding::Finding;
use crate::math::{cos, sin};
use crate::plane::FINE;
use crate::rng::Rng;

/// A dome on the wall. Lengths in drawing pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Polyp {
    pub(super) at: [f32; 2],
    pub(super) radius: f32,
    /// Whether a stalk carries it.
    pub(super) stalk: bool,
    /// Height of the second semi-axis relative to the first.
    pub(super) squeeze: f32,
    pub(super) pale: f32,
}

/// A flat sore. `axes` along the radius from the lumen and across it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ulcer {
    pub(super) at: [f32; 2],
    pub(super) axes: [f32; 2],
}

/// Blood that starts at a place and runs down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    pub(super) at: [f32; 2],
    pub(super) length: f32,
    pub(super) width: f32,
    /// Size of the drop at the lower end, in widths.
    pub(super) pool: f32,
}

/// The dark edge of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mask {
    /// A square with cut corners.
    Octagon,
    Circle,
    /// A circle that the frame cuts on the left and on the right.
    WideCircle,
    /// A square with rounded corners.
    Rounded,
}

/// Everything that decides what an endoscopic picture looks like and what is said about it.
/// Positions in drawing pixels.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) mask: Mask,
    /// Where the lumen leads away.
    pub(super) vanishing: [f32; 2],
    /// Colour of the mucosa in linear shares of full scale.
    pub(super) base: [f32; 3],
    /// Strength of vessels, 0 to 1.
    pub(super) vessels: f32,
    /// How wet and shiny the wall is.
    pub(super) shine: f32,
    /// Drawing pixels per unit of slope, sets how much of the gut is in view.
    pub(super) focal: f32,
    pub(super) exposure: f32,
    pub(super) vignette: f32,
    pub(super) gamma: f32,
    pub(super) noise: f32,
    pub(super) blur: f32,
}

/// One view of the gut.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(super) look: Look,
    pub(super) polyps: Vec<Polyp>,
    pub(super) ulcers: Vec<Ulcer>,
    pub(super) streams: Vec<Stream>,
    /// Mild (0) or severe (1).
    pub(super) inflammation: Option<usize>,
    /// Centres and radii of lumps of stool.
    pub(super) stool: Vec<([f32; 2], f32)>,
    /// Where the forceps enters, and where its tip is.
    pub(super) instrument: Option<[[f32; 2]; 2]>,
    pub(super) findings: Vec<Finding>,
    pub(super) texture_seed: u64,
    pub(super) noise_seed: u64,
}

/// Quadrants of the picture and their signs.
const QUADRANTS: [(&str, [f32; 2]); 4] = [
    ("in the upper left", [-1.0, -1.0]),
    ("in the upper right", [1.0, -1.0]),
    ("in the lower left", [-1.0, 1.0]),
    ("in the lower right", [1.0, 1.0]),
];

/// Middle of the drawing grid.
pub(super) const MIDDLE: f32 = FINE as f32 * 0.5;

/// A place in a quadrant, `distance` from the middle and at most 20 degrees off its diagonal.
fn place_in(quadrant: [f32; 2], distance: f32, rng: &mut Rng) -> [f32; 2] {
    let angle = std::f32::consts::FRAC_PI_4 + rng.range(-0.35, 0.35);
    [
        MIDDLE + quadrant[0] * distance * cos(angle),
        MIDDLE + quadrant[1] * distance * sin(angle),
    ]
}

impl Scene {
    /// A clean, healthy gut.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        let warm = rng.unit();
        let angle = rng.range(0.0, std::f32::consts::TAU);
        let off = 26.0 * rng.unit().sqrt();
        let look = Look {
            mask: rng.pick(&[Mask::Octagon, Mask::Circle, Mask::WideCircle, Mask::Rounded]),
            vanishing: [MIDDLE + off * cos(angle), MIDDLE + off * sin(angle)],
            // From salmon pink to orange.
            base: [
                rng.range(0.84, 0.98),
                crate::math::lerp(0.31, 0.37, warm) + rng.range(-0.025, 0.035),
                crate::math::lerp(0.29, 0.19, warm) + rng.range(-0.03, 0.03),
            ],
            vessels: rng.range(0.55, 1.0),
            shine: rng.range(0.5, 1.0),
            focal: rng.range(88.0, 118.0),
            exposure: rng.range(0.85, 1.25),
            vignette: rng.range(0.10, 0.35),
            gamma: rng.range(0.85, 1.2),
            noise: rng.range(0.005, 0.016),
            blur: rng.range(0.1, 0.5),
        };
        Self {
            look,
            polyps: Vec::new(),
            ulcers: Vec::new(),
            streams: Vec::new(),
            inflammation: None,
            stool: Vec::new(),
            instrument: None,
            findings: Vec::new(),
            texture_seed: rng.next(),
            noise_seed: rng.next(),
        }
    }

    /// Adds a finding of the given kind with sampled attributes.
    pub(crate) fn add(&mut self, kind: usize, rng: &mut Rng) {
        let mut finding = Finding::new(&KINDS[kind]);
        match kind {
            POLYP => self.add_polyps(&mut finding, rng),
            ULCER => {
                let (place, quadrant) = rng.pick(&QUADRANTS);
                self.ulcers.push(Ulcer {
                    at: place_in(quadrant, rng.range(66.0, 80.0), rng),
                    axes: [rng.range(16.0, 22.0), rng.range(22.0, 32.0)],
                });
                finding.place = Some(place);
            }
            BLEEDING => {
                let severe = rng.below(2);
                let (_, quadrant) = rng.pick(&QUADRANTS);
                // The wall beside the lumen, so that it runs down in full light.
                let start = [
                    MIDDLE + quadrant[0] * rng.range(66.0, 82.0),
                    MIDDLE - rng.range(18.0, 52.0),
                ];
                for k in 0..[1, 4][severe] {
                    let across = [0.0, 17.0, 36.0, 62.0][k] + rng.range(-5.0, 5.0);
                    let down = if k == 0 {
                        0.0
                    } else {
                        0.55 * across + rng.range(0.0, 18.0)
                    };
                    self.streams.push(Stream {
                        at: [start[0] - quadrant[0] * across, start[1] + down],
                        length: rng.range(58.0, 82.0) + 24.0 * severe as f32 - 0.4 * down,
                        width: [4.4, 8.5][severe] + rng.range(0.0, 2.0),
                        pool: [2.2, 3.4][severe],
                    });
                }
                finding.severity = Some(["mild", "severe"][severe]);
            }
            INFLAMMATION => {
                let severe = rng.below(2);
                self.inflammation = Some(severe);
                finding.severity = Some(["mild", "severe"][severe]);
            }
            STOOL => {
                let centre = MIDDLE + rng.range(-26.0, 26.0);
                for _ in 0..6 + rng.below(5) {
                    let at = [
                        centre + rng.range(-58.0, 58.0),
                        MIDDLE + rng.range(58.0, 100.0),
                    ];
                    self.stool.push((at, rng.range(8.0, 24.0)));
                }
            }
            _ => {
                let right = rng.below(2);
                let (place, quadrant) = QUADRANTS[2 + right];
                let entry = [
                    MIDDLE + quadrant[0] * rng.range(82.0, 116.0),
                    FINE as f32 + 14.0,
                ];
                let tip = [
                    MIDDLE + quadrant[0] * rng.range(14.0, 40.0),
                    MIDDLE + rng.range(22.0, 44.0),
                ];
                self.instrument = Some([entry, tip]);
                finding.place = Some(place);
            }
        }
        self.findings.push(finding);
    }

    fn add_polyps(&mut self, finding: &mut Finding, rng: &mut Rng) {
        let count = rng.pick(&[1, 2, 3]);
        finding.count = Some(count);
        let mut quadrants = QUADRANTS.to_vec();
        for _ in 0..count {
            let (place, quadrant) = quadrants.swap_remove(rng.below(quadrants.len()));
            // The wall lets 6, 10 and 20 mm look like this from usual distances (free choice).
            let size = if count == 1 {
                rng.below(3)
            } else {
                rng.below(2)
            };
            let radius = [11.0, 20.0, 34.0][size] + rng.range(0.0, 3.0 + 2.0 * size as f32);
            let distance = rng.range(66.0, 78.0) - 0.25 * radius;
            self.polyps.push(Polyp {
                at: place_in(quadrant, distance, rng),
                radius,
                stalk: size > 0 && rng.chance(2, 5),
                squeeze: rng.range(0.80, 1.0),
                pale: rng.range(-0.5, 1.0),
            });
            if count == 1 {
                finding.size = Some(["small", "moderate", "large"][size]);
                finding.place = Some(place);
            }
        }
    }

    /// The same scene without the finding of this kind.
    pub(super) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        match kind {
            POLYP => scene.polyps.clear(),
            ULCER => scene.ulcers.clear(),
            BLEEDING => scene.streams.clear(),
            INFLAMMATION => scene.inflammation = None,
            STOOL => scene.stool.clear(),
            _ => scene.instrument = None,
        }
        scene
    }
}

/// Combinations that are drawn: nothing may cover anything else. Stool and instrument lie in the
/// lower part of the picture, and blood runs down there.
pub(super) fn pairs_allowed(scene: &Scene, a: &Finding, b: &Finding) -> bool {
    let has = |kind: usize| a.kind.key == KINDS[kind].key || b.kind.key == KINDS[kind].key;
    let polyps = scene.polyps.iter().map(|p| (p.at, p.radius));
    let ulcers = scene.ulcers.iter().map(|u| (u.at, u.axes[1]));
    let focal: Vec<([f32; 2], f32)> = polyps.chain(ulcers).collect();
    let covered_from_below = (has(STOOL) || has(INSTRUMENT))
        && focal
            .iter()
            .any(|&(at, reach)| at[1] + reach > MIDDLE + 10.0);
    let covered_by_blood = scene.streams.iter().any(|stream| {
        focal.iter().any(|&(at, reach)| {
            let beside = (at[0] - stream.at[0]).abs() > reach + 30.0;
            let above = at[1] + reach < stream.at[1] - 12.0;
            !(beside || above)
        })
    });
    let many = a.count.max(b.count) > Some(1);
    let same_place = a.place.is_some() && a.place == b.place;
    !(same_place
        || covered_from_below
        || covered_by_blood
        || (has(POLYP) && has(ULCER) && many)
        || (has(INSTRUMENT) && (has(STOOL) || has(BLEEDING))))
}

/// Combinations that only the held-out split shows.
pub(super) fn is_held_out(findings: &[Finding]) -> bool {
    let has = |kind: usize| findings.iter().any(|f| f.kind.key == KINDS[kind].key);
    HELD_OUT.iter().any(|pair| has(pair[0]) && has(pair[1]))
}

const HELD_OUT: [[usize; 2]; 3] = [
    [POLYP, INFLAMMATION],
    [ULCER, INSTRUMENT],
    [BLEEDING, STOOL],
];

/// Adds one of the held-out combinations.
pub(super) fn add_held_out(scene: &mut Scene, rng: &mut Rng) {
    let plain = scene.clone();
    let pair = rng.pick(&HELD_OUT);
    loop {
        for kind in pair {
            scene.add(kind, rng);
        }
        if pairs_allowed(scene, &scene.findings[0], &scene.findings[1]) {
            return;
        }
        *scene = plain.clone();
    }
}
