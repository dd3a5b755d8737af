//! The vessels of the lungs: trees from the hila, and cross-sections of those that pass the slice.

use super::Chest;
use crate::ct::outline::Outline;
use crate::math::{atan2, cos, pow, sin};
use crate::rng::Rng;
use crate::tube::{Knot, bezier};

/// Where the vessels of a side enter its lung, mm (x away from the midline).
pub(super) fn hilum(chest: &Chest, side: usize) -> [f32; 2] {
    match (chest.upper, side) {
        (true, _) => [40.0, 4.0],
        (false, 0) => [46.0, 12.0],
        (false, _) => [50.0, 26.0],
    }
}

/// Centre lines of all vessels that are seen in the slice.
pub(super) fn vessels(chest: &Chest, cage: &Outline) -> Vec<Vec<Knot>> {
    let mut rng = Rng::from_word(chest.word ^ 0x7EE5);
    let mut all = Vec::new();
    for (side, sign) in [-1.0f32, 1.0].into_iter().enumerate() {
        let [x, y] = hilum(chest, side);
        let from = [sign * x, y];
        let trunks = 7 + rng.below(3);
        for k in 0..trunks {
            // From the front over the side to the back.
            let share = (k as f32 + rng.range(0.1, 0.9)) / trunks as f32;
            let angle = -1.35 + 2.75 * share;
            let target = cage.point(sign * cos(angle), sin(angle), -5.0);
            let span = [target[0] - from[0], target[1] - from[1]];
            let length = (span[0] * span[0] + span[1] * span[1]).sqrt();
            let (bend, bend2) = (rng.range(-0.18, 0.18), rng.range(-0.12, 0.12));
            let along = |t: f32, bend: f32| {
                [
                    from[0] + t * span[0] - bend * span[1],
                    from[1] + t * span[1] + bend * span[0],
                ]
            };
            let reach = rng.range(0.7, 1.0);
            let radius = rng.range(2.2, 4.2);
            let path = [
                from,
                along(0.3 * reach, bend),
                along(0.65 * reach, bend2),
                along(reach, 0.0),
            ];
            let trunk = bezier(path, [radius, 0.7], 9);
            for (i, knot) in trunk.iter().enumerate().skip(2).take(5) {
                if rng.chance(1, 2) {
                    let before = trunk[i - 1].at;
                    let heading = atan2(knot.at[1] - before[1], knot.at[0] - before[0]);
                    let sense = if rng.chance(1, 2) { 1.0 } else { -1.0 };
                    // Murray 1926: the radii of both daughters, cubed, add up to the parent's.
                    let thin = knot.radius * pow(rng.range(0.15, 0.45), 1.0 / 3.0);
                    let reach = rng.range(0.14, 0.32) * length;
                    let turned = heading + sense * rng.range(0.5, 0.9);
                    all.push(twig(&mut rng, knot.at, turned, thin, reach));
                }
            }
            all.push(trunk);
        }
        dots(&mut rng, cage, sign, &mut all);
    }
    all
}

/// A side branch that wanders a little and thins out.
fn twig(rng: &mut Rng, from: [f32; 2], heading: f32, radius: f32, reach: f32) -> Vec<Knot> {
    const STEPS: usize = 4;
    let step = reach / STEPS as f32;
    let (mut at, mut heading) = (from, heading);
    let mut knots = vec![Knot { at, radius }];
    for k in 1..=STEPS {
        heading += rng.range(-0.25, 0.25);
        at = [at[0] + step * cos(heading), at[1] + step * sin(heading)];
        let left = 1.0 - k as f32 / STEPS as f32;
        knots.push(Knot {
            at,
            radius: 0.6 + (radius - 0.6).max(0.0) * left,
        });
    }
    knots
}

/// Vessels that cross the slice: dots, smaller towards the pleura.
fn dots(rng: &mut Rng, cage: &Outline, sign: f32, all: &mut Vec<Vec<Knot>>) {
    for _ in 0..46 {
        let angle = rng.range(-1.45, 1.45);
        let share = rng.range(0.35, 0.95);
        let rim = cage.point(sign * cos(angle), sin(angle), 0.0);
        let at = [rim[0] * share, rim[1] * share];
        let radius = (1.0 - share) * rng.range(1.5, 4.0) + 0.8;
        let long = rng.range(0.5, 4.0);
        let end = [at[0] + long * sign * cos(angle), at[1] + long * sin(angle)];
        all.push(vec![Knot { at, radius }, Knot { at: end, radius }]);
    }
}
