//! Outlines of the organs of the average abdomen (half width 122 mm, half depth 84 mm), drawn after
//! sections of anatomy atlases by eye: a free choice.

use super::Abdomen;
use crate::ct::outline::Outline;
use crate::math::smoothstep;
use crate::rng::Rng;

const LIVER: [[f32; 2]; 13] = [
    [26.0, -64.0],
    [4.0, -78.0],
    [-40.0, -83.0],
    [-84.0, -66.0],
    [-111.0, -32.0],
    [-117.0, 6.0],
    [-106.0, 42.0],
    [-84.0, 58.0],
    [-64.0, 40.0],
    [-44.0, 14.0],
    [-27.0, 3.0],
    [-16.0, -14.0],
    [12.0, -48.0],
];

const SPLEEN: [[f32; 2]; 10] = [
    [110.0, -20.0],
    [119.0, 6.0],
    [113.0, 36.0],
    [100.0, 58.0],
    [84.0, 66.0],
    [82.0, 54.0],
    [92.0, 38.0],
    [95.0, 18.0],
    [97.0, -2.0],
    [101.0, -18.0],
];

impl Abdomen {
    /// The smooth outline through points that are moved a little at random.
    fn organ(&self, centre: [f32; 2], points: &[[f32; 2]], word: u64) -> Outline {
        let mut rng = Rng::from_word(self.word ^ word);
        let moved: Vec<[f32; 2]> = points
            .iter()
            .map(|p| {
                let [x, y] = self.scaled(*p);
                [x + rng.range(-3.5, 3.5), y + rng.range(-3.5, 3.5)]
            })
            .collect();
        Outline::through(self.scaled(centre), &moved)
    }

    pub(super) fn liver(&self) -> Outline {
        let mut points = LIVER;
        points[0][0] += self.left_lobe;
        points[1][0] += 0.5 * self.left_lobe;
        points[12][0] += 0.6 * self.left_lobe;
        self.organ([-62.0, -20.0], &points, 0x11FE)
    }

    pub(super) fn spleen(&self) -> Outline {
        let middle = [103.0, 24.0];
        let points = SPLEEN.map(|p| {
            [
                // The outer side stays at the wall.
                p[0],
                middle[1] + (p[1] - middle[1]) * self.spleen,
            ]
        });
        self.organ(middle, &points, 0x5B1E)
    }

    /// Centre, size and outline of the kidney of a side (sign of x): a bean, open towards the front and the middle.
    pub(super) fn kidney(&self, side: f32) -> ([f32; 2], f32, Outline) {
        let k = self.kidneys[usize::from(side > 0.0)];
        let centre = self.scaled([side * 61.0, 44.0]);
        let notch = [-0.87f32, -0.5];
        let outline = Outline::polar(centre, |x, y| {
            // Mirror the left kidney's frame for the right one.
            let x = x * side;
            let (c, s) = (0.9, 0.436);
            let (u, v) = ((c * x - s * y) / 24.0, (s * x + c * y) / 29.0);
            let open = (x * notch[0] + y * notch[1] - 0.72).max(0.0) / 0.28;
            // Near its end a kidney is round.
            let open = open * smoothstep(0.75, 0.9, k);
            k * (1.0 - 0.42 * open * open) / (u * u + v * v).sqrt()
        });
        (centre, k, outline)
    }
}
