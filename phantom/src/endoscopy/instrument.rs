//! The forceps, in front of everything.

use super::canvas::Canvas;
use super::lesions::around;
use super::scene::Scene;
use crate::math::{cos, sin, smoothstep};
use crate::rng::Rng;

/// A biopsy forceps: a metal coil or a plastic sheath with two open cups.
pub(super) fn draw(scene: &Scene, canvas: &mut Canvas) {
    let Some([entry, tip]) = scene.instrument else {
        return;
    };
    let mut rng = Rng::from_word(scene.texture_seed ^ 0xF0C);
    let sheath = rng.pick(&[
        [0.62, 0.64, 0.68],
        [0.20, 0.38, 0.72],
        [0.86, 0.80, 0.28],
        [0.30, 0.62, 0.60],
    ]);
    let metal = sheath == [0.62, 0.64, 0.68];
    let (dx, dy) = (tip[0] - entry[0], tip[1] - entry[1]);
    let length = (dx * dx + dy * dy).sqrt();
    let (c, s) = (dx / length, dy / length);
    let wide = rng.range(10.5, 13.0);
    let spread = rng.range(0.30, 0.55);
    // Its shadow on the wall.
    let centre = [0.5 * (entry[0] + tip[0]), 0.5 * (entry[1] + tip[1])];
    around(centre, 0.6 * length + 50.0, |i, x, y| {
        let (x, y) = (x + centre[0] - entry[0], y + centre[1] - entry[1]);
        let (along, across) = (c * x + s * y, c * y - s * x);
        let near = smoothstep(1.0, 0.3, (across - 9.0).abs() / (1.3 * wide));
        canvas.dim(
            i,
            1.0 - 0.45 * near * smoothstep(length + 8.0, length - 12.0, along),
        );
    });
    around(centre, 0.6 * length + 50.0, |i, x, y| {
        let (x, y) = (x + centre[0] - entry[0], y + centre[1] - entry[1]);
        let (along, across) = (c * x + s * y, c * y - s * x);
        // The far end looks smaller.
        let half = wide * (1.0 - 0.25 * (along / length).clamp(0.0, 1.0));
        let v = across / half;
        let body = smoothstep(1.06, 0.92, v.abs()) * smoothstep(length, length - 2.0, along);
        if body > 0.0 {
            let round = (1.0 - v * v).max(0.0).sqrt();
            let coil = if metal {
                0.86 + 0.14 * sin(1.25 * along)
            } else {
                1.0
            };
            let shine = 0.9 * smoothstep(0.22, 0.05, (v + 0.35).abs());
            let value = sheath.map(|k| (k * (0.16 + 0.72 * round) + shine * 0.5) * coil);
            canvas.mix(i, value, body);
        }
        // The hinge, then two cups.
        let hinge = smoothstep(1.06, 0.90, v.abs() * 1.15)
            * smoothstep(length - 3.0, length - 1.0, along)
            * smoothstep(length + 8.0, length + 6.0, along);
        if hinge > 0.0 {
            let round = (1.0 - v * v).max(0.0).sqrt();
            canvas.mix(i, [0.20 + 0.7 * round; 3], hinge);
        }
        for side in [-1.0, 1.0] {
            let (cc, ss) = (cos(side * spread), sin(side * spread));
            let (px, py) = (along - length - 5.0, across - side * 2.0);
            let (u, w) = ((cc * px + ss * py) / 26.0 - 0.5, (cc * py - ss * px) / 6.6);
            let q = (4.0 * u * u + w * w).sqrt();
            let cup = smoothstep(1.08, 0.94, q);
            if cup > 0.0 {
                // Shiny shell outside, dark hollow inside.
                let hollow = smoothstep(0.75, 0.45, q) * smoothstep(0.3, -0.2, side * w);
                let shell = 0.42 + 0.55 * smoothstep(0.0, 0.8, side * w) + 0.2 * u;
                canvas.mix(i, [shell, shell, 1.04 * shell], cup);
                canvas.mix(i, [0.10, 0.08, 0.08], 0.85 * hollow * cup);
            }
        }
    });
}
