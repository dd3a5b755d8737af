//! The head, painted from the skin inwards.

use super::folds::REACH;
use super::{Bleed, Head};
use crate::ct::canvas::{Canvas, Ellipse, ellipse};
use crate::ct::outline::Outline;
use crate::ct::tissue::{CALCIFICATION, tissue};
use crate::math::{exp, smoothstep};
use crate::plane::{FINE, Plane, fractal};
use crate::tube::{Knot, bezier, draw};

/// Deeper below the skin than this, mm, there is brain only.
const DEEP: f32 = 56.0;

/// A line of knots of one radius.
fn line(points: &[[f32; 2]], radius: f32) -> Vec<Knot> {
    points.iter().map(|&at| Knot { at, radius }).collect()
}

impl Bleed {
    fn shape(&self) -> Ellipse {
        Ellipse {
            at: self.at,
            axes: self.axes,
            turn: self.turn,
            ragged: 0.22,
        }
    }

    /// The share of each pixel that lies in the half of the brain that bleeds.
    fn half<'a>(&'a self, depth: &'a Plane) -> impl Fn(usize, f32, f32) -> f32 + 'a {
        let side = self.at[0].signum();
        move |i, x, _| smoothstep(0.0, 1.5, depth.data[i]) * smoothstep(-3.0, -1.0, x * side)
    }
}

impl Head {
    pub(in crate::ct) fn paint(&self, canvas: &mut Canvas) {
        let skin = self.outline();
        if self.holder {
            self.rest(canvas, &skin);
        }
        let depth = self.layers(canvas, &skin);
        self.cortex(canvas, &skin, &depth);
        self.deep_grey(canvas, &depth);
        self.cisterns(canvas, &depth);
        if let Some(bleed) = &self.bleed {
            self.swelling(canvas, bleed, &depth);
        }
        self.fluid_spaces(canvas, &depth);
        if let Some(bleed) = &self.bleed {
            canvas.ellipse_where(&bleed.shape(), self.materials.blood, bleed.half(&depth));
        }
        self.midline(canvas, &depth);
        if self.calcified {
            self.calcifications(canvas);
        }
    }

    /// The padded holder under the head.
    fn rest(&self, canvas: &mut Canvas, skin: &Outline) {
        let foam = tissue(-880.0, 20.0);
        let shell = tissue(120.0, 0.0);
        let arc: Vec<[f32; 2]> = (-8..=8)
            .map(|k| {
                let angle = std::f32::consts::FRAC_PI_2 + 0.14 * k as f32;
                skin.point(crate::math::cos(angle), crate::math::sin(angle), 5.0)
            })
            .collect();
        canvas.tubes(&[line(&arc, 5.0)], foam, |_| 1.0);
        let outer: Vec<[f32; 2]> = arc.iter().map(|p| [p[0] * 1.08, p[1] * 1.08]).collect();
        canvas.tubes(&[line(&outer, 2.4)], shell, |_| 1.0);
    }

    /// Scalp, skull, blood or fluid under it, and a brain of white matter. Returns the depth below
    /// the brain's surface, negative outside.
    fn layers(&self, canvas: &mut Canvas, skin: &Outline) -> Plane {
        let m = &self.materials;
        let mut depth = Plane::filled(FINE, -99.0);
        let wobble = fractal(FINE / 4, self.word ^ 0x5C, 4.0, 2, 0.5)
            .doubled()
            .doubled();
        let view = canvas.view;
        let soft = 0.6 * canvas.soft;
        view.each(|i, x, y| {
            let w = wobble.data[i];
            let d = skin.depth(x, y) + 0.4 * w;
            if d < -canvas.soft {
                return;
            }
            if d > DEEP {
                depth.data[i] = d - 0.5 * DEEP;
                canvas.blend(i, m.white, 1.0);
                return;
            }
            // The temporal muscle swells the scalp beside the forehead, less so higher up.
            let muscle = exp(-(y + 22.0) * (y + 22.0) / 700.0) * smoothstep(20.0, 55.0, x.abs());
            let muscle = muscle * if self.high { 0.5 } else { 1.0 };
            let scalp = self.scalp * (1.0 + 0.25 * w) + 3.5 * muscle;
            // The frontal crest and the occipital protuberance thicken the skull at the midline.
            let crest = exp(-(x * x) / 60.0) * if y > 0.0 { 4.0 } else { 2.5 };
            let inner = scalp + self.skull * (1.0 - 0.15 * w) + crest;
            let hematoma = self.crescent(x, y);
            let brain = inner + hematoma + self.fluid * (1.0 + 0.4 * w);
            depth.data[i] = d - brain;
            if d > brain + 1.5 {
                canvas.blend(i, m.white, 1.0);
                return;
            }
            let step = |at: f32| smoothstep(at - soft, at + soft, d);
            let bone = inner - scalp;
            canvas.blend(i, m.skin, step(0.0));
            canvas.blend(i, m.fat, step(2.6) * 0.85);
            canvas.blend(i, m.skin, step(4.0) * smoothstep(0.15, 0.5, muscle));
            canvas.blend(i, m.hard_bone, step(scalp));
            let diploe = step(scalp + 0.32 * bone) * (1.0 - step(scalp + 0.68 * bone));
            canvas.blend(i, m.marrow, diploe);
            canvas.blend(
                i,
                if hematoma > 0.5 { m.blood } else { m.fluid },
                step(inner),
            );
            canvas.blend(i, m.fluid, step(inner + hematoma));
            canvas.blend(i, m.white, step(brain));
        });
        depth
    }

    /// Grey matter along the surface and along every sulcus, fluid inside the sulci.
    fn cortex(&self, canvas: &mut Canvas, skin: &Outline, depth: &Plane) {
        const THICK: f32 = 3.6;
        let m = &self.materials;
        let mut closeness = Plane::fine();
        for sulcus in self.sulci(skin) {
            draw(&mut closeness, &canvas.view, &sulcus, |d, _| REACH - d);
        }
        for (i, (&depth, &close)) in depth.data.iter().zip(&closeness.data).enumerate() {
            if depth <= -0.5 || (depth > THICK + 1.5 && close <= 0.0) {
                continue;
            }
            let distance = REACH - close;
            let inside = smoothstep(-0.5, 0.5, depth);
            let surface = smoothstep(THICK + 2.2, THICK - 2.2, depth);
            let edge = THICK + self.sulcus;
            let bank = smoothstep(edge + 1.8, edge - 3.0, distance);
            canvas.blend(i, m.grey, surface.max(bank) * inside * 0.9);
            let cleft = smoothstep(self.sulcus + 1.1, self.sulcus - 0.9, distance);
            canvas.blend(i, m.fluid, cleft * inside * 0.75);
        }
    }

    /// Caudate, lentiform nucleus, thalamus, insula.
    fn deep_grey(&self, canvas: &mut Canvas, depth: &Plane) {
        let grey = self.materials.grey;
        for side in [-1.0f32, 1.0] {
            let parts: &[([f32; 2], [f32; 2], f32)] = if self.high {
                &[([17.0, -12.0], [3.6, 13.0], 0.15)]
            } else {
                &[
                    ([14.0, -19.0], [5.0, 8.5], 0.35),
                    ([25.5, -5.0], [6.5, 15.5], 0.28),
                    ([10.0, 9.5], [7.5, 12.0], -0.35),
                    ([39.0, -5.0], [3.2, 17.0], 0.12),
                ]
            };
            for &([x, y], axes, turn) in parts {
                let shape = ellipse(self.pushed([side * x, y]), axes, side * turn);
                canvas.ellipse_where(&shape, grey, |i, _, _| {
                    0.9 * smoothstep(0.0, 2.0, depth.data[i])
                });
            }
        }
    }

    /// The fissures beside the insula and the cistern behind the midbrain's roof.
    fn cisterns(&self, canvas: &mut Canvas, depth: &Plane) {
        if self.high {
            return;
        }
        let mut tubes = Vec::new();
        let wide = 0.6 + 1.1 * self.sulcus;
        for side in [-1.0f32, 1.0] {
            let place = |points: &[[f32; 2]]| -> Vec<[f32; 2]> {
                points
                    .iter()
                    .map(|p| self.pushed([side * p[0], p[1]]))
                    .collect()
            };
            tubes.push(line(
                &place(&[[68.0, -16.0], [54.0, -13.0], [44.0, -12.0]]),
                wide,
            ));
            tubes.push(line(
                &place(&[[40.0, -20.0], [43.0, -12.0], [43.5, -2.0], [41.0, 10.0]]),
                wide,
            ));
        }
        let smile = [
            [-13.0, 19.0],
            [-7.0, 25.0],
            [0.0, 27.0],
            [7.0, 25.0],
            [13.0, 19.0],
        ];
        let smile: Vec<[f32; 2]> = smile.iter().map(|&p| self.pushed(p)).collect();
        tubes.push(line(&smile, 1.3 + 0.6 * self.sulcus));
        canvas.tubes(&tubes, self.materials.fluid, |i| {
            0.95 * smoothstep(-0.5, 0.5, depth.data[i])
        });
    }

    /// The water that the brain takes up around fresh blood.
    fn swelling(&self, canvas: &mut Canvas, bleed: &Bleed, depth: &Plane) {
        let core = bleed.shape();
        let wet = tissue(self.materials.white.hu - 11.0, 1.5);
        let inside = bleed.half(depth);
        canvas.ellipse_where(&core.grown(7.0), wet, |i, x, y| 0.6 * inside(i, x, y));
        canvas.ellipse_where(&core.grown(4.5), wet, inside);
    }

    /// Lateral and third ventricles.
    fn fluid_spaces(&self, canvas: &mut Canvas, depth: &Plane) {
        let mut tubes = Vec::new();
        // Large ventricles grow outwards more than towards the midline.
        let out = 1.0 + 0.28 * (self.ventricles - 1.0).max(0.0);
        for side in [-1.0f32, 1.0] {
            let v = if self.ventricles > 1.5 {
                self.ventricles
            } else {
                self.ventricles * self.squeeze(side)
            };
            let at = |x: f32, y: f32| self.pushed([side * x * out, y]);
            if self.high {
                let front = [
                    at(10.0, -36.0),
                    at(5.0, -20.0),
                    at(8.0, 6.0),
                    at(17.0, 24.0),
                ];
                tubes.push(bezier(front, [3.6 * v, 5.2 * v], 10));
                let back = [
                    at(17.0, 24.0),
                    at(22.0, 31.0),
                    at(24.0, 37.0),
                    at(23.0, 46.0),
                ];
                tubes.push(bezier(back, [5.2 * v, 2.2 * v], 8));
            } else {
                let front = [
                    at(3.4, -12.0),
                    at(5.0, -19.0),
                    at(7.5, -25.0),
                    at(13.5, -33.0),
                ];
                tubes.push(bezier(front, [2.6 * v, 3.2 * v], 9));
                let back = [
                    at(21.0, 25.0),
                    at(25.0, 30.0),
                    at(27.0, 38.0),
                    at(24.0, 50.0),
                ];
                tubes.push(bezier(back, [4.4 * v, 2.0 * v], 9));
            }
        }
        if !self.high {
            let third = [[0.0, -8.0], [0.0, 4.0], [0.0, 16.0]].map(|p| self.pushed(p));
            tubes.push(line(&third, 1.4 * self.ventricles));
        }
        canvas.tubes(&tubes, self.materials.fluid, |i| {
            smoothstep(0.0, 1.0, depth.data[i])
        });
    }

    /// The falx with the sinus at its back, and the wall between the ventricles.
    fn midline(&self, canvas: &mut Canvas, depth: &Plane) {
        let blood = tissue(56.0, 1.0);
        let (front, back) = if self.high {
            (-40.0, 44.0)
        } else {
            (-40.0, 34.0)
        };
        let end = self.half[1] - self.scalp - self.skull;
        let cleft = self.materials.fluid;
        let run = |from: f32, to: f32| -> Vec<[f32; 2]> {
            (0..=5)
                .map(|k| {
                    let y = from + (to - from) * k as f32 / 5.0;
                    let [x, y] = self.pushed([0.0, y]);
                    [0.4 * x, y]
                })
                .collect()
        };
        let runs = [run(-end, front), run(back, end)];
        let inside = |i: usize| smoothstep(-3.0, 0.0, depth.data[i]);
        let wide = runs
            .clone()
            .map(|points| line(&points, 0.8 + 1.2 * self.sulcus));
        canvas.tubes(&wide, cleft, |i| 0.8 * inside(i));
        canvas.tubes(&runs.map(|points| line(&points, 0.9)), blood, inside);
        let sinus = ellipse([0.0, end - 5.5], [4.0, 4.0], 0.0);
        canvas.ellipse(&sinus, blood);
        let (from, to) = if self.high {
            (-30.0, 18.0)
        } else {
            (-28.0, -12.0)
        };
        let septum = [from, 0.5 * (from + to), to].map(|y| self.pushed([0.0, y]));
        canvas.tubes(&[line(&septum, 0.9)], self.materials.white, |_| 0.8);
    }

    /// Calcium in the pineal gland and in the plexus of both ventricles: normal in adults.
    fn calcifications(&self, canvas: &mut Canvas) {
        let calcium = tissue(CALCIFICATION, 60.0);
        if self.high {
            return;
        }
        canvas.ellipse(&ellipse(self.pushed([0.0, 21.0]), [2.0, 2.4], 0.0), calcium);
        let out = 1.0 + 0.28 * (self.ventricles - 1.0).max(0.0);
        for side in [-1.0f32, 1.0] {
            let at = self.pushed([side * 23.5 * out, 31.0]);
            canvas.ellipse(&ellipse(at, [1.8, 3.0], side * 0.3), calcium);
        }
    }
}
