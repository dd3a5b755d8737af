//! The projection: path lengths times attenuation (Beer-Lambert), then scatter, noise and the film.

use super::anatomy::{Heart, Outline};
use super::findings::findings;
use super::layers::Layers;
use super::organs::{MU_LUNG, MU_SOFT, bones, mediastinum, vessels};
use super::scene::Scene;
use crate::math::{exp, smoothstep};
use crate::plane::{FINE, Plane, Resolution, fractal};
use crate::rng::Rng;

/// The finished picture in grey values of 0 to 1, with the noise of the scene.
pub(crate) fn render(scene: &Scene) -> Plane {
    render_at(scene, Resolution::Half)
}

/// As [`render`], at either resolution.
pub(crate) fn render_at(scene: &Scene, resolution: Resolution) -> Plane {
    let outline = Outline::new(scene);
    let layers = layers(scene, &outline);
    let delta = findings(scene, &outline, &layers);
    film(scene, &layers, &delta, resolution)
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
    let film = |delta| film(a, &layers, delta, Resolution::Half);
    (film(&first), film(&second), changed)
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

/// Scatter, detector and film: optical path to grey value.
fn film(scene: &Scene, layers: &Layers, delta: &Plane, resolution: Resolution) -> Plane {
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
    let veil = match resolution {
        Resolution::Half => veil,
        Resolution::Full => veil.doubled(),
    };
    for (value, change) in path.data.iter_mut().zip(&delta.data) {
        *value += change;
    }
    let sharp = path.blurred(scene.blur).finished(resolution);
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
