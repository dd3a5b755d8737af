//! The photograph: retina, disc, vessels and lesions as layers of colour behind a round aperture.

use super::scene::{Scene, Spot};
use super::vessels;
use crate::math::{atan2, cos, exp, lerp, pow, sin, smoothstep};
use crate::plane::{FINE, Plane, Resolution, fractal};
use crate::rng::Rng;

/// Absorption of blood per unit of path for red, green and blue: green and blue far above red
/// (order of the extinction of haemoglobin; free choice of scale).
const VEIN: [f32; 3] = [9.0, 24.0, 17.0];
const ARTERY: [f32; 3] = [6.5, 26.0, 19.0];

/// The finished picture: red, green and blue in 0 to 1.
pub(crate) fn render(scene: &Scene, resolution: Resolution) -> [Plane; 3] {
    let view = &scene.view;
    let mut colour = [Plane::fine(), Plane::fine(), Plane::fine()];
    let soft = fractal(FINE / 2, scene.texture_seed, 3.5, 4, 0.6).doubled();
    let fine = fractal(FINE / 2, scene.texture_seed ^ 0xF1, 22.0, 2, 0.7).doubled();
    let blood = vessels::grow(scene);
    view.each(|i, x, y| {
        let r2 = x * x + y * y;
        if r2 > 1.1 {
            return;
        }
        let light = (1.0 - scene.vignette * r2 * r2)
            * (1.0 + scene.tilt[0] * x + scene.tilt[1] * y)
            * (1.0 + 0.02 * fine.data[i]);
        let texture = scene.choroid * soft.data[i];
        let (fx, fy) = (x - scene.fovea[0], y - scene.fovea[1]);
        let f2 = fx * fx + fy * fy;
        // The yellow pigment and the denser epithelium of the macula take mostly green and blue.
        let macula = if f2 < 0.3 {
            scene.macula * (0.55 * exp(-f2 / 0.028) + 0.45 * exp(-f2 / 0.006))
        } else {
            0.0
        };
        for (c, plane) in colour.iter_mut().enumerate() {
            let take = [0.45, 1.0, 0.9][c];
            let grain = [0.6, 1.0, 0.9][c];
            plane.data[i] = scene.base[c] * light * (1.0 + grain * texture) * (1.0 - take * macula);
        }
    });
    drusen(scene, &mut colour);
    disc(scene, &mut colour, &fine);
    for (c, plane) in colour.iter_mut().enumerate() {
        for (i, value) in plane.data.iter_mut().enumerate() {
            let path = VEIN[c] * blood.vein.data[i] + ARTERY[c] * blood.artery.data[i];
            if path > 0.0 {
                *value *= exp(-path.min(2.2));
            }
        }
    }
    lesions(scene, &mut colour, &soft);
    finish(scene, &colour, resolution)
}

/// Mixes `target` into the picture with weight `w` at one pixel.
fn mix(colour: &mut [Plane; 3], i: usize, target: [f32; 3], w: f32) {
    for (plane, goal) in colour.iter_mut().zip(target) {
        plane.data[i] = lerp(plane.data[i], goal, w);
    }
}

/// The optic disc with its cup: a pale ellipse, brighter in the middle.
fn disc(scene: &Scene, colour: &mut [Plane; 3], fine: &Plane) {
    let [a, b] = scene.disc_axes;
    let bright = 0.75 + 0.25 * scene.base[0];
    scene.view.near(scene.disc, 2.2 * b, |i, x, y| {
        let (dx, dy) = ((x - scene.disc[0]) / a, (y - scene.disc[1]) / b);
        let r = (dx * dx + dy * dy).sqrt();
        // Light spills around the disc; its border is sharp.
        let halo = 0.22 * exp(-((r - 1.0).max(0.0) * (r - 1.0).max(0.0)) / 0.16);
        mix(colour, i, [bright, 0.55 * bright, 0.32 * bright], halo);
        let inside = smoothstep(1.07, 0.93, r);
        let rim = [bright, 0.55 + 0.03 * fine.data[i], 0.27];
        mix(
            colour,
            i,
            [rim[0], rim[1] * bright, rim[2] * bright],
            inside,
        );
        // Deep cups have steeper walls than shallow ones.
        let cup = smoothstep(scene.cup + 0.07, scene.cup - 0.07, r);
        mix(
            colour,
            i,
            [bright * 1.04, 0.95 * bright, 0.80 * bright],
            cup,
        );
    });
}

/// Drusen lie under the retina: vessels cross over them.
fn drusen(scene: &Scene, colour: &mut [Plane; 3]) {
    for spot in &scene.drusen {
        blob(scene, spot, 0.5, 0.0, |i, w| {
            mix(colour, i, [0.98, 0.80, 0.42], 0.85 * w);
        });
    }
}

fn lesions(scene: &Scene, colour: &mut [Plane; 3], soft: &Plane) {
    for spot in &scene.hemorrhages {
        blob(scene, spot, 0.35, 0.28, |i, w| {
            mix(
                colour,
                i,
                [0.30 * scene.base[0] + 0.06, 0.035, 0.03],
                0.92 * w,
            );
        });
    }
    for spot in &scene.cotton {
        blob(scene, spot, 0.8, 0.25, |i, w| {
            let w = w * (0.95 + 0.2 * soft.data[i]).clamp(0.0, 1.0);
            mix(colour, i, [0.97, 0.90, 0.78], w);
        });
    }
    for spot in &scene.exudates {
        blob(scene, spot, 0.25, 0.3, |i, w| {
            mix(colour, i, [1.0, 0.90, 0.42], w);
        });
    }
}

/// Calls `paint` with a weight for each pixel of a spot. `softness` is the width of its border as a
/// share of the radius, `ragged` how far the outline leaves the circle.
fn blob(scene: &Scene, spot: &Spot, softness: f32, ragged: f32, mut paint: impl FnMut(usize, f32)) {
    // A phase of the spot's own, from its position, so that spots differ in shape.
    let phase = 40.0 * spot.at[0] + 23.0 * spot.at[1];
    scene.view.near(spot.at, 1.8 * spot.radius, |i, x, y| {
        let (dx, dy) = (
            (x - spot.at[0]) / spot.radius,
            (y - spot.at[1]) / spot.radius,
        );
        let r = (dx * dx + dy * dy).sqrt();
        let outline = if ragged > 0.0 {
            let a = atan2(dy, dx);
            1.0 + ragged * (0.6 * sin(2.0 * a + phase) + 0.4 * cos(3.0 * a - 2.0 * phase))
        } else {
            1.0
        };
        let w = smoothstep(outline + softness, outline - softness, r) * spot.strength;
        if w > 0.0 {
            paint(i, w);
        }
    });
}

/// Optics, aperture, sensor: blur, black surround, noise and gamma.
fn finish(scene: &Scene, colour: &[Plane; 3], resolution: Resolution) -> [Plane; 3] {
    let mut mask = Plane::fine();
    let half = 1.0 / (1.2 * scene.view.pixel());
    scene.view.each(|i, x, y| {
        let r = (x * x + y * y).sqrt();
        let notch = scene.notch && (x - y) * 0.707 > 0.94 && (x + y).abs() < 0.09;
        let edge = if notch { 1.035 } else { 1.0 };
        let inside = ((edge - r) * half + 0.5).clamp(0.0, 1.0);
        let cut = ((scene.crop - y.abs()) * half + 0.5).clamp(0.0, 1.0);
        mask.data[i] = inside * cut;
    });
    let mask = mask.finished(resolution);
    let mut rng = Rng::from_word(scene.noise_seed);
    // Luminance noise is common to the channels, colour noise is not.
    let mut shared = Plane::filled(mask.side, 0.0);
    for value in &mut shared.data {
        *value = rng.normal();
    }
    let shared = shared.blurred(0.5);
    let mut out = Vec::with_capacity(3);
    for plane in colour {
        let mut sharp = plane.blurred(scene.blur).finished(resolution);
        for (i, value) in sharp.data.iter_mut().enumerate() {
            let open = mask.data[i];
            let noise = scene.noise * (shared.data[i] * 1.4 + 0.5 * rng.normal());
            let v = (*value * open).clamp(0.0, 1.0);
            *value = pow(v, scene.gamma) + noise * (0.15 + 0.85 * open) + 0.01;
        }
        out.push(sharp);
    }
    let blue = out.pop().expect("invariant: three channels");
    let green = out.pop().expect("invariant: three channels");
    let red = out.pop().expect("invariant: three channels");
    [red, green, blue]
}
