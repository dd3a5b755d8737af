//! The slice: tissues painted over each other, then the receiver's field, noise and window.

use super::kinds::PLAQUES;
use super::scene::Scene;
use super::sequence::{BONE, CSF, FAT, GREY, MARROW, SKIN, Sequence, Tissue, WHITE};
use super::sulci::{egg, sulci};
use crate::math::{cos, exp, lerp, pow, sin, smoothstep};
use crate::plane::{FINE, Plane, Resolution, fractal};
use crate::rng::Rng;
use crate::tube::{Knot, bezier, draw};

/// A slice being painted in one sequence.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    pub(super) scene: &'a Scene,
    pub(super) sequence: Sequence,
    pub(super) signal: Plane,
    /// Depth below the brain's surface in mm; negative outside the brain.
    pub(super) depth: Plane,
}

/// The finished picture in grey values of 0 to 1, in the given sequence.
pub(crate) fn render(scene: &Scene, sequence: Sequence) -> Plane {
    render_at(scene, sequence, Resolution::Half)
}

/// As [`render`], at either resolution.
pub(crate) fn render_at(scene: &Scene, sequence: Sequence, resolution: Resolution) -> Plane {
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
    canvas.choroid();
    canvas.sinus();
    for lesion in scene.lesions.iter().filter(|l| l.kind == PLAQUES) {
        canvas.plaque(lesion);
    }
    canvas.acquire(resolution)
}

impl Canvas<'_> {
    /// Signal of a tissue in this sequence.
    pub(super) fn of(&self, tissue: &Tissue) -> f32 {
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
    pub(super) fn ellipse(
        &mut self,
        at: [f32; 2],
        axes: [f32; 2],
        turn: f32,
        soft: f32,
        s: f32,
        w: f32,
    ) {
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

    /// Receiver field, blur, Rician noise, window.
    fn acquire(&self, resolution: Resolution) -> Plane {
        let scene = self.scene;
        let mut out = self.signal.blurred(scene.blur).finished(resolution);
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
        let sigma = scene.noise * self.sequence.noise() * white;
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
