//! Stomach, colon and small bowel.

use super::Abdomen;
use crate::ct::canvas::{Canvas, Ellipse};
use crate::ct::tissue::{AIR, tissue};
use crate::math::smoothstep;
use crate::rng::Rng;

impl Abdomen {
    pub(super) fn bowel(&self, canvas: &mut Canvas) {
        let mut rng = Rng::from_word(self.word ^ 0xB0E1);
        // Loops of small bowel on the left, between stomach and kidney.
        for [x, y] in [[38.0, 2.0], [62.0, 6.0], [78.0, -14.0], [84.0, 14.0]] {
            if rng.chance(1, 5) {
                continue;
            }
            let size = rng.range(9.0, 13.0);
            let shape = Ellipse {
                at: self.scaled([x + rng.range(-4.0, 4.0), y + rng.range(-4.0, 4.0)]),
                axes: [size * rng.range(1.0, 1.4), size],
                turn: rng.range(0.0, 3.1),
                ragged: 0.12,
            };
            canvas.ellipse(&shape.grown(1.5), self.materials.fat);
            canvas.ellipse(&shape, self.materials.bowel);
            canvas.ellipse(&shape.grown(-3.0), self.materials.meal);
        }
        self.stomach(canvas, &mut rng);
        self.colon(canvas, &mut rng);
    }

    /// The stomach behind the left lobe of the liver: gas in front of fluid, with a level.
    fn stomach(&self, canvas: &mut Canvas, rng: &mut Rng) {
        let m = &self.materials;
        let axes = [rng.range(30.0, 46.0), rng.range(18.0, 29.0)];
        let shape = Ellipse {
            at: self.scaled([58.0 + 0.3 * self.left_lobe, -46.0]),
            axes,
            turn: rng.range(0.1, 0.6),
            ragged: 0.12,
        };
        let level = shape.at[1] - axes[1] * (1.0 - 2.0 * self.gas) + 2.0;
        canvas.ellipse(&shape, m.bowel);
        let lumen = shape.grown(-4.5);
        canvas.ellipse(&lumen, m.meal);
        canvas.ellipse_where(&lumen, tissue(AIR, 0.0), |_, _, y| {
            smoothstep(level + 0.7, level - 0.7, y)
        });
    }

    /// The bend of the colon in front of the spleen: gas and stool.
    fn colon(&self, canvas: &mut Canvas, rng: &mut Rng) {
        let m = &self.materials;
        let size = rng.range(11.0, 15.0);
        let shape = Ellipse {
            at: self.scaled([98.0 + rng.range(-3.0, 1.0), -44.0 + rng.range(-4.0, 4.0)]),
            axes: [size, size * rng.range(1.0, 1.3)],
            turn: rng.range(-0.6, 0.6),
            ragged: 0.06,
        };
        canvas.ellipse(&shape.grown(2.5), m.fat);
        canvas.ellipse(&shape, m.bowel);
        canvas.ellipse(&shape.grown(-2.5), tissue(-120.0, 260.0));
        if rng.chance(2, 3) {
            let bubble = Ellipse {
                at: [shape.at[0], shape.at[1] - 0.25 * size],
                axes: [0.6 * size, 0.5 * size],
                ..shape
            };
            canvas.ellipse(&bubble, tissue(AIR, 0.0));
        }
    }
}
