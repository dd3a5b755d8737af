//! The outline of the head, what pushes the brain, and the lines along which its surface folds.

use std::f32::consts::{PI, TAU};

use super::Head;
use crate::ct::outline::Outline;
use crate::math::{cos, exp, pow, sin};
use crate::rng::Rng;
use crate::tube::Knot;

/// How far a sulcus shapes the cortex beside it, mm.
pub(super) const REACH: f32 = 5.0;

impl Head {
    /// The skin: an ellipse with fuller corners, wider behind.
    pub(super) fn outline(&self) -> Outline {
        Outline::polar([0.0, 0.0], |x, y| {
            let (u, v) = (x / (self.half[0] * (1.0 + self.egg * y)), y / self.half[1]);
            let (u2, v2) = (u * u, v * v);
            1.0 / (u2 + v2 - 0.2 * u2 * v2 / (u2 + v2)).sqrt()
        })
    }

    /// Thickness of a subdural hematoma in the direction (x, y), mm.
    pub(super) fn crescent(&self, x: f32, y: f32) -> f32 {
        let Some(subdural) = &self.subdural else {
            return 0.0;
        };
        let length = (x * x + y * y).sqrt().max(1e-3);
        let cosine = (x * subdural.towards[0] + y * subdural.towards[1]) / length;
        let share = (cosine - subdural.span) / (1.0 - subdural.span);
        subdural.thickness * pow(share.max(0.0), 0.7)
    }

    /// Where a point of the brain moves when blood needs room: away from it, most near it.
    pub(super) fn pushed(&self, at: [f32; 2]) -> [f32; 2] {
        let [mut x, y] = at;
        if let Some(subdural) = &self.subdural {
            let near = (0.34 + 0.006 * subdural.side * x).clamp(0.0, 0.6);
            let level = exp(-(y * y) / 6000.0);
            x -= subdural.side * subdural.thickness * near * level;
        }
        if let Some(bleed) = &self.bleed {
            let size = (bleed.axes[0] * bleed.axes[1]).sqrt();
            let (dx, dy) = (at[0] - bleed.at[0], y - bleed.at[1]);
            let near = exp(-(dx * dx + dy * dy) / (2.0 * 30.0 * 30.0));
            let away = (dx / 12.0).clamp(-1.0, 1.0);
            x += away * (0.5 * (size - 8.0)).max(0.0) * near;
        }
        [x, y]
    }

    /// How much smaller the ventricle on a side is because of blood beside it.
    pub(super) fn squeeze(&self, side: f32) -> f32 {
        let subdural = self
            .subdural
            .map_or(0.0, |s| if s.side == side { s.thickness } else { 0.0 });
        let bleed = self
            .bleed
            .map_or(0.0, |b| if b.at[0] * side > 0.0 { b.axes[0] } else { 0.0 });
        1.0 - 0.022 * subdural.max(bleed)
    }

    /// Centre lines of the sulci, from the surface inwards all around.
    pub(super) fn sulci(&self, skin: &Outline) -> Vec<Vec<Knot>> {
        let mut rng = Rng::from_word(self.word ^ 0x5111C1);
        let mut all = Vec::new();
        let count = 34 + rng.below(10);
        for k in 0..count {
            let angle = (k as f32 + rng.range(0.2, 0.8)) / count as f32 * TAU;
            let (c, s) = (cos(angle), sin(angle));
            // The midline fissure has its own place.
            if c.abs() < 0.1 {
                continue;
            }
            let inward = self.scalp + self.skull + self.fluid + self.crescent(c, s);
            let mut at = skin.point(c, s, 1.0 - inward);
            let length = if k % 2 == 0 {
                rng.range(10.0, 19.0)
            } else {
                rng.range(4.0, 9.0)
            };
            let mut heading = angle + PI + rng.range(-0.4, 0.4);
            let curl = rng.range(-0.08, 0.08);
            all.push(crawl(&mut rng, &mut at, &mut heading, curl, length));
            if length > 14.0 && rng.chance(1, 2) {
                for sense in [-1.0f32, 1.0] {
                    let (mut tip, mut turned) = (at, heading + sense * rng.range(0.8, 1.2));
                    let short = rng.range(4.0, 7.0);
                    all.push(crawl(&mut rng, &mut tip, &mut turned, 0.0, short));
                }
            }
        }
        // Short folds on both banks of the midline fissure.
        for side in [-1.0f32, 1.0] {
            for y in [-60.0f32, -50.0, 46.0, 56.0, 66.0] {
                if rng.chance(1, 4) {
                    continue;
                }
                let mut at = [side, y + rng.range(-3.0, 3.0)];
                let mut heading = if side > 0.0 { 0.0 } else { PI } + rng.range(-0.5, 0.5);
                let length = rng.range(6.0, 12.0);
                all.push(crawl(&mut rng, &mut at, &mut heading, 0.0, length));
            }
        }
        all
    }
}

/// A wavy line of the given length, mm. Leaves the tip and its heading in `at` and `heading`.
fn crawl(rng: &mut Rng, at: &mut [f32; 2], heading: &mut f32, curl: f32, length: f32) -> Vec<Knot> {
    const STEP: f32 = 2.8;
    let knot = |at: [f32; 2]| Knot { at, radius: REACH };
    let mut knots = vec![knot(*at)];
    for _ in 0..(length / STEP) as usize {
        *heading += curl * STEP * 0.5 + rng.range(-0.24, 0.24);
        *at = [at[0] + STEP * cos(*heading), at[1] + STEP * sin(*heading)];
        knots.push(knot(*at));
    }
    knots
}
