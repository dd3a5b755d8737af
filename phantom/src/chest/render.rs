//! The projection: path lengths times attenuation (Beer-Lambert), then scatter, noise and the film.

use super::anatomy::{Heart, Outline};
use super::{Lung, Scene};
use crate::math::{cos, exp, lerp, sin, smoothstep};
use crate::plane::{FINE, Plane, fractal};
use crate::rng::Rng;
use crate::tube::{Knot, bezier, chord, draw};

// Linear attenuation at about 60 keV in 1/cm: NIST X-ray mass attenuation coefficients (Hubbell and
// Seltzer, NISTIR 5632, table 4, ICRU-44 tissues) times density. From memory of the published table.
const MU_WATER: f32 = 0.206;
const MU_SOFT: f32 = 0.212;
const MU_BONE: f32 = 0.60;
/// Lung of density 0.26 g/cm3.
const MU_LUNG: f32 = 0.053;

/// What one scene adds up to, before the film: the smooth body and the findings in optical path.
struct Layers {
    /// Soft tissue, lungs and heart without findings.
    base: Plane,
    /// Lung depth in cm, for both lungs together.
    lung: Plane,
    /// Thin structures: ribs, clavicles, spine.
    bone: Plane,
    /// Vessels of the lungs in cm of soft tissue.
    vessel: Plane,
}

/// The finished picture in grey values of 0 to 1, with the noise of the scene.
pub(crate) fn render(scene: &Scene) -> Plane {
    let outline = Outline::new(scene);
    let layers = layers(scene, &outline);
    let delta = findings(scene, &outline, &layers);
    film(scene, &layers, &delta)
}

/// The pictures of two scenes that differ only in what their lungs hold, and where they can differ:
/// the support of the change in optical path, widened by the detector's blur.
pub(crate) fn render_both(a: &Scene, b: &Scene) -> (Plane, Plane, Vec<bool>) {
    let outline = Outline::new(a);
    let layers = layers(a, &outline);
    let (first, second) = (
        findings(a, &outline, &layers),
        findings(b, &outline, &layers),
    );
    let mut change = first.clone();
    for (value, other) in change.data.iter_mut().zip(&second.data) {
        *value = (*value - other).abs();
    }
    let changed = change
        .blurred(a.blur)
        .halved()
        .data
        .iter()
        .map(|&d| d > 0.0)
        .collect();
    (film(a, &layers, &first), film(b, &layers, &second), changed)
}

fn layers(scene: &Scene, outline: &Outline) -> Layers {
    let view = &scene.view;
    let heart = Heart::new(scene);
    let mut base = Plane::fine();
    let mut lung = Plane::fine();
    let fat = fractal(FINE / 2, scene.texture_seed, 5.0, 4, 0.6).doubled();
    view.each(|i, x, y| {
        let level = outline.level(y);
        let half = level.body;
        let s = x / half;
        let inside = 1.0 - s * s;
        if inside <= 0.0 {
            return;
        }
        let body = 2.0 * level.body_depth * inside.sqrt().sqrt() * (1.0 + 0.03 * fat.data[i]);
        let side = usize::from(x > 0.0);
        let ax = x.abs();
        let mut air = 0.0;
        let dome = outline.diaphragm(side, ax);
        if y > outline.apex {
            let (inner, outer) = (level.medial, level.lateral);
            if ax > inner && ax < outer {
                let q = (2.0 * ax - inner - outer) / (outer - inner);
                let q4 = q * q * q * q;
                let above = smoothstep(0.12, -0.12, y - dome);
                // Behind the dome the lung reaches lower: a thin wedge is seen through the liver.
                let recess = 0.16 * smoothstep(3.0, 0.0, y - dome);
                air = level.lung_depth
                    * (1.0 - q4).max(0.0).sqrt()
                    * above.max(recess * above.max(0.6))
                    * (1.0 + 0.05 * fat.data[i]);
            }
        }
        let path = heart.path(x, y).min(1.4 * air).min(air.max(0.0));
        // The lung lies also in front of and behind the heart.
        let displaced = path * 0.93;
        air -= displaced;
        let mut optical = MU_SOFT * (body - air) + MU_LUNG * air;
        // Breasts: a crescent of soft tissue over the lower lungs.
        if scene.breast > 0.0 {
            let (bx, by) = ((ax - 7.6) / 5.6, (y - 5.0) / 4.6);
            let b = 1.0 - bx * bx - by * by;
            if b > 0.0 {
                optical += MU_SOFT * scene.breast * b.sqrt() * smoothstep(-1.4, 0.9, by);
            }
        }
        // Liver and spleen are denser than the mean of the body.
        optical += 0.35 * smoothstep(0.0, 4.0, y - dome);
        base.data[i] = optical;
        lung.data[i] = air;
    });
    mediastinum(scene, &mut base, &mut lung);
    let bone = bones(scene, outline);
    let vessel = vessels(scene, outline);
    Layers {
        base,
        lung,
        bone,
        vessel,
    }
}

/// Aortic knob, descending aorta, pulmonary trunk, trachea and stomach bubble.
fn mediastinum(scene: &Scene, base: &mut Plane, lung: &mut Plane) {
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
fn bones(scene: &Scene, outline: &Outline) -> Plane {
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
fn vessels(scene: &Scene, outline: &Outline) -> Plane {
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

/// Change of the optical path that the findings in the lungs make (the heart's size is anatomy).
fn findings(scene: &Scene, outline: &Outline, layers: &Layers) -> Plane {
    let mut delta = Plane::fine();
    for (side, lung) in scene.lungs.iter().enumerate() {
        if lung.pneumothorax > 0.0 {
            pneumothorax(scene, outline, layers, side, lung, &mut delta);
        }
        if let Some((at, radius)) = lung.consolidation {
            consolidation(scene, outline, layers, side, at, radius, &mut delta);
        }
        for &(at, radius) in &lung.spheres {
            let centre = outline.inside(side, at);
            scene.view.near(centre, radius, |i, x, y| {
                let d2 = (x - centre[0]) * (x - centre[0]) + (y - centre[1]) * (y - centre[1]);
                let path = 2.0 * (radius * radius - d2).max(0.0).sqrt();
                // A little denser than water, as fibrous or calcified nodules are.
                delta.data[i] += (0.27 - MU_LUNG) * path;
            });
        }
        if lung.effusion > 0.0 {
            effusion(scene, outline, layers, side, lung, &mut delta);
        }
    }
    delta
}

/// Fluid between lung and wall: its upper border rises towards the wall (meniscus).
fn effusion(
    scene: &Scene,
    outline: &Outline,
    layers: &Layers,
    side: usize,
    lung: &Lung,
    delta: &mut Plane,
) {
    // Heights are shares of the lung above the costophrenic angle.
    let low = outline.base - 0.4;
    let level = low - lung.effusion * (low - outline.apex);
    let climb = 1.2 + 2.6 * lung.effusion;
    scene.view.each(|i, x, y| {
        if usize::from(x > 0.0) != side || layers.lung.data[i] <= 0.0 {
            return;
        }
        let wall = outline.level(y).lateral - x.abs();
        let border = level - climb * exp(-wall.max(0.0) / 2.2) + 0.5;
        let share = smoothstep(-0.5, 1.3, y - border);
        if share > 0.0 {
            delta.data[i] += share
                * ((MU_WATER - MU_LUNG) * layers.lung.data[i] * 0.92
                    - MU_SOFT * layers.vessel.data[i] * 0.7);
        }
    });
}

/// Air between lung and wall: no vessels, darker, bounded by the thin line of the visceral pleura.
fn pneumothorax(
    scene: &Scene,
    outline: &Outline,
    layers: &Layers,
    side: usize,
    lung: &Lung,
    delta: &mut Plane,
) {
    let top = outline.apex;
    let line = 0.16;
    scene.view.each(|i, x, y| {
        let depth = layers.lung.data[i];
        if usize::from(x > 0.0) != side || depth <= 0.0 {
            return;
        }
        let level = outline.level(y);
        let (inner, outer) = (level.medial.max(2.2), level.lateral);
        let t = (y - top) / (outline.base - top);
        // Air rises: the gap is widest at the apex.
        let gap = lung.pneumothorax * lerp(1.35, 0.65, smoothstep(0.0, 0.9, t));
        let pleura_x = lerp(outer, inner, gap.min(0.9));
        let cap = top + (0.6 + 9.0 * lung.pneumothorax) * (1.0 - 0.25 * ((x.abs() - inner) / 4.0));
        let outside = (x.abs() - pleura_x).max(0.9 * (cap - y));
        let air = smoothstep(0.0, 0.25, outside);
        let pleura = smoothstep(line, 0.0, (outside + 0.05).abs());
        delta.data[i] += air * (-0.85 * MU_LUNG * depth - MU_SOFT * layers.vessel.data[i])
            + pleura * 0.16
            + (1.0 - air) * 0.35 * lung.pneumothorax * MU_LUNG * depth;
    });
}

/// Alveoli filled with fluid: a cloudy patch with a soft border.
fn consolidation(
    scene: &Scene,
    outline: &Outline,
    layers: &Layers,
    side: usize,
    at: [f32; 2],
    radius: f32,
    delta: &mut Plane,
) {
    let centre = outline.inside(side, at);
    let cloud = fractal(FINE / 2, scene.texture_seed ^ 0xC10D, 14.0, 3, 0.6).doubled();
    scene.view.near(centre, 1.7 * radius, |i, x, y| {
        let depth = layers.lung.data[i];
        if usize::from(x > 0.0) != side || depth <= 0.0 {
            return;
        }
        let (dx, dy) = (
            (x - centre[0]) / (1.15 * radius),
            (y - centre[1]) / (0.85 * radius),
        );
        let r = (dx * dx + dy * dy).sqrt() + 0.28 * cloud.data[i];
        let fill = smoothstep(1.15, 0.45, r);
        let texture = (0.85 + 0.35 * cloud.data[i]).clamp(0.35, 1.15);
        delta.data[i] += fill * texture * (0.155 - MU_LUNG) * depth;
    });
}

/// Scatter, detector and film: optical path to grey value.
fn film(scene: &Scene, layers: &Layers, delta: &Plane) -> Plane {
    let mut path = layers.base.clone();
    for (i, value) in path.data.iter_mut().enumerate() {
        *value += layers.bone.data[i]
            + MU_SOFT
                * scene.vessel_strength
                * layers.vessel.data[i]
                * smoothstep(0.0, 3.0, layers.lung.data[i]);
    }
    // Scattered photons veil the picture with a very blurred copy of it. It is taken from the chest
    // without findings, so that adding a finding changes the picture only where the finding is.
    let coarse = path.halved().halved();
    let veil = Plane {
        side: coarse.side,
        data: coarse.data.iter().map(|&g| exp(-g)).collect(),
    }
    .blurred(0.08 * coarse.side as f32)
    .doubled();
    for (value, change) in path.data.iter_mut().zip(&delta.data) {
        *value += change;
    }
    let sharp = path.blurred(scene.blur).halved();
    let mut rng = Rng::from_word(scene.noise_seed);
    let mut grain = Plane::filled(sharp.side, 0.0);
    for value in &mut grain.data {
        *value = rng.normal();
    }
    // The reader's screen and the detector spread a quantum over neighbouring pixels.
    let grain = grain.blurred(0.55);
    let [low, high] = scene.window;
    let mut out = sharp;
    for ((value, veil), grain) in out.data.iter_mut().zip(&veil.data).zip(&grain.data) {
        let primary = exp(-*value);
        let photons = primary + scene.scatter * veil;
        let seen = -crate::math::ln(photons / (1.0 + scene.scatter));
        // Quantum noise: the fewer photons, the more.
        let sigma = 1.6 * scene.noise * exp(0.25 * (seen - 2.5));
        let t = (seen + sigma * grain - low) / (high - low);
        // Characteristic curve: a toe and a shoulder around a straight part.
        let curve = 1.0 / (1.0 + exp(-5.2 * (t - 0.5)));
        let stretched = (curve - 0.069) / 0.862;
        *value = crate::math::pow(stretched.clamp(0.0, 1.0), scene.gamma);
    }
    out
}
