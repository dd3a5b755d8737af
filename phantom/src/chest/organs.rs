//! What lies in and around the lungs: mediastinum, bones, vessels.

use super::anatomy::Outline;
use super::scene::Scene;
use crate::math::{cos, lerp, sin, smoothstep};
use crate::plane::Plane;
use crate::rng::Rng;
use crate::tube::{Knot, bezier, chord, draw};

// Linear attenuation at about 60 keV in 1/cm: NIST X-ray mass attenuation coefficients (Hubbell and
// Seltzer, NISTIR 5632, table 4, ICRU-44 tissues) times density. From memory of the published table.
pub(super) const MU_WATER: f32 = 0.206;
pub(super) const MU_SOFT: f32 = 0.212;
pub(super) const MU_BONE: f32 = 0.60;
/// Lung of density 0.26 g/cm3.
pub(super) const MU_LUNG: f32 = 0.053;

/// Aortic knob, descending aorta, pulmonary trunk, trachea and stomach bubble.
pub(super) fn mediastinum(scene: &Scene, base: &mut Plane, lung: &mut Plane) {
    let view = &scene.view;
    let balls = [
        ([2.1, -5.2], 2.0 * scene.knob, 2.6),
        ([2.3, -2.4], 1.9, 2.2),
        ([-2.2, -1.2], 1.7, 1.8),
        ([-1.6, -6.5], 1.7, 2.0),
    ];
    for (at, radius, depth) in balls {
        view.near(at, radius, |i, x, y| {
            let q =
                1.0 - ((x - at[0]) * (x - at[0]) + (y - at[1]) * (y - at[1])) / (radius * radius);
            if q > 0.0 {
                let path = (2.0 * depth * q.sqrt()).min(lung.data[i]);
                base.data[i] += (MU_SOFT - MU_LUNG) * path * 0.9;
                lung.data[i] -= path * 0.9;
            }
        });
    }
    let mut air = Plane::fine();
    let carina = [0.4, -4.6];
    let windpipe = [
        Knot {
            at: [0.1, -19.0],
            radius: 0.85,
        },
        Knot {
            at: carina,
            radius: 0.85,
        },
    ];
    draw(&mut air, view, &windpipe, chord);
    let right = [
        Knot {
            at: carina,
            radius: 0.65,
        },
        Knot {
            at: [-2.9, -1.6],
            radius: 0.5,
        },
    ];
    let left = [
        Knot {
            at: carina,
            radius: 0.6,
        },
        Knot {
            at: [3.6, -1.9],
            radius: 0.45,
        },
    ];
    draw(&mut air, view, &right, chord);
    draw(&mut air, view, &left, chord);
    for (value, path) in base.data.iter_mut().zip(&air.data) {
        *value -= MU_SOFT * 1.15 * path;
    }
    if scene.bubble > 0.0 {
        let at = [6.2, scene.dome + scene.dome_step + 0.9 + scene.bubble];
        let wide = 1.5 * scene.bubble;
        view.near(at, wide, |i, x, y| {
            let (u, v) = ((x - at[0]) / wide, (y - at[1]) / scene.bubble);
            let q = 1.0 - u * u - v * v;
            if q > 0.0 {
                base.data[i] -= MU_SOFT * 5.0 * q.sqrt().min(0.8);
            }
        });
    }
}

/// Ribs as tubes with a dense shell, clavicles, shoulder blades and the spine.
pub(super) fn bones(scene: &Scene, outline: &Outline) -> Plane {
    let view = &scene.view;
    let mut bone = Plane::fine();
    let mut front = Plane::fine();
    // Outer minus inner path: the edges of a rib are brighter than its middle.
    let shell = |d: f32, r: f32| {
        let inner = 0.72 * r;
        0.85 * (chord(d, r) - chord(d, inner)) + 0.28 * chord(d, inner)
    };
    for side in [-1.0f32, 1.0] {
        for rib in 0..10 {
            let y = outline.apex + 0.2 + scene.rib_phase + 2.22 * rib as f32;
            let drop = 1.6 + 0.18 * rib as f32;
            let edge = outline.level(y + drop).lateral + 0.35;
            let radius = 0.52 + 0.015 * rib as f32;
            let back = [
                [side * 1.7, y],
                [side * lerp(1.7, edge, 0.42), y - 1.1],
                [side * lerp(1.7, edge, 0.98), y - 0.5],
                [side * edge, y + drop + 0.6],
            ];
            draw(&mut bone, view, &bezier(back, [radius, radius], 12), shell);
            if rib < 8 {
                let end = lerp(4.2, 8.2, rib as f32 / 7.0);
                let fall = 2.6 + 0.42 * rib as f32;
                let fore = [
                    [side * edge, y + drop + 0.6],
                    [side * edge * 0.99, y + drop + 2.2],
                    [side * lerp(end, edge, 0.45), y + drop + fall],
                    [side * end, y + drop + fall + 0.5],
                ];
                draw(
                    &mut front,
                    view,
                    &bezier(fore, [radius * 0.9, radius * 1.1], 12),
                    shell,
                );
            }
        }
        let collar = [
            [side * 1.5, outline.apex + 3.1],
            [side * 5.0, outline.apex + 2.9],
            [side * 7.0, outline.apex - 0.3],
            [side * 14.0, outline.apex + 0.6],
        ];
        draw(
            &mut bone,
            view,
            &bezier(collar, [0.75, 0.55], 12),
            |d, r| 1.5 * shell(d, r),
        );
        let blade = [
            [side * 10.2, outline.apex + 2.2],
            [side * 10.6, outline.apex + 5.0],
            [side * 11.6, outline.apex + 8.0],
            [side * 13.2, outline.apex + 11.0],
        ];
        draw(&mut front, view, &bezier(blade, [0.5, 0.4], 8), |d, r| {
            0.6 * chord(d, r)
        });
        let arm = [
            Knot {
                at: [side * 17.2, outline.apex + 2.5],
                radius: 2.4,
            },
            Knot {
                at: [side * 19.0, outline.apex + 6.0],
                radius: 1.4,
            },
        ];
        draw(&mut bone, view, &arm, |d, r| 0.5 * chord(d, r));
    }
    spine(scene, &mut bone);
    let strength = scene.rib_strength * (MU_BONE - MU_SOFT);
    for (value, fore) in bone.data.iter_mut().zip(&front.data) {
        *value = strength * (*value + 0.6 * fore);
    }
    bone
}

/// Vertebral bodies with darker discs between them, on the midline.
fn spine(scene: &Scene, bone: &mut Plane) {
    scene.view.each(|i, x, y| {
        let s = x / 1.75;
        if s.abs() >= 1.0 {
            return;
        }
        let period = 2.3 + 0.02 * y;
        let cell = (y + scene.rib_phase + 40.0) / period;
        let level = (cell - cell.floor() - 0.5).abs() * 2.0;
        let disc = smoothstep(0.72, 0.95, level);
        let edge = smoothstep(0.55, 0.72, level) * (1.0 - disc);
        let pedicle_x = (x.abs() - 1.05) / 0.36;
        let pedicle_y = (level - 0.05) / 0.42;
        let pedicle = smoothstep(1.2, 0.6, pedicle_x * pedicle_x + pedicle_y * pedicle_y);
        let column = (1.0 - s * s).sqrt();
        bone.data[i] += column * (1.0 - 0.45 * disc + 0.25 * edge) + 0.5 * pedicle;
    });
}

/// Vessels that branch from each hilum, thinner with each branching.
pub(super) fn vessels(scene: &Scene, outline: &Outline) -> Plane {
    let mut plane = Plane::fine();
    let mut rng = Rng::from_word(scene.texture_seed ^ 0xA11);
    for side in [-1.0f32, 1.0] {
        let root = [side * 3.0, -1.1 - 0.4 * side];
        // Angles from straight up (negative) to straight down, measured away from the midline.
        for i in 0..8 {
            let angle = -1.35 + 0.36 * i as f32 + rng.range(-0.12, 0.12);
            let radius = rng.range(0.34, 0.52);
            branch(
                &mut plane, scene, outline, &mut rng, side, root, angle, radius, 0,
            );
        }
    }
    plane
}

#[expect(
    clippy::too_many_arguments,
    reason = "a recursion over a tree of positions"
)]
fn branch(
    plane: &mut Plane,
    scene: &Scene,
    outline: &Outline,
    rng: &mut Rng,
    side: f32,
    from: [f32; 2],
    angle: f32,
    radius: f32,
    level: usize,
) {
    let length = rng.range(2.0, 3.4) * (1.0 - 0.12 * level as f32);
    let bend = rng.range(-0.25, 0.25);
    let tip_angle = angle + bend;
    let middle = [
        from[0] + side * 0.5 * length * cos(angle),
        from[1] + 0.5 * length * sin(angle),
    ];
    let tip = [
        middle[0] + side * 0.5 * length * cos(tip_angle),
        middle[1] + 0.5 * length * sin(tip_angle),
    ];
    let thin = radius * 0.72;
    let knots = [
        Knot { at: from, radius },
        Knot {
            at: middle,
            radius: 0.5 * (radius + thin),
        },
        Knot {
            at: tip,
            radius: thin,
        },
    ];
    // A vessel narrower than a pixel still dims its share of the pixel.
    let pixel = scene.view.pixel();
    draw(plane, &scene.view, &knots, |d, r| {
        let wide = r.max(0.6 * pixel);
        chord(d, wide) * r / wide
    });
    let ax = tip[0].abs();
    if level >= 3 || ax > outline.level(tip[1]).lateral - 0.8 || tip[1] < outline.apex + 0.8 {
        return;
    }
    // Murray 1926: the cubes of the radii add up.
    let split = rng.range(0.4, 0.6);
    let spread = rng.range(0.25, 0.5);
    let cube = |share: f32| thin * crate::math::pow(share, 1.0 / 3.0);
    branch(
        plane,
        scene,
        outline,
        rng,
        side,
        tip,
        tip_angle - spread,
        cube(split),
        level + 1,
    );
    branch(
        plane,
        scene,
        outline,
        rng,
        side,
        tip,
        tip_angle + spread * 0.9,
        cube(1.0 - split),
        level + 1,
    );
}
