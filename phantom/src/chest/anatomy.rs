//! Shapes of the normal chest as functions of position, in cm: x to the patient's left (right in
//! the picture), y towards the feet.

use super::scene::Scene;
use crate::math::{cos, lerp, pow, sin, smoothstep};

/// Steps per cm of the tables.
const STEPS: f32 = 8.0;
/// Tables cover -24 to 24 cm.
const REACH: f32 = 24.0;

/// A function of one coordinate, tabulated because it is asked at every pixel.
#[derive(Debug)]
struct Table<const N: usize>(Vec<[f32; N]>);

impl<const N: usize> Table<N> {
    fn of(f: impl Fn(f32) -> [f32; N]) -> Self {
        let count = (2.0 * REACH * STEPS) as usize + 2;
        Self((0..count).map(|i| f(i as f32 / STEPS - REACH)).collect())
    }

    fn at(&self, x: f32) -> [f32; N] {
        let position = ((x + REACH) * STEPS).clamp(0.0, 2.0 * REACH * STEPS - 0.01);
        let cell = position as usize;
        let t = position - cell as f32;
        let (low, high) = (&self.0[cell], &self.0[cell + 1]);
        std::array::from_fn(|k| low[k] + (high[k] - low[k]) * t)
    }
}

/// What depends on the height alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// |x| of the lung's outer border.
    pub(super) lateral: f32,
    /// |x| of the lung's inner border.
    pub(super) medial: f32,
    /// Largest depth of the lung, cm.
    pub(super) lung_depth: f32,
    /// Half width and half depth of the body.
    pub(super) body: f32,
    pub(super) body_depth: f32,
}

/// Outlines of lungs and body, for both sides (0: patient's right, 1: left).
#[derive(Debug)]
pub(super) struct Outline {
    levels: Table<5>,
    /// y of the diaphragm on the right and on the left, by |x|.
    domes: Table<2>,
    pub(super) apex: f32,
    pub(super) base: f32,
}

impl Outline {
    pub(super) fn new(scene: &Scene) -> Self {
        let (apex, base, width) = (scene.apex, scene.dome + 4.6, scene.half_width);
        let share = move |y: f32| ((y - apex) / (base - apex)).clamp(0.0, 1.0);
        let lateral = move |y: f32| {
            let t = share(y);
            let bulge = 1.0 - pow(1.0 - t, 2.4);
            4.6 + (width - 4.6) * pow(bulge, 0.6) - 0.5 * t * t
        };
        let medial = move |y: f32| {
            let t = share(y);
            let top = lerp(4.6, 2.5, smoothstep(0.0, 0.13, t));
            lerp(top, 1.5, smoothstep(0.28, 0.6, t))
        };
        let wall = scene.wall;
        let depth = scene.depth;
        let lung_depth = move |y: f32| {
            let t = share(y);
            let rise = pow(1.0 - pow(1.0 - t, 3.0), 0.55);
            (2.0 * depth - 5.0) * rise * (1.0 - 0.16 * t)
        };
        let body = move |y: f32| {
            let trunk = width + wall + 0.012 * (y - 4.0).max(0.0) * (y - 4.0).max(0.0);
            // Shoulders leave the frame; the arms hang or are turned out of the way.
            let shoulder = lerp(25.0, trunk, smoothstep(-9.5, -1.5, y));
            // The shoulder line slopes down from the neck.
            lerp(5.6, shoulder, smoothstep(-17.6, -12.4, y))
        };
        let body_depth = move |y: f32| lerp(5.5, depth, smoothstep(-16.5, -6.0, y));
        Self {
            levels: Table::of(|y| [lateral(y), medial(y), lung_depth(y), body(y), body_depth(y)]),
            domes: Table::of(|x| {
                let right = dome(scene, x);
                [right, right + scene.dome_step]
            }),
            apex,
            base,
        }
    }

    /// The outlines at a height.
    pub(super) fn level(&self, y: f32) -> Level {
        let [lateral, medial, lung_depth, body, body_depth] = self.levels.at(y);
        Level {
            lateral,
            medial,
            lung_depth,
            body,
            body_depth,
        }
    }

    /// Height of the diaphragm of a side (0: patient's right) at |x|.
    pub(super) fn diaphragm(&self, side: usize, x: f32) -> f32 {
        self.domes.at(x)[side]
    }

    /// Scene position of a point given as (share of the lung's width from the mediastinum, share of
    /// its height from the apex). `side` 0 is the patient's right.
    pub(super) fn inside(&self, side: usize, at: [f32; 2]) -> [f32; 2] {
        let low = self.diaphragm(side, 6.5);
        let y = lerp(self.apex + 0.6, low, at[1]);
        let level = self.level(y);
        let x = lerp(level.medial.max(2.4), level.lateral, at[0]);
        [if side == 0 { -x } else { x }, y]
    }
}

/// Height of the diaphragm: a dome that falls steeply towards the chest wall (costophrenic angle)
/// and a little towards the heart.
fn dome(scene: &Scene, x: f32) -> f32 {
    let x = x.abs();
    let centre = 0.46 * scene.half_width;
    let outside = ((x - centre) / (scene.half_width - centre)).max(0.0);
    let inside = ((centre - x) / centre).max(0.0);
    scene.dome + 4.2 * pow(outside, 2.3) + 1.3 * inside * inside
}

/// The heart as a tilted ellipse whose width is `ratio` times the inner chest width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heart {
    pub(super) centre: [f32; 2],
    /// Semi-axes in the picture and in depth, cm.
    pub(super) axes: [f32; 3],
    /// Sine and cosine of the long axis.
    pub(super) tilt: [f32; 2],
}

impl Heart {
    pub(super) fn new(scene: &Scene) -> Self {
        // Inner chest width at the level of the right dome, where radiologists measure it.
        let width = scene.ratio * 2.0 * (scene.half_width - 0.3);
        let (s, c) = (sin(scene.tilt), cos(scene.tilt));
        // Half width of a tilted ellipse with axes a and 0.74 a.
        let unit = (c * c + 0.74 * 0.74 * s * s).sqrt();
        let a = 0.5 * width / unit;
        let reach = (s * s + 0.74 * 0.74 * c * c).sqrt() * a;
        Self {
            // A third of the heart lies on the right of the midline.
            centre: [width * (0.5 - 0.33), scene.dome + 0.9 - 0.86 * reach + 0.25],
            axes: [a, 0.74 * a, 0.62 * a],
            tilt: [s, c],
        }
    }

    /// Path length through the heart at a position, cm.
    pub(super) fn path(&self, x: f32, y: f32) -> f32 {
        let [s, c] = self.tilt;
        let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
        let (u, v) = (
            (c * dx + s * dy) / self.axes[0],
            (-s * dx + c * dy) / self.axes[1],
        );
        let q = 1.0 - u * u - v * v;
        if q <= 0.0 {
            0.0
        } else {
            2.0 * self.axes[2] * q.sqrt()
        }
    }
}
