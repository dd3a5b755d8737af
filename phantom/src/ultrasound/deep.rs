//! Liver and kidney through the wall of the belly.

use super::bodies::bodies;
use super::canvas::{Canvas, Oval};
use super::scene::Scene;
use crate::math::{lerp, sin, smoothstep};
use crate::rng::Rng;
use crate::tube::bezier;

/// Bright fibres in muscle: 0 between them, 1 on them.
pub(super) fn fibres(at: [f32; 2], pitch: f32, noise: f32) -> f32 {
    let wave = sin(std::f32::consts::TAU / pitch * (at[1] + 0.16 * at[0]) + 2.2 * noise);
    smoothstep(0.35, 0.95, wave)
}

/// Skin, fat, muscle and peritoneum down to `wall` cm.
fn belly(at: [f32; 2], depth: f32, wall: f32, coarse: f32, fine: f32) -> f32 {
    let fat = 0.42 * wall * (1.0 + 0.12 * coarse);
    if depth < 0.16 {
        0.92
    } else if depth < fat {
        0.40 + 0.10 * fine + 0.30 * fibres(at, 0.42, coarse + fine)
    } else if depth < fat + 0.10 || depth > wall - 0.11 {
        0.86
    } else {
        0.32 + 0.06 * fine + 0.36 * fibres(at, 0.30, coarse)
    }
}

/// The liver with vessels, gallbladder and diaphragm.
pub(super) fn liver(scene: &Scene, canvas: &mut Canvas) {
    let (wall, echo, shift) = (scene.wall, scene.echo, scene.ascites);
    canvas.base(|at, depth, coarse, fine| {
        if depth < wall {
            return belly(at, depth, wall, coarse, fine);
        }
        // The dome of the diaphragm with a mirror image of the liver behind it.
        let dx = at[0] - 2.0;
        let beyond = at[1] - (13.0 + shift - 0.050 * dx * dx + 0.1 * coarse);
        let tissue = echo + 0.035 * coarse + 0.03 * fine;
        let behind = 0.62 * tissue - 0.05 * beyond.max(0.0);
        let line = smoothstep(0.20, 0.08, beyond.abs());
        lerp(
            lerp(tissue, behind, smoothstep(0.0, 0.2, beyond)),
            1.02,
            line,
        )
    });
    let move_down = |p: [f32; 2]| [p[0], p[1] + shift];
    vessels(scene, canvas);
    let bladder = Oval {
        at: move_down(scene.hollow.at),
        ..scene.hollow
    };
    let neck = scene.in_hollow([-scene.hollow.axes[0] - 0.5, 0.1]);
    let body = scene.in_hollow([-0.55 * scene.hollow.axes[0], 0.0]);
    canvas.vessel(
        &bezier(
            [neck, neck, body, body].map(move_down),
            [0.22, 0.8 * scene.hollow.axes[1]],
            6,
        ),
        0.8,
    );
    canvas.wall(&bladder.grown(0.05), 0.17, 0.80);
    canvas.fluid(&bladder, 0.12);
    bodies(scene, canvas, shift);
    for stone in &scene.stones {
        canvas.stone(&Oval {
            at: move_down(stone.at),
            ..*stone
        });
    }
    if shift > 0.0 {
        let low = |at: [f32; 2]| wall + shift * (1.0 + 0.12 * sin(0.7 * at[0] + 1.0));
        canvas.fluid_where(|at, depth| {
            smoothstep(wall - 0.03, wall + 0.03, depth)
                * smoothstep(low(at) + 0.04, low(at) - 0.04, depth)
        });
        canvas.line_where(
            |at, depth| smoothstep(0.16, 0.05, (depth - low(at) - 0.08).abs()),
            0.9,
        );
    }
}

/// Veins, dark, and portal branches with bright walls, in places of their own in every liver.
fn vessels(scene: &Scene, canvas: &mut Canvas) {
    let mut rng = Rng::from_word(scene.texture_seed ^ 0x7E55);
    let shift = scene.ascites;
    let mut curve = |points: [[f32; 2]; 4], radii: [f32; 2], wall: f32, canvas: &mut Canvas| {
        let moved =
            points.map(|[x, z]| [x + rng.range(-0.9, 0.9), z + shift + rng.range(-0.8, 0.8)]);
        let scale = rng.range(0.6, 1.1);
        canvas.vessel(&bezier(moved, radii.map(|r| scale * r), 9), wall);
    };
    let veins = [
        [[1.0, 12.0], [0.0, 10.4], [-2.0, 8.8], [-5.0, 7.4]],
        [[1.6, 12.2], [1.4, 10.8], [2.4, 9.6], [4.4, 9.2]],
        [[-1.5, 11.0], [-2.5, 10.2], [-3.5, 10.0], [-5.2, 9.6]],
    ];
    let portals = [
        [[2.6, 9.4], [0.8, 8.6], [-1.4, 6.8], [-2.4, 3.6]],
        [[-0.5, 7.0], [-2.0, 6.6], [-3.2, 5.4], [-4.6, 4.8]],
        [[0.6, 4.0], [-0.4, 3.6], [-1.4, 3.4], [-2.4, 2.6]],
    ];
    for (k, points) in veins.into_iter().enumerate() {
        if k as u64 != scene.texture_seed % 3 {
            curve(points, [0.42, 0.14], 0.0, canvas);
        }
    }
    for (k, points) in portals.into_iter().enumerate() {
        if k as u64 != scene.texture_seed / 3 % 3 {
            curve(points, [0.34, 0.12], 0.84, canvas);
        }
    }
}

/// The kidney lengthwise: cortex, pyramids, bright sinus, under a wedge of liver.
pub(super) fn kidney(scene: &Scene, canvas: &mut Canvas) {
    let (wall, echo) = (scene.wall, scene.echo);
    let kidney = Oval {
        ragged: 0.025,
        ..scene.hollow
    };
    canvas.base(|at, depth, coarse, fine| {
        if depth < wall {
            return belly(at, depth, wall, coarse, fine);
        }
        // Liver in front on the left, bowel and fat on the right, muscle of the back behind.
        let edge = at[0] - (1.6 - 0.55 * (at[1] - 4.0)) + 0.5 * coarse;
        let liver = echo + 0.03 * coarse + 0.03 * fine;
        let bowel = 0.50 + 0.16 * coarse + 0.10 * fine;
        let front = lerp(liver, bowel, smoothstep(-0.1, 0.3, edge));
        let behind = smoothstep(1.6, 2.6, at[1] - kidney.at[1] - 0.05 * at[0]);
        if behind <= 0.0 {
            return front;
        }
        let back = 0.27 + 0.05 * fine + 0.22 * fibres(at, 0.55, coarse);
        lerp(front, back, behind) - 0.05 * (at[1] - 9.0).max(0.0)
    });
    let cortex = echo - 0.12;
    canvas.tissue(&kidney.grown(0.36), 0.60, 0.4, 0.12);
    canvas.tissue(&kidney, cortex, 0.12, 0.03);
    canvas.wall(&kidney, 0.11, 0.78);
    let [long, short] = kidney.axes;
    let grow = [1.0, 1.0, 1.05, 1.2][scene.dilation];
    let sinus = Oval {
        axes: [0.60 * long * grow, 0.43 * short * grow],
        ragged: 0.20,
        ..kidney
    };
    // Pyramids stand around the sinus with their tips on it.
    for k in 0..9 {
        let angle = std::f32::consts::TAU * (k as f32 + 0.5) / 9.0;
        let (s, c) = (sin(angle), crate::math::cos(angle));
        let at = scene.in_hollow([0.72 * long * c, 0.66 * short * s]);
        canvas.tissue(
            &Oval::new(at, [0.52, 0.42], angle),
            cortex - 0.15,
            0.25,
            0.02,
        );
    }
    canvas.tissue(&sinus, 0.74, 0.45, 0.16);
    if scene.dilation > 0 {
        dilated(scene, canvas);
    }
    bodies(scene, canvas, 0.0);
}

/// Pelvis and calyces full of urine: they grow with the grade, and the cortex thins (grades as in
/// Fernbach et al. 1993, sizes a free choice).
fn dilated(scene: &Scene, canvas: &mut Canvas) {
    let grade = scene.dilation - 1;
    let pelvis = [[1.45, 0.36], [1.95, 0.72], [2.75, 1.15]][grade];
    let calyx = [0.26, 0.56, 1.0][grade];
    let stem = [0.13, 0.32, 0.70][grade];
    let spread = [0.80, 1.0, 1.10][grade];
    for at in [
        [-2.4, -0.2],
        [-0.9, -0.95],
        [0.9, -1.0],
        [2.5, 0.0],
        [1.2, 0.85],
        [-1.3, 0.80],
    ] {
        let at = at.map(|v| spread * v);
        let end = scene.in_hollow(at);
        let start = scene.in_hollow([0.45 * at[0], 0.2 * at[1]]);
        canvas.vessel(
            &bezier([start, start, end, end], [1.3 * stem, stem], 3),
            0.0,
        );
        // Cups over the tips of the pyramids: wider than they are deep.
        let outwards = crate::math::atan2(end[1] - start[1], end[0] - start[0]);
        canvas.fluid(&Oval::new(end, [0.75 * calyx, calyx], outwards), 0.10);
    }
    let mut basin = Oval::new(scene.in_hollow([0.1, 0.1]), pelvis, scene.hollow.turn);
    basin.ragged = 0.05;
    canvas.fluid(&basin, 0.10);
}
