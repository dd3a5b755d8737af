//! Round shapes with a wavy outline: glands, lumens, dead tissue.

use super::cells::around;
use crate::math::{cos, sin, smoothstep};
use crate::plane::Plane;
use crate::rng::Rng;

const TAU: f32 = std::f32::consts::TAU;

/// A round shape with a wavy outline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blob {
    pub(super) at: [f32; 2],
    pub(super) radius: f32,
    /// Weights of cosine and sine of two and of three turns.
    wave: [f32; 4],
}

impl Blob {
    pub(super) fn new(at: [f32; 2], radius: f32, waviness: f32, rng: &mut Rng) -> Self {
        let mut weight = || waviness * rng.range(-1.0, 1.0);
        let wave = [weight(), weight(), 0.6 * weight(), 0.6 * weight()];
        Self { at, radius, wave }
    }

    /// Distance of the outline from the centre in the direction of a cosine and a sine.
    fn outline(&self, c: f32, s: f32) -> f32 {
        let (c2, s2) = (c * c - s * s, 2.0 * c * s);
        let (c3, s3) = (c2 * c - s2 * s, s2 * c + c2 * s);
        let [a, b, d, e] = self.wave;
        self.radius * (1.0 + a * c2 + b * s2 + d * c3 + e * s3)
    }

    /// Marks the inside, `inset` pixels short of the outline, in a plane.
    pub(super) fn fill(&self, plane: &mut Plane, soft: &Plane, inset: f32, softness: f32) {
        let swell = self.wave.iter().map(|w| w.abs()).sum::<f32>();
        let reach = self.radius * (1.0 + swell) - inset + softness + 5.0;
        around(self.at, reach, |i, dx, dy| {
            let r2 = dx * dx + dy * dy;
            if r2 > reach * reach {
                return;
            }
            let r = r2.sqrt().max(1e-3);
            let depth = self.outline(dx / r, dy / r) - inset - r + 2.5 * soft.data[i];
            let value = smoothstep(-softness, softness, depth);
            plane.data[i] = plane.data[i].max(value);
        });
    }

    /// Places around the blob, `inset` pixels inside its outline, about `spacing` apart, each with
    /// its direction from the centre.
    pub(super) fn ring(&self, inset: f32, spacing: f32, rng: &mut Rng) -> Vec<([f32; 2], f32)> {
        let count = (TAU * (self.radius - inset).max(4.0) / spacing).max(4.0) as usize;
        let start = rng.range(0.0, TAU);
        (0..count)
            .map(|k| {
                let angle = start + (k as f32 + rng.range(-0.2, 0.2)) / count as f32 * TAU;
                let (c, s) = (cos(angle), sin(angle));
                let r = self.outline(c, s) - inset + rng.range(-2.2, 2.2);
                ([self.at[0] + r * c, self.at[1] + r * s], angle)
            })
            .collect()
    }
}
