//! The vessel tree of the retina: four arcades, each an artery and a vein, with side branches.

use super::scene::Scene;
use crate::math::{atan2, cos, lerp, pow, sin};
use crate::plane::Plane;
use crate::rng::Rng;
use crate::tube::{Knot, bezier, chord, draw};

/// Blood along the line of sight, in units of the aperture's radius.
#[derive(Debug)]
pub(super) struct Blood {
    pub(super) artery: Plane,
    pub(super) vein: Plane,
}

struct Grower<'a> {
    scene: &'a Scene,
    rng: Rng,
    plane: Plane,
}

/// Draws the whole tree of a scene.
pub(super) fn grow(scene: &Scene) -> Blood {
    let tree = |word: u64, width: f32, offset: f32| {
        let rng = Rng::from_word(scene.texture_seed ^ word);
        let mut grower = Grower {
            scene,
            rng,
            plane: Plane::fine(),
        };
        grower.arcades(width, offset);
        grower.plane
    };
    // Arteries are about two thirds as wide as veins and run beside them.
    Blood {
        vein: tree(0xBEE, 0.0235, 0.0),
        artery: tree(0xA47, 0.0165, 0.055),
    }
}

impl Grower<'_> {
    fn arcades(&mut self, width: f32, offset: f32) {
        let (disc, fovea) = (self.scene.disc, self.scene.fovea);
        // Towards the fovea, as a sign of x.
        let temporal = if disc[0] > fovea[0] { -1.0 } else { 1.0 };
        for up in [-1.0f32, 1.0] {
            let r = width * self.scene.vessel_width * self.rng.range(0.88, 1.08);
            let lift = self.rng.range(0.40, 0.52) + offset;
            let start = [disc[0] + self.rng.range(-0.02, 0.02), disc[1] + up * 0.015];
            let path = [
                start,
                [
                    disc[0] - temporal * self.rng.range(0.0, 0.10),
                    disc[1] + up * (lift - 0.02),
                ],
                [fovea[0] - temporal * 0.18, fovea[1] + up * (lift + 0.16)],
                [
                    fovea[0] + temporal * 1.0,
                    fovea[1] + up * (lift - self.rng.range(0.05, 0.22)),
                ],
            ];
            self.trunk(path, r, up, true);
            let r = 0.8 * width * self.scene.vessel_width * self.rng.range(0.85, 1.1);
            let rise = self.rng.range(0.30, 0.75) + offset;
            let end = [disc[0] - temporal * 0.85, disc[1] + up * (rise + 0.25)];
            let path = [
                start,
                [disc[0] - temporal * 0.05, disc[1] + up * 0.20],
                [disc[0] - temporal * 0.30, disc[1] + up * rise],
                end,
            ];
            self.trunk(path, r, up, false);
        }
        // Small vessels straight from the disc towards the fovea.
        for up in [-0.5f32, 0.45] {
            let heading = atan2(up, temporal) + self.rng.range(-0.15, 0.15);
            self.twig(disc, heading, 0.34 * width, -0.6 * up * temporal, 0.42, 2);
        }
    }

    /// A main vessel along a curve, with twigs to both sides.
    fn trunk(&mut self, path: [[f32; 2]; 4], radius: f32, up: f32, temporal: bool) {
        const KNOTS: usize = 26;
        let mut knots = bezier(path, [radius, radius], KNOTS);
        // Ornstein-Uhlenbeck wander across the curve.
        let mut wander = 0.0;
        let mut current = radius;
        let mut next_twig = 3 + self.rng.below(3);
        let mut outer = self.rng.chance(1, 2);
        for i in 1..KNOTS {
            wander = 0.82 * wander + 0.007 * self.scene.tortuosity * self.rng.normal();
            let before = knots[i - 1].at;
            let (dx, dy) = (knots[i].at[0] - before[0], knots[i].at[1] - before[1]);
            let heading = atan2(dy, dx);
            knots[i].at[0] -= wander * sin(heading) * 0.6;
            knots[i].at[1] += wander * cos(heading) * 0.6;
            knots[i].radius = current;
            if i == next_twig && i < KNOTS - 2 {
                // Murray 1926: r0^3 = r1^3 + r2^3.
                let share = self.rng.range(0.12, 0.38);
                let daughter = current * pow(share, 1.0 / 3.0);
                let main = current * pow(1.0 - share, 1.0 / 3.0);
                let angle = branching_angle(current, daughter, main).clamp(0.35, 1.1);
                // Turning sense that leads away from the fovea.
                let away = if dx * up > 0.0 { 1.0 } else { -1.0 };
                let sense = if outer { away } else { -away };
                let size = if outer || !temporal {
                    daughter
                } else {
                    0.75 * daughter
                };
                let reach = if outer { 0.75 } else { 0.42 };
                self.twig(
                    knots[i].at,
                    heading + sense * angle,
                    size,
                    -sense * 0.5,
                    reach,
                    3,
                );
                current = main;
                outer = !outer;
                next_twig = i + 3 + self.rng.below(4);
            }
        }
        self.stroke(&knots);
    }

    /// A side branch that bends back a little and divides a few times.
    fn twig(
        &mut self,
        from: [f32; 2],
        heading: f32,
        radius: f32,
        bend: f32,
        reach: f32,
        depth: usize,
    ) {
        const STEP: f32 = 0.045;
        let steps = (reach / STEP) as usize;
        let (mut at, mut heading, mut wander) = (from, heading, 0.0);
        let mut knots = vec![Knot { at, radius }];
        let split_at = steps / 2 + self.rng.below(steps / 3 + 1);
        let fovea = self.scene.fovea;
        for i in 0..steps {
            wander = 0.7 * wander + 0.14 * self.scene.tortuosity * self.rng.normal();
            heading += bend * STEP + wander * 0.5;
            at = [at[0] + STEP * cos(heading), at[1] + STEP * sin(heading)];
            let (fx, fy) = (at[0] - fovea[0], at[1] - fovea[1]);
            let outside = at[0] * at[0] + at[1] * at[1] > 1.15;
            if outside || fx * fx + fy * fy < 0.14 * 0.14 {
                break;
            }
            let thin = lerp(radius, 0.6 * radius, i as f32 / steps as f32);
            knots.push(Knot { at, radius: thin });
            if i == split_at && depth > 0 && thin > 0.0035 {
                let share = self.rng.range(0.35, 0.65);
                let left = thin * pow(share, 1.0 / 3.0);
                let right = thin * pow(1.0 - share, 1.0 / 3.0);
                let spread = branching_angle(thin, left, right).clamp(0.2, 0.6);
                self.twig(at, heading - spread, left, 0.4, 0.7 * reach, depth - 1);
                self.twig(at, heading + spread, right, -0.4, 0.7 * reach, depth - 1);
                break;
            }
        }
        self.stroke(&knots);
    }

    fn stroke(&mut self, knots: &[Knot]) {
        let pixel = self.scene.view.pixel();
        draw(&mut self.plane, &self.scene.view, knots, |d, r| {
            // A vessel narrower than a pixel still dims its share of the pixel.
            let wide = r.max(0.62 * pixel);
            chord(d, wide) * r / wide
        });
    }
}

/// Angle between the parent of radius `r0` and the daughter of radius `r1`, in radians:
/// `cos = (r0^4 + r1^4 - r2^4) / (2 r0^2 r1^2)` (Murray 1926, least work at a fork).
fn branching_angle(r0: f32, r1: f32, r2: f32) -> f32 {
    let fourth = |r: f32| r * r * r * r;
    let c = (fourth(r0) + fourth(r1) - fourth(r2)) / (2.0 * r0 * r0 * r1 * r1);
    let c = c.clamp(-1.0, 1.0);
    atan2((1.0 - c * c).sqrt(), c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_fork_opens_as_murray_says() {
        // r1 = r2 = r0 / 2^(1/3): cos = 2^(1/3) / 2 ... half angle 37.5 degrees.
        let r = pow(0.5, 1.0 / 3.0);
        assert!((branching_angle(1.0, r, r).to_degrees() - 37.47).abs() < 0.3);
    }
}
