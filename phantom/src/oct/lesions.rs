//! What lifts, fills or covers the layers.

use crate::math::{cos, sin, smoothstep};
use crate::rng::Rng;

/// A dome: lateral centre and half width in mm, height in micrometres.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bump {
    pub(crate) at: f32,
    pub(crate) half_width: f32,
    pub(crate) height: f32,
}

impl Bump {
    /// Height at a lateral position: a parabola squared, flat at the top and at the foot.
    pub(super) fn rise(&self, x: f32) -> f32 {
        let u = (x - self.at) / self.half_width;
        let p = (1.0 - u * u).max(0.0);
        // Steeper than a bell: detached tissue stands up from its base.
        self.height * p * (1.5 - 0.5 * p)
    }

    /// How much more the inner retina is lifted than the outer, micrometres: it spans the dome like
    /// a cloth, wider and lower.
    pub(super) fn slack(&self, x: f32) -> f32 {
        let cloth = Self {
            half_width: 1.18 * self.half_width,
            height: 0.86 * self.height,
            ..*self
        };
        cloth.rise(x) - self.rise(x)
    }
}

/// A cyst in the retina.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cyst {
    /// Lateral centre, mm.
    pub(crate) at: f32,
    /// True in the outer nuclear layer, false in the inner nuclear layer.
    pub(crate) outer: bool,
    /// Semi-axes: lateral in mm, axial in micrometres.
    pub(crate) axes: [f32; 2],
}

/// A membrane on the surface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Membrane {
    /// Whether it folds the retina and fills the pit.
    pub(crate) severe: bool,
    /// Folds per mm.
    pub(crate) folds: f32,
    pub(crate) phase: f32,
}

impl Membrane {
    /// How far the surface is pulled up between two folds, micrometres.
    pub(super) fn pull(&self, x: f32) -> f32 {
        let t = sin(self.folds * x + self.phase) + 0.5 * sin(2.3 * self.folds * x - self.phase);
        let height = if self.severe { 30.0 } else { 9.0 };
        height * t.abs()
    }
}

/// A full-thickness hole at the fovea.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hole {
    /// Smallest width, mm.
    pub(crate) waist: f32,
    /// Whether the torn-out cap floats above it.
    pub(crate) operculum: bool,
}

impl Hole {
    /// Half of the width at a share of the depth from the surface (0) to the pigment epithelium
    /// (1), mm: narrowest at two thirds, rounded at the surface.
    pub(super) fn half_width(&self, share: f32) -> f32 {
        let above = (0.66 - share).max(0.0) / 0.66;
        let below = (share - 0.66).max(0.0) / 0.34;
        0.5 * self.waist + 0.17 * above * above * above + 0.05 * above + 0.12 * below * below
    }
}

/// Swelling around `at` and the cysts in it.
pub(super) fn edema(at: f32, grade: usize, rng: &mut Rng) -> (Bump, Vec<Cyst>) {
    let swelling = Bump {
        at,
        half_width: [0.75, 1.15][grade] + rng.range(0.0, 0.1),
        height: [62.0, 165.0][grade] + rng.range(0.0, 25.0),
    };
    let mut cysts = Vec::new();
    // Large ones stand side by side in the outer nuclear layer, small ones in the inner.
    let outer = [2 + rng.below(2), 3 + rng.below(2)][grade];
    let pitch = [0.30, 0.40][grade];
    for i in 0..outer {
        let place = at + (i as f32 - 0.5 * (outer - 1) as f32) * pitch + rng.range(-0.03, 0.03);
        // The middle of the swelling has the most room.
        let room = 1.0 - 0.5 * ((place - at) / swelling.half_width).abs();
        cysts.push(Cyst {
            at: place,
            outer: true,
            axes: [
                [0.12, 0.18][grade] + rng.range(0.0, 0.02),
                [46.0, 84.0][grade] * room + rng.range(0.0, 8.0),
            ],
        });
    }
    let inner = [2, 5][grade];
    for i in 0..inner {
        let place = at + (i as f32 - 0.5 * (inner - 1) as f32) * 0.32 + rng.range(-0.05, 0.05);
        cysts.push(Cyst {
            at: place,
            outer: false,
            axes: [
                rng.range(0.08, 0.13),
                [20.0, 28.0][grade] + rng.range(0.0, 8.0),
            ],
        });
    }
    (swelling, cysts)
}

/// `count` soft drusen spread along the scan.
pub(super) fn drusen(count: usize, rng: &mut Rng) -> Vec<Bump> {
    // One in each of ten equal parts, so that they never merge to one dome.
    let mut parts: Vec<usize> = (0..11).collect();
    (0..count)
        .map(|_| {
            let part = parts.swap_remove(rng.below(parts.len()));
            Bump {
                at: 0.40 * (part as f32 - 5.0) + rng.range(-0.06, 0.06),
                // Large drusen are wider than 125 micrometres (Ferris et al. 2013); at less they
                // would be two pixels.
                half_width: rng.range(0.13, 0.19),
                height: rng.range(44.0, 68.0),
            }
        })
        .collect()
}

/// Share of an ellipse that covers a point: 1 inside, 0 outside, over a border of width `soft` in
/// units of the radius.
pub(super) fn cover(dx: f32, dz: f32, soft: f32) -> f32 {
    smoothstep(1.0 + soft, 1.0 - soft, (dx * dx + dz * dz).sqrt())
}

/// The wavy outline of a shape: a factor around 1 that changes with the angle's cosine.
pub(super) fn waver(t: f32, phase: f32) -> f32 {
    1.0 + 0.08 * cos(3.0 * t + phase)
}
