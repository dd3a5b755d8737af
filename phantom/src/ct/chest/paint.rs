//! The chest, painted from the table and the skin inwards.

use super::vessels::{hilum, vessels};
use super::{Chest, Lung};
use crate::ct::canvas::{Canvas, Ellipse, Frame, ellipse};
use crate::ct::outline::Outline;
use crate::ct::table::table;
use crate::ct::tissue::{AIR, tissue};
use crate::math::{cos, exp, sin, smoothstep};
use crate::plane::Plane;
use crate::tube::Knot;

/// The outlines that lie in each other.
struct Trunk {
    body: Outline,
    wall: Outline,
    cage: Outline,
}

impl Chest {
    pub(in crate::ct) fn paint(&self, canvas: &mut Canvas) {
        let [a, b] = self.cage;
        let (wall, fat) = (self.wall, self.fat);
        let oval = |y, x: f32, z: f32, power| Outline::superellipse([0.0, y], [x, z], power);
        let trunk = Trunk {
            body: self.skin(&oval(
                5.0,
                a + wall + 1.3 * fat + 4.0,
                b + wall + fat + 3.0,
                2.35,
            )),
            wall: oval(4.0, a + wall, b + wall - 2.0, 2.4),
            cage: self.inside(),
        };
        if self.table {
            table(canvas, 5.0 + b + wall + fat, 1.3);
        }
        self.shell(canvas, &trunk);
        self.mediastinum(canvas);
        self.bones(canvas, &trunk);
        let aerated = self.lungs(canvas, &trunk.cage);
        let blood = tissue(35.0, 10.0);
        canvas.tubes(&vessels(self, &trunk.cage), blood, |i| aerated.data[i]);
        self.airways(canvas, &aerated);
        for &(at, radius) in self.lungs.iter().flat_map(|lung| &lung.nodules) {
            let shape = Ellipse {
                at,
                axes: [radius, 0.93 * radius],
                turn: at[0],
                ragged: 0.1,
            };
            canvas.ellipse(&shape, tissue(40.0, 8.0));
        }
    }

    /// The inside of the rib cage: narrower in front, with a bay on both sides of the spine.
    fn inside(&self) -> Outline {
        let [a, b] = self.cage;
        let oval = Outline::superellipse([0.0, 0.0], [a, b], self.boxy);
        oval.reshaped(|x, y| {
            let front = 0.09 * smoothstep(0.1, 0.8, -y) * smoothstep(0.0, 0.5, x.abs());
            let bay = (x.abs() * 0.6 + y * 0.8 - 0.9).max(0.0) / 0.1;
            1.0 - front + 0.06 * bay * (2.0 - bay)
        })
    }

    /// The skin: a furrow along the spine and the breastbone, breasts in some.
    fn skin(&self, oval: &Outline) -> Outline {
        oval.reshaped(|x, y| {
            let furrow = 0.035 * exp(-(x * x) / 0.03);
            let (dx, dy) = (x.abs() - 0.62, y + 0.78);
            1.0 - furrow + self.breast * exp(-(dx * dx + dy * dy) / 0.09)
        })
    }

    /// Skin, fat and muscle around a cage that is filled with fat for now.
    fn shell(&self, canvas: &mut Canvas, trunk: &Trunk) {
        let m = &self.materials;
        let view = canvas.view;
        view.each(|i, x, y| {
            let inside = trunk.cage.depth(x, y);
            if inside > 4.0 {
                canvas.blend(i, m.fat, 1.0);
                return;
            }
            let d = trunk.body.depth(x, y);
            if d < -canvas.soft {
                return;
            }
            canvas.blend(i, m.muscle, canvas.cover(d));
            canvas.blend(i, m.fat, canvas.cover(d - 2.0));
            let deep = trunk.wall.depth(x, y);
            if deep > -canvas.soft {
                // Thin fat between the muscles of the wall.
                let seam = exp(-(inside + 9.0) * (inside + 9.0) / 3.0);
                canvas.blend(i, m.muscle, canvas.cover(deep) * (1.0 - 0.7 * seam));
                canvas.blend(i, m.fat, canvas.cover(inside - 1.5));
            }
        });
    }

    /// The shapes that keep the lungs apart.
    fn middle(&self) -> Vec<Ellipse> {
        let b = self.cage[1];
        let mut shapes = vec![
            ellipse([0.0, 64.0], [30.0, 34.0], 0.0),
            ellipse([0.0, -b + 2.0], [17.0, 11.0], 0.0),
            ellipse([0.0, -b + 14.0], [4.5, 34.0], 0.0),
        ];
        let s = self.heart;
        if self.upper {
            shapes.extend([
                ellipse([2.0, -12.0], [33.0, 48.0], 0.0),
                ellipse([-20.0, -20.0], [24.0, 30.0], 0.1),
                ellipse([24.0, -12.0], [25.0, 27.0], -0.2),
                ellipse([-34.0, 4.0], [14.0, 13.0], 0.0),
                ellipse([38.0, 2.0], [13.0, 12.0], 0.0),
                ellipse([23.0, 40.0], [15.5, 16.0], 0.0),
            ]);
        } else {
            shapes.extend([
                ellipse([22.0, -24.0], [68.0 * s, 46.0 * s], self.tilt),
                ellipse([-22.0, -14.0], [27.0 * s, 33.0 * s], 0.2),
                ellipse([8.0, 26.0], [27.0, 30.0], 0.0),
                ellipse([22.0, 44.0], [14.5, 15.0], 0.0),
            ]);
        }
        shapes
    }

    /// Heart and great vessels in fat.
    fn mediastinum(&self, canvas: &mut Canvas) {
        let m = &self.materials;
        let s = self.heart;
        let vessel = |canvas: &mut Canvas, at, axes, turn| {
            canvas.ellipse(&ellipse(at, axes, turn), m.blood);
        };
        if self.upper {
            vessel(canvas, [-16.0, -22.0], [17.0, 17.0], 0.0);
            vessel(canvas, [18.0, -16.0], [15.0, 15.0], 0.0);
            vessel(canvas, [-33.0, -6.0], [9.0, 11.0], 0.0);
            vessel(canvas, [-12.0, 3.0], [25.0, 7.5], 0.15);
        } else {
            let muscle = ellipse([22.0, -24.0], [65.0 * s, 43.0 * s], self.tilt);
            canvas.ellipse(&muscle, m.muscle);
            vessel(canvas, [36.0, -22.0], [38.0 * s, 19.0 * s], self.tilt);
            vessel(canvas, [4.0, -42.0], [34.0 * s, 17.0 * s], self.tilt - 0.2);
            vessel(canvas, [-24.0, -12.0], [23.0 * s, 28.0 * s], 0.2);
            vessel(canvas, [8.0, 14.0], [25.0 * s, 16.0 * s], 0.1);
        }
        vessel(canvas, [22.0, 42.0], [12.0, 12.0], 0.0);
        canvas.ellipse(&ellipse([4.0, 33.0], [7.0, 5.0], 0.0), m.muscle);
    }

    /// Spine, ribs, breastbone and shoulder blades.
    fn bones(&self, canvas: &mut Canvas, trunk: &Trunk) {
        let (hard, spongy) = (tissue(600.0, 60.0), tissue(220.0, 50.0));
        let muscle = self.materials.muscle;
        for side in [-1.0f32, 1.0] {
            canvas.ellipse(&ellipse([side * 24.0, 96.0], [20.0, 15.0], 0.0), muscle);
        }
        let body = ellipse([0.0, 60.0], [20.0, 16.0], 0.0);
        canvas.ellipse(&body, hard);
        canvas.ellipse(&body.grown(-2.5), spongy);
        canvas.ellipse(&ellipse([0.0, 82.0], [15.0, 13.0], 0.0), hard);
        canvas.ellipse(&ellipse([0.0, 81.0], [9.5, 8.5], 0.0), tissue(25.0, 4.0));
        let knot = |at: [f32; 2], radius: f32| Knot { at, radius };
        let mut rods = vec![vec![knot([0.0, 93.0], 4.0), knot([0.0, 110.0], 2.2)]];
        for side in [-1.0f32, 1.0] {
            rods.push(vec![
                knot([side * 12.0, 82.0], 5.0),
                knot([side * 33.0, 86.0], 4.0),
            ]);
            rods.push(vec![
                knot([side * 20.0, 66.0], 4.5),
                knot([side * 34.0, 78.0], 4.0),
            ]);
            for k in 0..6 {
                // Each rib slopes through the slice, so only a piece of it is seen.
                let middle = -1.02 + 0.40 * k as f32 + self.rib_phase;
                let half = 0.10 + 0.02 * ((k * 7 + 3) % 4) as f32;
                rods.push(
                    (-2..=2)
                        .map(|step| {
                            let angle = middle + half * 0.5 * step as f32;
                            let at = trunk.cage.point(side * cos(angle), sin(angle), 5.5);
                            knot(at, 3.6 - 0.4 * (step * step) as f32 * 0.5)
                        })
                        .collect(),
                );
            }
            if self.upper {
                let blade = [0.62f32, 0.80, 0.98, 1.14];
                let out = [20.0, 16.0, 15.0, 14.0];
                rods.push(
                    blade
                        .iter()
                        .zip(out)
                        .map(|(&angle, out)| {
                            let at = trunk.cage.point(side * cos(angle), sin(angle), out);
                            knot(at, 2.6)
                        })
                        .collect(),
                );
            }
        }
        canvas.tubes(&rods, hard, |_| 1.0);
        let sternum = ellipse([0.0, -self.cage[1] - 8.0], [18.0, 6.0], 0.0);
        canvas.ellipse(&sternum, hard);
        canvas.ellipse(&sternum.grown(-2.0), spongy);
    }

    /// Aerated lung with what takes its place. Returns the share of aerated lung in each pixel.
    fn lungs(&self, canvas: &mut Canvas, cage: &Outline) -> Plane {
        let m = &self.materials;
        let frames: Vec<Frame> = self.middle().iter().map(Ellipse::frame).collect();
        let mut aerated = Plane::fine();
        let view = canvas.view;
        view.near(cage.centre, cage.reach + 2.0, |i, x, y| {
            let inner = cage.depth(x, y);
            if inner < -canvas.soft {
                return;
            }
            let middle = frames
                .iter()
                .filter_map(|frame| frame.depth_near(x, y))
                .fold(-1e3, smooth_max);
            let space = inner.min(-middle);
            if space < -canvas.soft {
                return;
            }
            let space_cover = canvas.cover(space);
            let side = if x > 0.0 { 1.0 } else { -1.0 };
            let lung = &self.lungs[usize::from(x > 0.0)];
            let depth = self.lung_depth(lung, cage, side, [x, y]).min(space);
            let cover = canvas.cover(depth);
            if lung.effusion > 0.0 {
                canvas.blend(i, m.fluid, space_cover);
            } else if lung.pneumothorax > 0.0 {
                canvas.blend(i, tissue(AIR, 0.0), space_cover);
            }
            // Blood settles to the back; a lung that is pressed together is denser.
            let pressed = 1.6 * lung.pneumothorax + 0.8 * lung.effusion;
            let mut hu = m.lung.hu + 0.4 * y + pressed;
            if lung.effusion > 0.0 {
                hu += 420.0 * smoothstep(11.0, 0.0, depth) * smoothstep(0.2, 8.0, space - depth);
            }
            if lung.pneumothorax > 0.0 && depth < space - 0.5 {
                // The visceral pleura is a thin line between two kinds of air.
                hu += 560.0 * smoothstep(3.4, 0.6, depth);
            }
            canvas.blend(i, tissue(hu, m.lung.grain), cover);
            aerated.data[i] = cover;
        });
        aerated
    }

    /// How deep a point lies in the lung that fluid or air has left, mm.
    fn lung_depth(&self, lung: &Lung, cage: &Outline, side: f32, at: [f32; 2]) -> f32 {
        let [x, y] = at;
        let mut depth = 1e3f32;
        if lung.effusion > 0.0 {
            // Fluid lies behind the lung, deepest beside the spine, and rises along the wall.
            depth = depth.min(cage.depth(x + 0.12 * side * lung.effusion, y + lung.effusion));
        }
        if lung.pneumothorax > 0.0 {
            // Air rises to the front; the lung sinks back towards its root.
            let shift = lung.pneumothorax;
            depth = depth.min(cage.depth(x + 0.4 * side * shift, y - shift));
        }
        depth
    }

    /// Windpipe or bronchi: black, with a thin wall.
    fn airways(&self, canvas: &mut Canvas, aerated: &Plane) {
        let mut tubes: Vec<Ellipse> = Vec::new();
        if !self.upper {
            for (side, sign) in [-1.0f32, 1.0].into_iter().enumerate() {
                let [x, y] = hilum(self, side);
                tubes.push(ellipse([sign * (x + 5.0), y - 2.0], [3.6, 3.6], 0.0));
                tubes.push(ellipse([sign * (x + 9.0), y + 12.0], [2.8, 2.8], 0.0));
            }
        } else if self.divided {
            tubes.push(ellipse([-17.0, 15.0], [9.5, 7.0], -0.35));
            tubes.push(ellipse([18.0, 16.0], [9.0, 6.5], 0.35));
        } else {
            tubes.push(ellipse([0.0, 13.0], [10.5, 9.0], 0.0));
        }
        for tube in tubes {
            // Bronchi are seen in the lung only; the windpipe and its branches lie between the lungs.
            let seen = |i: usize, _: f32, _: f32| if self.upper { 1.0 } else { aerated.data[i] };
            canvas.ellipse_where(&tube.grown(1.6), tissue(20.0, 6.0), seen);
            canvas.ellipse_where(&tube, tissue(AIR, 0.0), seen);
        }
    }
}

/// The larger of two depths, rounded where they are equal, so that shapes join without a corner.
fn smooth_max(a: f32, b: f32) -> f32 {
    const ROUND: f32 = 8.0;
    let h = (ROUND - (a - b).abs()).max(0.0) / ROUND;
    a.max(b) + 0.25 * h * h * ROUND
}
