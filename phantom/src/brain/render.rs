//! The slice: tissues painted over each other, then the receiver's field, noise and window.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use super::sequence::{
    BLOOD, BONE, CSF, EDEMA, FAT, GREY, INFARCTION, MARROW, NECROSIS, PLAQUE, SKIN, Sequence,
    TUMOR, Tissue, WHITE,
};
use super::{GLIOMA, HEMORRHAGE, INFARCT, Lesion, PLAQUES, Scene};
use crate::math::{atan2, cos, exp, lerp, pow, sin, smoothstep};
use crate::plane::{FINE, Plane, fractal};
use crate::rng::Rng;
use crate::tube::{Knot, bezier, draw};

/// A slice being painted in one sequence.
struct Canvas<'a> {
    scene: &'a Scene,
    sequence: Sequence,
    signal: Plane,
    /// Depth below the brain's surface in mm; negative outside the brain.
    depth: Plane,
}

/// The finished picture in grey values of 0 to 1, in the given sequence.
pub(crate) fn render(scene: &Scene, sequence: Sequence) -> Plane {
    let mut canvas = Canvas {
        scene,
        sequence,
        signal: Plane::fine(),
        depth: Plane::filled(FINE, -99.0),
    };
    canvas.head();
    canvas.cortex();
    canvas.deep_grey();
    for lesion in scene.lesions.iter().filter(|l| l.kind != PLAQUES) {
        canvas.focal(lesion);
    }
    canvas.ventricles();
    for lesion in scene.lesions.iter().filter(|l| l.kind == PLAQUES) {
        canvas.plaque(lesion);
    }
    canvas.acquire()
}

impl Canvas<'_> {
    fn of(&self, tissue: &Tissue) -> f32 {
        self.sequence.signal(tissue)
    }

    /// Scalp, skull, fluid and a brain of white matter.
    fn head(&mut self) {
        let scene = self.scene;
        let [skin, fat, bone] = [self.of(&SKIN), self.of(&FAT), self.of(&BONE)];
        let [marrow, fluid, white] = [self.of(&MARROW), self.of(&CSF), self.of(&WHITE)];
        let wobble = fractal(FINE / 4, scene.texture_seed ^ 0x5C, 4.0, 2, 0.5)
            .doubled()
            .doubled();
        let texture = fractal(FINE / 2, scene.texture_seed ^ 0x7E, 20.0, 2, 0.6).doubled();
        scene.view.each(|i, x, y| {
            let q = egg(scene, x, y);
            let radius = (x * x + y * y).sqrt();
            // Depth below the skin along the ray from the middle, mm.
            let d = if q > 1e-3 { radius / q - radius } else { 80.0 } + 0.5 * wobble.data[i];
            if d < -0.6 {
                return;
            }
            let uneven = 1.0 + 0.25 * wobble.data[i];
            let scalp = scene.scalp * uneven;
            let inner = scalp + scene.skull * (1.0 - 0.2 * wobble.data[i]);
            let brain = inner + scene.fluid * (1.0 + 0.5 * wobble.data[i]);
            self.depth.data[i] = d - brain;
            if d > brain + 0.5 {
                self.signal.data[i] = white * (1.0 + 0.02 * texture.data[i]);
                return;
            }
            let step = |at: f32| smoothstep(at - 0.5, at + 0.5, d);
            let mut s = step(0.0) * skin * 0.8;
            s = lerp(s, fat, step(1.3));
            s = lerp(s, bone, step(scalp));
            let diploe =
                step(scalp + 0.30 * (inner - scalp)) * (1.0 - step(scalp + 0.68 * (inner - scalp)));
            s = lerp(s, marrow * (0.8 + 0.5 * texture.data[i]), diploe);
            s = lerp(s, fluid, step(inner));
            s = lerp(s, white, step(brain));
            self.signal.data[i] = s * (1.0 + 0.02 * texture.data[i]);
        });
    }

    /// Grey matter along the surface and along every sulcus, fluid inside the sulci.
    fn cortex(&mut self) {
        const REACH: f32 = 6.0;
        let scene = self.scene;
        let mut closeness = Plane::fine();
        for sulcus in sulci(scene) {
            draw(&mut closeness, &scene.view, &sulcus, |d, r| {
                REACH - d * (REACH / r.max(REACH)) - (REACH - r)
            });
        }
        let (grey, fluid) = (self.of(&GREY), self.of(&CSF));
        let ribbon = fractal(FINE / 2, scene.texture_seed ^ 0x61, 18.0, 2, 0.6).doubled();
        for (i, value) in self.signal.data.iter_mut().enumerate() {
            let depth = self.depth.data[i];
            if depth <= -0.5 || (depth > REACH && closeness.data[i] <= 0.0) {
                continue;
            }
            let distance = REACH - closeness.data[i];
            let thick = scene.cortex * (1.0 + 0.25 * ribbon.data[i]);
            let surface = smoothstep(thick + 0.6, thick - 0.6, depth);
            let bank = smoothstep(
                thick + scene.sulcus + 0.6,
                thick + scene.sulcus - 0.6,
                distance,
            );
            let inside = smoothstep(-0.5, 0.5, depth);
            *value = lerp(*value, grey, surface.max(bank) * inside);
            let cleft = smoothstep(scene.sulcus + 0.5, scene.sulcus - 0.5, distance);
            *value = lerp(*value, fluid, cleft * inside);
        }
    }

    /// Paints an ellipse of a tissue. `at` and `axes` in mm, `soft` the width of its border.
    fn ellipse(&mut self, at: [f32; 2], axes: [f32; 2], turn: f32, soft: f32, s: f32, w: f32) {
        let (sn, cs) = (sin(turn), cos(turn));
        let small = axes[0].min(axes[1]);
        let reach = axes[0].max(axes[1]) + soft;
        let view = self.scene.view;
        view.near(at, reach, |i, x, y| {
            let (dx, dy) = (x - at[0], y - at[1]);
            let (u, v) = (
                (cs * dx + sn * dy) / axes[0],
                (-sn * dx + cs * dy) / axes[1],
            );
            let r = ((u * u + v * v).sqrt() - 1.0) * small;
            let cover = smoothstep(0.5 * soft, -0.5 * soft, r) * w;
            let cell = &mut self.signal.data[i];
            *cell = lerp(*cell, s, cover);
        });
    }

    /// Caudate, lentiform nucleus, thalamus.
    fn deep_grey(&mut self) {
        let grey = self.of(&GREY);
        // Iron-rich nuclei are a little nearer to white matter than the cortex is.
        let nucleus = lerp(grey, self.of(&WHITE), 0.15);
        for side in [-1.0f32, 1.0] {
            if self.scene.high {
                self.ellipse(
                    [side * 17.0, -12.0],
                    [3.6, 13.0],
                    side * 0.15,
                    1.6,
                    nucleus,
                    1.0,
                );
            } else {
                self.ellipse(
                    [side * 14.5, -19.0],
                    [5.2, 9.0],
                    side * 0.35,
                    1.6,
                    nucleus,
                    1.0,
                );
                self.ellipse(
                    [side * 26.5, -5.0],
                    [6.6, 16.5],
                    side * 0.28,
                    1.8,
                    nucleus,
                    1.0,
                );
                self.ellipse(
                    [side * 10.0, 9.5],
                    [8.0, 13.0],
                    side * -0.35,
                    1.8,
                    nucleus,
                    0.9,
                );
                // Insular cortex with the end of the Sylvian fissure outside it.
                self.ellipse(
                    [side * 39.0, -5.0],
                    [3.2, 17.0],
                    side * 0.12,
                    1.2,
                    grey,
                    1.0,
                );
                let fluid = self.of(&CSF);
                self.ellipse(
                    [side * 42.0, -4.0],
                    [1.4, 14.0],
                    side * 0.12,
                    1.0,
                    fluid,
                    0.9,
                );
            }
        }
    }

    /// Lateral ventricles and the third ventricle.
    fn ventricles(&mut self) {
        let scene = self.scene;
        let fluid = self.of(&CSF);
        let mut shape = Plane::fine();
        let v = scene.ventricles;
        // Large ventricles grow outwards more than towards the midline.
        let out = 1.0 + 0.28 * (v - 1.0).max(0.0);
        for side in [-1.0f32, 1.0] {
            let tubes: [Vec<Knot>; 2] = if scene.high {
                [
                    bezier(
                        [
                            [side * 11.0 * out, -35.0],
                            [side * 5.0 * out, -20.0],
                            [side * 8.0 * out, 6.0],
                            [side * 17.0 * out, 24.0],
                        ],
                        [3.6 * v, 5.0 * v],
                        10,
                    ),
                    bezier(
                        [
                            [side * 17.0 * out, 24.0],
                            [side * 22.0 * out, 31.0],
                            [side * 24.0 * out, 37.0],
                            [side * 23.0 * out, 46.0],
                        ],
                        [5.0 * v, 2.0 * v],
                        8,
                    ),
                ]
            } else {
                [
                    bezier(
                        [
                            [side * 3.6 * out, -13.0],
                            [side * 5.5 * out, -19.0],
                            [side * 8.0 * out, -25.0],
                            [side * 13.5 * out, -32.0],
                        ],
                        [2.6 * v, 2.9 * v],
                        9,
                    ),
                    bezier(
                        [
                            [side * 21.0 * out, 25.0],
                            [side * 25.0 * out, 30.0],
                            [side * 27.0 * out, 38.0],
                            [side * 24.0 * out, 50.0],
                        ],
                        [4.2 * v, 1.8 * v],
                        9,
                    ),
                ]
            };
            for tube in tubes {
                draw(&mut shape, &scene.view, &tube, |d, r| {
                    smoothstep(r + 0.5, r - 0.5, d)
                });
            }
        }
        if !scene.high {
            let third = [
                Knot {
                    at: [0.0, -8.0],
                    radius: 1.1 * v,
                },
                Knot {
                    at: [0.0, 4.0],
                    radius: 1.5 * v,
                },
                Knot {
                    at: [0.0, 16.0],
                    radius: 1.0 * v,
                },
            ];
            draw(&mut shape, &scene.view, &third, |d, r| {
                smoothstep(r + 0.5, r - 0.5, d)
            });
        }
        // The septum keeps the two sides apart.
        let septum = lerp(self.of(&WHITE), fluid, 0.3);
        scene.view.each(|i, x, y| {
            let cover = shape.data[i];
            if cover > 0.0 {
                let wall = if y < -6.0 || scene.high {
                    smoothstep(1.1, 0.4, x.abs()) * 0.8
                } else {
                    0.0
                };
                let cell = &mut self.signal.data[i];
                *cell = lerp(*cell, lerp(fluid, septum, wall), cover);
            }
        });
    }

    /// Glioma, infarct or hemorrhage.
    fn focal(&mut self, lesion: &Lesion) {
        match lesion.kind {
            GLIOMA => {
                let cloud = fractal(FINE / 2, lesion.word, 10.0, 2, 0.6).doubled();
                let (tumor, dead, edema) = (self.of(&TUMOR), self.of(&NECROSIS), self.of(&EDEMA));
                self.layer(lesion, 1.62, 0.30, &cloud, edema, 0.85);
                self.layer(lesion, 1.0, 0.10, &cloud, tumor, 1.0);
                if lesion.axes[0].min(lesion.axes[1]) > 9.0 {
                    self.layer(lesion, 0.60, 0.14, &cloud, dead, 1.0);
                }
            }
            INFARCT => self.wedge(lesion),
            HEMORRHAGE => {
                let cloud = fractal(FINE / 2, lesion.word, 14.0, 2, 0.6).doubled();
                let (blood, edema) = (self.of(&BLOOD), self.of(&EDEMA));
                self.layer(lesion, 1.30, 0.12, &cloud, edema, 0.9);
                self.layer(lesion, 1.0, 0.08, &cloud, blood, 1.0);
            }
            _ => {}
        }
    }

    /// One shell of a lesion: the ellipse scaled by `scale` with an uneven, `soft` border.
    fn layer(&mut self, lesion: &Lesion, scale: f32, soft: f32, cloud: &Plane, s: f32, w: f32) {
        let (sn, cs) = (sin(lesion.turn), cos(lesion.turn));
        let reach = lesion.axes[0].max(lesion.axes[1]) * scale * 1.35;
        let view = self.scene.view;
        view.near(lesion.at, reach, |i, x, y| {
            if self.depth.data[i] < 0.5 || x * lesion.at[0] < 0.0 {
                return;
            }
            let (dx, dy) = (x - lesion.at[0], y - lesion.at[1]);
            let u = (cs * dx + sn * dy) / lesion.axes[0];
            let v = (-sn * dx + cs * dy) / lesion.axes[1];
            let r = (u * u + v * v).sqrt() / scale + 0.16 * cloud.data[i];
            let cover = smoothstep(1.0 + soft, 1.0 - soft, r) * w;
            let cell = &mut self.signal.data[i];
            *cell = lerp(*cell, s * (1.0 + 0.04 * cloud.data[i]), cover);
        });
    }

    /// An infarct takes the cortex and the white matter below it in the shape of a wedge.
    fn wedge(&mut self, lesion: &Lesion) {
        let s = self.of(&INFARCTION);
        let cloud = fractal(FINE / 2, lesion.word, 16.0, 2, 0.6).doubled();
        let size = (lesion.axes[0] * lesion.axes[1]).sqrt();
        let direction = atan2(lesion.at[1], lesion.at[0]);
        let (ux, uy) = (cos(direction), sin(direction));
        let view = self.scene.view;
        view.each(|i, x, y| {
            let depth = self.depth.data[i];
            if depth < -0.2 {
                return;
            }
            let along = x * ux + y * uy;
            let across = (-x * uy + y * ux).abs();
            if along <= 0.0 {
                return;
            }
            let reach = 1.9 * size;
            let half = size * lerp(1.25, 0.35, (depth / reach).clamp(0.0, 1.0));
            let edge = (across - half).max(depth - reach) + 2.0 * cloud.data[i];
            let cover = smoothstep(1.4, -1.4, edge) * 0.92;
            let cell = &mut self.signal.data[i];
            *cell = lerp(*cell, s * (1.0 + 0.04 * cloud.data[i]), cover);
        });
    }

    fn plaque(&mut self, lesion: &Lesion) {
        let s = self.of(&PLAQUE);
        self.ellipse(lesion.at, lesion.axes, lesion.turn, 1.6, s, 1.0);
    }

    /// Receiver field, blur, Rician noise, window.
    fn acquire(&self) -> Plane {
        let scene = self.scene;
        let mut out = self.signal.blurred(scene.blur).halved();
        // The field is smooth: the final resolution is enough for it.
        let b = scene.bias;
        let side = out.side;
        for (i, value) in out.data.iter_mut().enumerate() {
            let u = (i % side) as f32 / side as f32 * 2.0 - 1.0;
            let v = (i / side) as f32 / side as f32 * 2.0 - 1.0;
            let field = b[0] * u + b[1] * v + b[2] * u * v + b[3] * u * u + b[4] * v * v;
            *value *= exp(1.6 * field);
        }
        let white = self.sequence.white() * scene.white;
        let black = self.sequence.black();
        let sigma = scene.noise * white;
        let word = scene.noise_seed ^ ((self.sequence as u64 + 1) << 32);
        let mut rng = Rng::from_word(word);
        for value in &mut out.data {
            let (a, b) = (*value + sigma * rng.normal(), sigma * rng.normal());
            let magnitude = (a * a + b * b).sqrt();
            let t = ((magnitude - black) / (white - black)).clamp(0.0, 1.0);
            // The shoulder keeps fat and fluid from burning out.
            let soft = t * (1.12 - 0.12 * t);
            *value = pow(soft.min(1.0), scene.gamma);
        }
        out
    }
}

/// 1 on the skin, smaller inside, proportional to the distance from the middle along every ray: an
/// ellipse with fuller corners, wider behind.
fn egg(scene: &Scene, x: f32, y: f32) -> f32 {
    let radius = (x * x + y * y).sqrt().max(1e-3);
    let wide = scene.head[0] * (1.0 + scene.egg * y / radius);
    let (u, v) = (x / wide, y / scene.head[1]);
    let (u2, v2) = (u * u, v * v);
    (u2 + v2 - 0.20 * u2 * v2 / (u2 + v2).max(1e-9)).sqrt()
}

/// Centre lines of the sulci: from the surface inwards all around, and from the midline outwards.
/// The radius of a knot is the reach within which the sulcus shapes the cortex.
fn sulci(scene: &Scene) -> Vec<Vec<Knot>> {
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
