//! The gut as a tube with folds, seen along its axis: for each direction from the vanishing point,
//! how far the wall is and how it is lit.

use std::f32::consts::TAU;

use super::scene::Scene;
use crate::math::{atan2, cos, exp, floor, lerp, sin};
use crate::rng::Rng;

/// Directions around the vanishing point.
const SPOKES: usize = 192;
/// Steps of one drawing pixel away from it.
const STEPS: usize = 208;
/// Samples of the depth along the tube.
const DEPTHS: usize = 128;
/// Depth of the nearest and of the farthest sample in radii of the tube.
const NEAR: f32 = 0.42;
const FAR: f32 = 11.0;

/// The wall in polar coordinates around the vanishing point.
#[derive(Debug)]
pub(super) struct Lumen {
    vanishing: [f32; 2],
    /// Light that comes back, and one over the depth; by spoke, then by step.
    cells: Vec<[f32; 2]>,
}

/// A fold of the wall: a ring that stands out most on some sides.
#[derive(Debug)]
struct Fold {
    depth: f32,
    height: f32,
    width: f32,
    /// Share that goes all around; the rest follows the waves.
    round: f32,
    phase: [f32; 2],
    /// How far the ring is tilted.
    tilt: [f32; 2],
}

/// Folds about one radius apart (haustra of the colon; distances and heights are free choices).
fn folds(rng: &mut Rng) -> Vec<Fold> {
    let mut depth = rng.range(0.85, 1.25);
    let mut out = Vec::new();
    let spacing = rng.range(0.65, 1.05);
    let height = rng.range(0.18, 0.40);
    while depth < 8.0 {
        out.push(Fold {
            depth,
            height: height * rng.range(0.7, 1.25),
            width: rng.range(0.09, 0.17),
            round: rng.range(0.1, 0.6),
            phase: [rng.range(0.0, TAU), rng.range(0.0, TAU)],
            tilt: [rng.range(-0.16, 0.16), rng.range(-0.16, 0.16)],
        });
        depth += spacing * rng.range(0.75, 1.3);
    }
    out
}

impl Lumen {
    /// Looks along the tube of a scene.
    pub(super) fn look(scene: &Scene) -> Self {
        let mut rng = Rng::from_word(scene.texture_seed ^ 0x10E);
        let folds = folds(&mut rng);
        let bend = [rng.range(-0.05, 0.05), rng.range(-0.05, 0.05)];
        let focal = scene.look.focal;
        let mut cells = vec![[0.0, 1.0 / FAR]; SPOKES * STEPS];
        let ratio = exp(crate::math::ln(FAR / NEAR) / (DEPTHS - 1) as f32);
        for (spoke, cells) in cells.chunks_exact_mut(STEPS).enumerate() {
            let angle = spoke as f32 / SPOKES as f32 * TAU;
            let (c, s) = (cos(angle), sin(angle));
            // Each fold as it meets this spoke: depth, height, width.
            let local: Vec<[f32; 3]> = folds
                .iter()
                .map(|f| {
                    let waves = 0.5 * cos(3.0 * angle + f.phase[0]) + 0.5 * cos(angle + f.phase[1]);
                    let share = f.round + (1.0 - f.round) * (0.5 + waves).max(0.0);
                    let depth = f.depth * (1.0 + f.tilt[0] * c + f.tilt[1] * s);
                    [depth, f.height * share.min(1.2), f.width]
                })
                .collect();
            let mut open = STEPS;
            let mut depth = NEAR;
            let mut last = radius(&local, NEAR / ratio);
            for _ in 0..DEPTHS {
                let r = radius(&local, depth);
                let slope = (r - last) / (depth * (1.0 - 1.0 / ratio));
                last = r;
                // The tube bends away; near the camera it is straight.
                let far = (depth - 1.0).max(0.0);
                let drift = (bend[0] * c + bend[1] * s) * far * far;
                let edge = ((r + drift) / depth * focal).max(0.0);
                let first = (edge + 0.999) as usize;
                if first < open {
                    let across = r / depth;
                    let light = lit(depth, across, slope);
                    for cell in &mut cells[first..open] {
                        *cell = [light, 1.0 / depth];
                    }
                    open = first;
                }
                depth *= ratio;
            }
            shade_behind_folds(cells);
        }
        Self {
            vanishing: scene.look.vanishing,
            cells,
        }
    }

    /// Light and one over the depth at a drawing pixel, with its direction from the vanishing point.
    pub(super) fn at(&self, x: f32, y: f32) -> ([f32; 2], [f32; 2]) {
        let (dx, dy) = (x - self.vanishing[0], y - self.vanishing[1]);
        let r = (dx * dx + dy * dy).sqrt();
        let turns = atan2(dy, dx) * (1.0 / TAU);
        let spoke = (turns + 1.0) * SPOKES as f32;
        let whole = floor(spoke);
        let t = spoke - whole;
        let a = (whole as usize) % SPOKES;
        let b = (a + 1) % SPOKES;
        let step = r.min(STEPS as f32 - 1.001);
        let k = step as usize;
        let u = step - k as f32;
        let mut out = [0.0; 2];
        for (c, value) in out.iter_mut().enumerate() {
            let row = |spoke: usize| {
                let near = self.cells[spoke * STEPS + k][c];
                lerp(near, self.cells[spoke * STEPS + k + 1][c], u)
            };
            *value = lerp(row(a), row(b), t);
        }
        let inverse = 1.0 / r.max(1e-3);
        (out, [dx * inverse, dy * inverse])
    }
}

/// Radius of the tube at a depth along one spoke, in radii of the plain tube.
fn radius(folds: &[[f32; 3]], depth: f32) -> f32 {
    let mut r = 1.0;
    for &[at, height, width] in folds {
        // The next folds are farther away still (tilts are small).
        if at > depth + 1.0 {
            break;
        }
        let t = (depth - at) / width;
        if t * t < 9.0 {
            r -= height * exp(-t * t);
        }
    }
    r.max(0.1)
}

/// Light from a lamp beside the lens: the cosine between wall and ray, and less with distance. The
/// falloff is below the inverse square because cameras meter and scattered light fills the gut
/// (free choice). `across` is the ray's slope, `slope` that of the wall.
fn lit(depth: f32, across: f32, slope: f32) -> f32 {
    // Wall normal towards the axis: (-1, slope); direction to the lamp: (-across, -1).
    let facing = (across - slope) / ((1.0 + slope * slope) * (1.0 + across * across)).sqrt();
    let facing = facing.clamp(0.0, 1.0);
    let d2 = depth * depth * (1.0 + across * across);
    (0.16 + 0.92 * facing) * exp(-0.78 * crate::math::ln(d2 + 0.25))
}

/// Where the depth jumps, the far side lies in the shade of the fold in front of it.
fn shade_behind_folds(cells: &mut [[f32; 2]]) {
    const REACH: f32 = 9.0;
    let mut shade = 0.0f32;
    for k in (0..cells.len() - 1).rev() {
        let jump = cells[k + 1][1] - cells[k][1];
        shade *= 1.0 - 1.0 / REACH;
        if jump > 0.03 {
            shade = shade.max((2.2 * jump).min(0.55));
        }
        cells[k][0] *= 1.0 - shade;
    }
    // The edge itself, rounded towards the lens, catches the light.
    let mut rim = 0.0f32;
    for k in 1..cells.len() {
        let jump = cells[k][1] - cells[k - 1][1];
        rim *= 0.86;
        if jump > 0.03 {
            rim = rim.max((2.4 * jump).min(0.55));
        }
        cells[k][0] *= 1.0 + rim;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_tube_has_depth_one_over_slope() {
        assert!((radius(&[], 3.0) - 1.0).abs() < 1e-6);
        let fold = [[2.0, 0.4, 0.1]];
        assert!((radius(&fold, 2.0) - 0.6).abs() < 1e-5 && radius(&fold, 2.5) > 0.999);
    }

    #[test]
    fn the_near_wall_is_brighter_than_the_lumen_and_a_fold_facing_the_lamp_brighter_still() {
        assert!(lit(0.8, 1.25, 0.0) > 3.0 * lit(6.0, 0.17, 0.0));
        assert!(lit(2.0, 0.4, -3.0) > 1.2 * lit(2.0, 0.4, 0.0));
    }

    #[test]
    fn the_middle_of_a_scene_is_deeper_than_its_border() {
        for index in 0..20 {
            let mut rng = Rng::keyed(0x10, 2, index);
            let scene = Scene::normal(&mut rng);
            let lumen = Lumen::look(&scene);
            let [x, y] = scene.look.vanishing;
            let (middle, _) = lumen.at(x, y);
            let (border, _) = lumen.at(x, y + 120.0);
            assert!(
                border[1] > 2.0 * middle[1],
                "{index}: {border:?} {middle:?}"
            );
        }
    }
}
