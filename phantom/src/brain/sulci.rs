//! The outline of the head and the lines along which the cortex folds.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use super::scene::Scene;
use crate::math::{cos, lerp, sin};
use crate::rng::Rng;
use crate::tube::Knot;

/// 1 on the skin, smaller inside, proportional to the distance from the middle along every ray: an
/// ellipse with fuller corners, wider behind.
pub(super) fn egg(scene: &Scene, x: f32, y: f32) -> f32 {
    let radius = (x * x + y * y).sqrt().max(1e-3);
    let wide = scene.head[0] * (1.0 + scene.egg * y / radius);
    let (u, v) = (x / wide, y / scene.head[1]);
    let (u2, v2) = (u * u, v * v);
    (u2 + v2 - 0.20 * u2 * v2 / (u2 + v2).max(1e-9)).sqrt()
}

/// Centre lines of the sulci: from the surface inwards all around, and from the midline outwards.
/// The radius of a knot is the reach within which the sulcus shapes the cortex.
pub(super) fn sulci(scene: &Scene) -> Vec<Vec<Knot>> {
    let mut rng = Rng::from_word(scene.texture_seed ^ 0x5111C1);
    let mut all = Vec::new();
    let inner = |angle: f32| {
        let (c, s) = (cos(angle), sin(angle));
        let q = egg(scene, c, s);
        1.0 / q - scene.scalp - scene.skull - scene.fluid
    };
    let count = 26 + rng.below(6);
    for k in 0..count {
        let angle = (k as f32 + rng.range(0.25, 0.75)) / count as f32 * TAU;
        // The midline fissure has its own place.
        if cos(angle).abs() < 0.12 {
            continue;
        }
        let length = if k % 2 == 0 {
            rng.range(15.0, 25.0)
        } else {
            rng.range(6.0, 14.0)
        };
        let start = inner(angle) + 1.0;
        let mut at = [start * cos(angle), start * sin(angle)];
        let mut heading = angle + PI + rng.range(-0.35, 0.35);
        let curl = rng.range(-0.09, 0.09);
        all.push(crawl(&mut rng, &mut at, &mut heading, curl, length));
        if length > 17.0 && rng.chance(2, 3) {
            for sense in [-1.0f32, 1.0] {
                let (mut tip, mut turned) = (at, heading + sense * rng.range(0.8, 1.2));
                let short = rng.range(4.0, 8.0);
                all.push(crawl(&mut rng, &mut tip, &mut turned, 0.0, short));
            }
        }
    }
    let front = inner(-FRAC_PI_2);
    let back = inner(FRAC_PI_2);
    let fissure = |from: f32, to: f32| {
        (0..=6)
            .map(|i| Knot {
                at: [0.0, lerp(from, to, i as f32 / 6.0)],
                radius: 6.0,
            })
            .collect::<Vec<_>>()
    };
    let (genu, splenium) = if scene.high {
        (-44.0, 42.0)
    } else {
        (-40.0, 30.0)
    };
    all.push(fissure(-front - 1.0, genu));
    all.push(fissure(splenium, back + 1.0));
    if scene.high {
        all.push(
            fissure(genu, splenium)
                .into_iter()
                .map(|k| Knot { radius: 4.0, ..k })
                .collect(),
        );
        all.pop();
    }
    for side in [-1.0f32, 1.0] {
        for y in [-58.0f32, -48.0, 42.0, 52.0, 62.0] {
            if rng.chance(1, 4) {
                continue;
            }
            let mut at = [side * 1.0, y + rng.range(-3.0, 3.0)];
            let mut heading = if side > 0.0 { 0.0 } else { PI };
            heading += rng.range(-0.5, 0.5);
            let length = rng.range(7.0, 14.0);
            all.push(crawl(&mut rng, &mut at, &mut heading, 0.0, length));
        }
    }
    all
}

/// A wavy line of the given length, mm. Leaves the tip and its heading in `at` and `heading`.
fn crawl(rng: &mut Rng, at: &mut [f32; 2], heading: &mut f32, curl: f32, length: f32) -> Vec<Knot> {
    const STEP: f32 = 2.6;
    let mut knots = vec![Knot {
        at: *at,
        radius: 6.0,
    }];
    for _ in 0..(length / STEP) as usize {
        *heading += curl * STEP * 0.5 + rng.range(-0.24, 0.24);
        *at = [at[0] + STEP * cos(*heading), at[1] + STEP * sin(*heading)];
        knots.push(Knot {
            at: *at,
            radius: 6.0,
        });
    }
    knots
}
