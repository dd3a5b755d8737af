//! What is wrong in a lung, as a change of the optical path.

use super::anatomy::Outline;
use super::layers::Layers;
use super::organs::{MU_LUNG, MU_SOFT, MU_WATER};
use super::scene::{Lung, Scene};
use crate::math::{exp, lerp, smoothstep};
use crate::plane::{FINE, Plane, fractal};

/// Change of the optical path that the findings in the lungs make (the heart's size is anatomy).
pub(super) fn findings(scene: &Scene, outline: &Outline, layers: &Layers) -> Plane {
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
