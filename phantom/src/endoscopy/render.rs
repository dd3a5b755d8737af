//! The picture: wall and lesions in the light of the lamp, then lens, camera and the dark edge.

use super::canvas::Canvas;
use super::lumen::Lumen;
use super::mucosa::{grow, nearest, sample};
use super::scene::{MIDDLE, Mask, Scene};
use super::{instrument, lesions};
use crate::image::Image;
use crate::image::rgb;
use crate::math::{exp, lerp, pow, smoothstep};
use crate::plane::{FINE, Plane, Resolution};
use crate::rng::Rng;

/// The finished picture.
pub(super) fn render(scene: &Scene, resolution: Resolution) -> Image {
    let mut canvas = wall(scene);
    lesions::draw(scene, &mut canvas);
    reflections(scene, &mut canvas);
    instrument::draw(scene, &mut canvas);
    finish(scene, &canvas, resolution)
}

/// Absorption of the blood in a vessel per pixel of path: green and blue far above red (the order
/// of the extinction of haemoglobin; free choice of scale).
const BLOOD: [f32; 3] = [0.08, 0.22, 0.17];

/// How inflammation changes the colour of the mucosa, mild and severe (free choice: less green and
/// blue, as more blood leaves).
const INFLAMED: [[f32; 3]; 2] = [[0.97, 0.62, 0.66], [0.88, 0.38, 0.40]];

fn wall(scene: &Scene) -> Canvas {
    let look = &scene.look;
    let lumen = Lumen::look(scene);
    let mucosa = grow(scene);
    // The wall is smooth enough for half of the resolution; what lies on it is not.
    const HALF: usize = FINE / 2;
    let empty = Plane::filled(HALF, 0.0);
    let mut colour = [empty.clone(), empty.clone(), empty.clone()];
    let mut light = empty;
    let mut base = look.base;
    if let Some(grade) = scene.inflammation {
        for (value, factor) in base.iter_mut().zip(INFLAMED[grade]) {
            *value *= factor;
        }
    }
    for j in 0..HALF {
        for i in 0..HALF {
            let at = j * HALF + i;
            let (x, y) = (2.0 * i as f32 + 0.5, 2.0 * j as f32 + 0.5);
            if inside(look.mask, x - MIDDLE, y - MIDDLE) < -5.0 {
                continue;
            }
            let ([lit, nearness], [c, s]) = lumen.at(x, y);
            let r = (x - look.vanishing[0]) * c + (y - look.vanishing[1]) * s;
            // On a plain tube the texture lies where it was drawn; folds shift it.
            let along = 0.55 * nearness * look.focal + 0.45 * r;
            let (tx, ty) = (look.vanishing[0] + along * c, look.vanishing[1] + along * s);
            let mottle = nearest(&mucosa.mottle, tx, ty);
            let grain = mucosa.grain.data[2 * j * FINE + 2 * i];
            let rough = match scene.inflammation {
                None => 0.025,
                Some(0) => 0.07,
                Some(_) => 0.13,
            };
            let lit = lit * (1.0 + rough * grain);
            let blood = if scene.inflammation.is_none() && nearness > 0.22 {
                // Vessels fade with distance.
                look.vessels * sample(&mucosa.blood, tx, ty) * smoothstep(0.22, 0.6, nearness)
            } else {
                0.0
            };
            // Light from deep in the gut has met the wall more than once.
            let bounces = 0.9 * smoothstep(0.7, 0.15, nearness);
            for (channel, plane) in colour.iter_mut().enumerate() {
                let spread = [0.05, 0.18, 0.16][channel];
                let albedo = base[channel] * (1.0 + spread * mottle);
                let deep = albedo * lerp(1.0, albedo, bounces);
                let vessel = if blood > 0.0 {
                    exp(-BLOOD[channel] * 2.2 * blood)
                } else {
                    1.0
                };
                plane.data[at] = deep * lit * vessel;
            }
            light.data[at] = lit;
        }
    }
    Canvas {
        colour: colour.map(|plane| plane.doubled()),
        light: light.doubled(),
        mucosa,
    }
}

/// Wet spots that mirror the lamp: small, white, across the direction of the gut, on what faces the
/// lens.
fn reflections(scene: &Scene, canvas: &mut Canvas) {
    let mut rng = Rng::from_word(scene.texture_seed ^ 0x5EC);
    let count = (scene.look.shine * rng.range(8.0, 26.0)) as usize;
    for _ in 0..count {
        let mut best = ([0.0, 0.0], 0.0);
        for _ in 0..5 {
            let at = [rng.range(10.0, 246.0), rng.range(10.0, 246.0)];
            let lit = canvas.light.data[at[1] as usize * FINE + at[0] as usize];
            if lit > best.1 {
                best = (at, lit);
            }
        }
        let (at, lit) = best;
        let [vx, vy] = scene.look.vanishing;
        let (dx, dy) = (at[0] - vx, at[1] - vy);
        let inverse = 1.0 / (dx * dx + dy * dy).sqrt().max(1.0);
        let (c, s) = (dx * inverse, dy * inverse);
        // Many small ones, few large ones.
        let size = 0.9 + 3.0 * rng.unit() * rng.unit();
        let stretch = rng.range(1.0, 3.2);
        let shine = 1.6 * (0.35 + lit).min(1.0);
        lesions::around(at, size * stretch + 2.0, |i, dx, dy| {
            let (u, v) = (
                (c * dx + s * dy) / size,
                (c * dy - s * dx) / (size * stretch),
            );
            let q = (u * u + v * v).sqrt() + 0.25 * canvas.mucosa.grain.data[i];
            let w = smoothstep(1.15, 0.6, q);
            for plane in &mut canvas.colour {
                plane.data[i] = lerp(plane.data[i], plane.data[i].max(shine), w);
            }
        });
    }
}

/// Distance in pixels by which a point lies inside the dark edge.
fn inside(mask: Mask, x: f32, y: f32) -> f32 {
    let (ax, ay) = (x.abs(), y.abs());
    match mask {
        Mask::Octagon => (122.0 - ax.max(ay)).min((172.0 - ax - ay) * 0.707),
        Mask::Circle => 123.0 - (x * x + y * y).sqrt(),
        Mask::WideCircle => (143.0 - (x * x + y * y).sqrt()).min(126.0 - ay),
        Mask::Rounded => {
            let (qx, qy) = ((ax - 84.0).max(0.0), (ay - 84.0).max(0.0));
            38.0 - (qx * qx + qy * qy).sqrt()
        }
    }
}

/// Brightness on the screen for the light on the sensor: bright parts saturate slowly, then the
/// camera's gamma. A table, because a power for each pixel would cost a tenth of the time.
struct Curve {
    values: Vec<f32>,
}

impl Curve {
    /// Light that gives half of the range.
    const HALF: f32 = 0.42;
    const STEPS: usize = 512;

    fn new(gamma: f32) -> Self {
        let value = |k: usize| pow(1.42 * k as f32 / Self::STEPS as f32, gamma);
        Self {
            values: (0..=Self::STEPS + 1).map(value).collect(),
        }
    }

    fn at(&self, light: f32) -> f32 {
        let share = light / (light + Self::HALF) * Self::STEPS as f32;
        let k = share as usize;
        lerp(self.values[k], self.values[k + 1], share - k as f32)
    }
}

/// Exposure, film curve, lens, sensor and mask.
fn finish(scene: &Scene, canvas: &Canvas, resolution: Resolution) -> Image {
    let look = &scene.look;
    let side = resolution.side();
    let step = FINE as f32 / side as f32;
    let mut mask = Plane::filled(side, 0.0);
    for j in 0..side {
        for i in 0..side {
            let middle = |v: usize| step * v as f32 + 0.5 * step - MIDDLE;
            let (x, y) = (middle(i), middle(j));
            let r2 = (x * x + y * y) / (MIDDLE * MIDDLE);
            let open = (inside(look.mask, x, y) * 0.5 + 0.5).clamp(0.0, 1.0);
            mask.data[j * side + i] = open * (1.0 - look.vignette * r2 * r2 * 0.5);
        }
    }
    let curve = Curve::new(look.gamma);
    let mut rng = Rng::from_word(scene.noise_seed);
    let shared: Vec<f32> = (0..mask.data.len()).map(|_| rng.normal()).collect();
    let planes = canvas.colour.each_ref().map(|plane| {
        let mut out = plane
            .finished(resolution)
            .blurred(resolution.pixels(look.blur));
        for (i, value) in out.data.iter_mut().enumerate() {
            let toned = curve.at((*value * look.exposure).max(0.0));
            let noise = look.noise * (0.8 * shared[i] + 0.6 * rng.normal());
            *value = (toned + noise) * mask.data[i] + 0.012;
        }
        out
    });
    let [red, green, blue] = &planes;
    rgb(red, green, blue)
}
