//! Thyroid and breast under a linear probe.

use super::bodies::bodies;
use super::canvas::{Canvas, Oval};
use super::deep::fibres;
use super::scene::Scene;
use crate::math::{lerp, sin, smoothstep};

/// Half of the neck across: thyroid lobe between windpipe and carotid artery.
pub(super) fn thyroid(scene: &Scene, canvas: &mut Canvas) {
    let (flip, echo) = (scene.flip, scene.echo);
    let skin = 0.06 * scene.wall;
    canvas.base(|at, depth, coarse, fine| {
        let depth = depth + 0.05 * coarse;
        if depth < skin {
            return 0.92;
        }
        if depth < 0.42 {
            return 0.36 + 0.10 * fine + 0.32 * fibres(at, 0.13, 1.4 * coarse);
        }
        if depth < 0.46 || (depth > 0.86 && depth < 0.90) {
            return 0.82;
        }
        if depth < 0.86 {
            return 0.24 + 0.05 * fine + 0.26 * fibres(at, 0.10, coarse);
        }
        let deep = smoothstep(2.45, 2.7, depth);
        let loose = 0.46 + 0.10 * coarse + 0.10 * fine;
        if deep <= 0.0 {
            return loose;
        }
        lerp(loose, 0.26 + 0.22 * fibres(at, 0.16, coarse), deep)
    });
    let oval =
        |x: f32, z: f32, a: f32, b: f32, turn: f32| Oval::new([flip * x, z], [a, b], flip * turn);
    // Muscle in front of the spine, and at the side of the neck.
    canvas.tissue(&oval(0.45, 2.84, 1.35, 0.32, 0.05), 0.30, 0.25, 0.10);
    canvas.tissue(&oval(1.75, 0.74, 0.9, 0.26, 0.2), 0.27, 0.10, 0.08);
    let gland = echo + 0.06;
    let isthmus = oval(-1.15, 1.10, 0.95, 0.20, -0.10);
    let lobe = scene.hollow;
    canvas.wall(&lobe, 0.045, 0.74);
    canvas.tissue(&isthmus, gland, 0.07, 0.03);
    canvas.tissue(&lobe, gland, 0.06, 0.03);
    windpipe(canvas, &oval(-1.72, 2.06, 0.82, 0.80, 0.0));
    let carotid = oval(1.72, 1.80, 0.33, 0.32, 0.0);
    canvas.wall(&carotid.grown(0.03), 0.08, 0.86);
    canvas.fluid(&carotid, 0.04);
    let jugular = oval(1.95, 1.12, 0.40, 0.15, 0.25);
    canvas.wall(&jugular.grown(0.015), 0.04, 0.70);
    canvas.fluid(&jugular, 0.03);
    bodies(scene, canvas, 0.0);
}

/// Cartilage, then air: a bright front, and below it echoes of echoes in the dark.
fn windpipe(canvas: &mut Canvas, ring: &Oval) {
    canvas.oval(ring, 0.04, |t| {
        // Only the half towards the probe is seen; the rest is in the shadow.
        let wall = smoothstep(-0.04, 0.02, t.inside) * smoothstep(0.17, 0.12, t.inside);
        let front = smoothstep(0.16, 0.20, t.inside) * smoothstep(0.30, 0.24, t.inside);
        let below = smoothstep(0.24, 0.32, t.inside);
        let near = smoothstep(0.05, -0.35, t.facing);
        *t.level = lerp(*t.level, 0.26, wall * near);
        *t.level = lerp(*t.level, 1.0, front * near);
        // Sound between probe and air goes back and forth: faint copies of the front.
        let echo = smoothstep(
            0.5,
            1.0,
            sin(std::f32::consts::TAU * (t.inside - 0.14) / 0.26),
        );
        let faint = 0.05 + 0.42 * echo * near * smoothstep(0.85, 0.3, t.inside);
        *t.level = lerp(*t.level, faint, below);
        *t.glint *= 1.0 - below.max(wall);
        *t.loss += 16.0 * t.step * below;
    });
}

/// Skin, lobules of fat between bright septa, glandular tissue, chest muscle, pleura.
pub(super) fn breast(scene: &Scene, canvas: &mut Canvas) {
    let skin = 0.09 * scene.wall;
    let echo = scene.echo;
    let gland_top = 0.30 + 0.32 * scene.wall;
    let gland_low = scene.hollow.at[1] + 0.8 * scene.hollow.axes[1];
    canvas.base(|at, depth, coarse, fine| {
        if depth < skin {
            let middle = (depth / skin - 0.5).abs();
            return 0.72 + 0.25 * smoothstep(0.25, 0.45, middle);
        }
        if depth > 2.54 {
            return chest_wall(at, depth, coarse, fine);
        }
        let top = depth - gland_top - 0.16 * coarse;
        let low = depth - gland_low - 0.14 * coarse;
        let gland = echo + 0.12 + 0.10 * coarse + 0.12 * fine;
        let share = smoothstep(-0.06, 0.06, top) * smoothstep(0.06, -0.06, low);
        if share >= 1.0 {
            return gland;
        }
        // Ligaments run obliquely from the skin to the gland, between lobules of fat.
        let wave = sin(3.1 * at[0] + 1.3 * depth + 1.0 * coarse) + 0.35 * sin(5.0 * depth);
        let lobules = 0.27 + 0.06 * fine + 0.40 * smoothstep(0.16, 0.04, wave.abs());
        lerp(lobules, gland, share)
    });
    bodies(scene, canvas, 0.0);
}

/// Fascia, chest muscle, and the pleura with air behind it.
fn chest_wall(at: [f32; 2], depth: f32, coarse: f32, fine: f32) -> f32 {
    let pleura = depth - 3.18 - 0.05 * at[0];
    if pleura > 0.1 {
        return 0.30 - 0.1 * pleura;
    }
    let muscle = 0.25 + 0.05 * fine + 0.34 * fibres(at, 0.17, coarse);
    let fascia = smoothstep(0.07, 0.03, (depth - 2.58 - 0.04 * at[0]).abs());
    let level = lerp(muscle, 0.84, fascia);
    lerp(level, 0.98, smoothstep(0.08, 0.03, pleura.abs()))
}
