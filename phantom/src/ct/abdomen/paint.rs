//! The abdomen, painted from the table and the skin inwards.

use super::Abdomen;
use crate::ct::canvas::{Canvas, Ellipse, ellipse};
use crate::ct::outline::Outline;
use crate::ct::table::table;
use crate::ct::tissue::{CALCIFICATION, tissue};
use crate::math::{atan2, cos, exp, sin, smoothstep};
use crate::rng::Rng;
use crate::tube::{Knot, bezier};

/// Height of the front of the spine, mm behind the middle.
const SPINE: f32 = 31.0;

fn knot(at: [f32; 2], radius: f32) -> Knot {
    Knot { at, radius }
}

impl Abdomen {
    pub(in crate::ct) fn paint(&self, canvas: &mut Canvas) {
        let [a, b] = self.cavity;
        let (wall, fat) = (self.wall, self.fat);
        // The back muscles end 112 mm behind the middle, the cavity begins at -8 - b.
        let back = 112.0 + fat;
        let front = 8.0 + b + wall + fat;
        let half = [a + wall + fat + 3.0, 0.5 * (back + front)];
        let body = Outline::superellipse([0.0, 0.5 * (back - front)], half, 2.35);
        let inner = Outline::superellipse([0.0, -8.0], self.cavity, self.boxy);
        if self.table {
            table(canvas, back, 2.8);
        }
        self.shell(canvas, &body, &inner);
        self.back(canvas, &inner);
        self.upper_organs(canvas, &inner);
        self.kidneys(canvas);
        self.great_vessels(canvas);
    }

    /// Skin, fat and muscle around a cavity of fat.
    fn shell(&self, canvas: &mut Canvas, body: &Outline, inner: &Outline) {
        let m = &self.materials;
        let view = canvas.view;
        view.each(|i, x, y| {
            let inside = inner.depth(x, y);
            if inside > 4.0 {
                canvas.blend(i, m.fat, 1.0);
                return;
            }
            let d = body.depth(x, y);
            if d < -canvas.soft {
                return;
            }
            canvas.blend(i, m.muscle, canvas.cover(d));
            canvas.blend(i, m.fat, canvas.cover(d - 2.0));
            if inside < -self.wall - canvas.soft {
                return;
            }
            // The wall is thin in front and layered at the sides; the midline in front is a tendon.
            let front = smoothstep(-30.0, -75.0, y);
            let thick = self.wall * (1.0 - 0.3 * front);
            let seam = exp(-(inside + 0.5 * thick) * (inside + 0.5 * thick) / 1.6);
            let tendon = front * exp(-(x * x) / 18.0);
            let muscle = canvas.cover(inside + thick) * (1.0 - 0.55 * seam) * (1.0 - 0.7 * tendon);
            canvas.blend(i, m.muscle, muscle);
            canvas.blend(i, m.fat, canvas.cover(inside));
        });
    }

    /// Spine, back muscles, ribs.
    fn back(&self, canvas: &mut Canvas, inner: &Outline) {
        let m = &self.materials;
        for side in [-1.0f32, 1.0] {
            canvas.ellipse(
                &ellipse([side * 34.0, 88.0], [29.0, 21.0], side * 0.2),
                m.muscle,
            );
            canvas.ellipse(
                &ellipse([side * 58.0, 74.0], [17.0, 7.0], side * -0.5),
                m.muscle,
            );
            canvas.ellipse(&ellipse([side * 31.0, 58.0], [10.0, 13.0], 0.0), m.muscle);
            let crus = [[15.0, 42.0], [14.0, 31.0], [10.0, 21.0]];
            let crus = crus.map(|[x, y]| knot([side * x + 3.0, y], 3.2)).to_vec();
            if self.aorta < 15.0 {
                canvas.tubes(&[crus], m.muscle, |_| 1.0);
            }
        }
        let body = ellipse([0.0, SPINE + 17.5], [23.5, 17.5], 0.0);
        canvas.ellipse(&body, m.hard_bone);
        canvas.ellipse(&body.grown(-2.2), m.spongy_bone);
        canvas.ellipse(&ellipse([0.0, 74.0], [17.0, 14.0], 0.0), m.hard_bone);
        canvas.ellipse(&ellipse([0.0, 73.0], [11.0, 9.5], 0.0), tissue(22.0, 4.0));
        let mut rods = vec![vec![knot([0.0, 86.0], 4.0), knot([0.0, 106.0], 2.8)]];
        for side in [-1.0f32, 1.0] {
            rods.push(vec![
                knot([side * 14.0, 72.0], 4.5),
                knot([side * 38.0, 70.0], 2.6),
            ]);
            for k in 0..4 {
                // Each rib slopes through the slice, so only a piece of it is seen.
                let middle = -0.08 + 0.35 * k as f32 + self.rib_phase;
                let half = 0.017 + 0.006 * ((k * 5 + 2) % 4) as f32;
                rods.push(
                    (-2..=2)
                        .map(|step| {
                            let angle = middle + half * step as f32;
                            let out = 0.5 * self.wall;
                            knot(inner.point(side * cos(angle), sin(angle), out), 2.8)
                        })
                        .collect(),
                );
            }
        }
        canvas.tubes(&rods, m.hard_bone, |_| 1.0);
    }

    /// Bowel, pancreas, spleen, liver and gallbladder.
    fn upper_organs(&self, canvas: &mut Canvas, inner: &Outline) {
        let m = &self.materials;
        // Nothing grows into the wall.
        let room = |_: usize, x: f32, y: f32| smoothstep(0.0, 2.0, inner.depth(x, y));
        self.bowel(canvas);
        let place = |x: f32, y: f32| self.scaled([x, y]);
        let pancreas = [
            knot(place(-16.0, 6.0), 10.0),
            knot(place(-6.0, -8.0), 8.0),
            knot(place(14.0, -14.0), 7.0),
            knot(place(36.0, -12.0), 7.5),
            knot(place(58.0, 4.0), 8.0),
            knot(place(74.0, 14.0), 6.5),
        ];
        canvas.tubes(&[pancreas.to_vec()], m.pancreas, |_| 1.0);
        let splenic = bezier(
            [
                place(-6.0, 2.0),
                place(20.0, -6.0),
                place(45.0, 2.0),
                place(84.0, 24.0),
            ],
            [4.0, 2.6],
            8,
        );
        canvas.tubes(&[splenic], m.vein, |_| 1.0);
        canvas.fill_where(&self.spleen(), m.spleen, room);
        let liver = self.liver();
        canvas.fill_where(&liver, m.liver, room);
        self.liver_vessels(canvas);
        for &(at, radius) in &self.lesions {
            let shape = Ellipse {
                at,
                axes: [radius, 0.94 * radius],
                turn: at[1],
                ragged: 0.08,
            };
            let dark = tissue(m.liver.hu - self.lesion_drop, 4.0);
            canvas.ellipse_where(&shape, dark, |_, x, y| {
                smoothstep(-1.0, 1.0, liver.depth(x, y))
            });
        }
        // Fat in the cleft of the round ligament parts the left lobe from the right.
        if self.cleft > 0.0 {
            let x = -10.0 + 0.5 * self.left_lobe;
            let cleft = [
                knot(place(x, -78.0), 0.5 * self.cleft),
                knot(place(x - 6.0, -48.0), self.cleft),
            ];
            canvas.tubes(&[cleft.to_vec()], m.fat, |_| 0.9);
        }
        if self.gallbladder {
            let bag = ellipse(place(4.0 + 0.4 * self.left_lobe, -27.0), [9.0, 13.0], 0.6);
            canvas.ellipse(&bag.grown(1.6), m.bowel);
            canvas.ellipse(&bag, m.fluid);
        }
    }

    /// Portal and hepatic veins: brighter than the liver with contrast agent, darker without.
    fn liver_vessels(&self, canvas: &mut Canvas) {
        let mut rng = Rng::from_word(self.word ^ 0x90B7);
        let root = self.scaled([-30.0, 2.0]);
        let mut tubes = Vec::new();
        for target in [
            [-98.0, 4.0],
            [-84.0, 34.0],
            [-74.0, -44.0],
            [-30.0, -58.0],
            [-104.0, -22.0],
        ] {
            let end = self.scaled([
                target[0] + rng.range(-8.0, 8.0),
                target[1] + rng.range(-8.0, 8.0),
            ]);
            let bow = rng.range(-8.0, 8.0);
            let along = |t: f32| {
                [
                    root[0] + t * (end[0] - root[0]),
                    root[1] + t * (end[1] - root[1]) + bow,
                ]
            };
            let path = [root, along(0.35), along(0.7), end];
            tubes.push(bezier(path, [rng.range(2.6, 4.2), 1.0], 7));
        }
        for _ in 0..6 {
            let at = self.scaled([rng.range(-104.0, -40.0), rng.range(-62.0, 30.0)]);
            let end = [at[0] + rng.range(-7.0, 7.0), at[1] + rng.range(-7.0, 7.0)];
            let radius = rng.range(1.4, 2.8);
            tubes.push(vec![knot(at, radius), knot(end, 0.7 * radius)]);
        }
        let liver = self.liver();
        let plane = canvas.coverage(&tubes);
        canvas.fill_where(&liver, self.materials.vein, |i, _, _| 0.85 * plane.data[i]);
    }

    /// Kidneys with the fat around and inside them.
    fn kidneys(&self, canvas: &mut Canvas) {
        let m = &self.materials;
        for side in [-1.0f32, 1.0] {
            let (centre, size, outline) = self.kidney(side);
            let halo = ellipse(centre, [29.0 * size, 33.0 * size], side * 0.45);
            canvas.ellipse(&halo, m.fat);
            canvas.fill(&outline, m.kidney);
            // The marrow fills later than the rim, so it is a little darker.
            let marrow = tissue(m.kidney.hu * 0.88, 10.0);
            let core = ellipse(centre, [13.0 * size, 18.0 * size], side * 0.45);
            canvas.ellipse(&core, marrow);
            if size < 0.85 {
                continue;
            }
            let sinus = [centre[0] - side * 8.0, centre[1] - 4.5];
            canvas.ellipse(&ellipse(sinus, [8.0, 9.5], side * 0.45), m.fat);
            canvas.ellipse(&ellipse(sinus, [3.0, 4.5], side * 0.6), m.fluid);
            let vein = vec![
                knot(sinus, 2.5),
                knot([side * 30.0, 26.0], 3.2),
                knot([side * 16.0 - 4.0, 20.0], 3.0),
            ];
            canvas.tubes(&[vein], m.vein, |_| 1.0);
        }
    }

    /// Aorta, vena cava and the vessels in front of them.
    fn great_vessels(&self, canvas: &mut Canvas) {
        let m = &self.materials;
        let mut rng = Rng::from_word(self.word ^ 0x5A5A);
        let mut moved =
            |x: f32, y: f32| self.scaled([x + rng.range(-4.0, 4.0), y + rng.range(-4.0, 4.0)]);
        let (mesenteric_artery, mesenteric_vein) = (moved(7.0, -1.0), moved(-10.0, -3.0));
        let r = self.aorta;
        let large = r > 15.0;
        // A wide aorta grows forwards from the spine and pushes the vena cava aside.
        let aorta = [6.0, SPINE - 1.0 - r];
        let cava = [-24.0 - 0.55 * (r - 10.5), SPINE - 9.0];
        canvas.ellipse(&ellipse(cava, [12.5, 9.5], 0.3), m.vein);
        if !large {
            for (at, radius, tissue) in [
                (mesenteric_artery, 4.0, m.artery),
                (mesenteric_vein, 5.5, m.vein),
            ] {
                canvas.ellipse(&ellipse(at, [radius + 3.5, radius + 3.0], 0.0), m.fat);
                canvas.ellipse(&ellipse(at, [radius, radius], 0.0), tissue);
            }
        }
        let round = Ellipse {
            at: aorta,
            axes: [r, 0.97 * r],
            turn: 0.4,
            ragged: 0.02,
        };
        canvas.ellipse(&round.grown(3.0), m.fat);
        if large {
            // Clot lines the wall of an aneurysm; blood flows through what is left.
            let clot = tissue(42.0, 4.0);
            canvas.ellipse(&round, clot);
            let lumen = Ellipse {
                at: [aorta[0] + 0.12 * r, aorta[1] + 0.14 * r],
                axes: [0.66 * r, 0.6 * r],
                ..round
            };
            canvas.ellipse(&lumen, m.artery);
        } else {
            canvas.ellipse(&round, m.artery);
        }
        if large || self.calcified {
            self.plaques(canvas, &round);
        }
    }

    /// Calcium in pieces of the wall of the aorta.
    fn plaques(&self, canvas: &mut Canvas, wall: &Ellipse) {
        let mut rng = Rng::from_word(self.word ^ 0xCA1C);
        let frame = wall.frame();
        let (first, second) = (rng.range(-3.1, 3.1), rng.range(-3.1, 3.1));
        let spans = [(cos(first), sin(first)), (cos(second), sin(second))];
        let calcium = tissue(CALCIFICATION, 50.0);
        canvas.ellipse_where(&wall.grown(0.5), calcium, |_, x, y| {
            let depth = frame.depth(x, y);
            let angle = atan2(y - wall.at[1], x - wall.at[0]);
            let near = spans
                .iter()
                .map(|(c, s)| cos(angle) * c + sin(angle) * s)
                .fold(-1.0, f32::max);
            smoothstep(2.2, 1.0, depth) * smoothstep(0.82, 0.9, near)
        });
    }
}
